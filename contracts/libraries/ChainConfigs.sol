// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Contexts} from "../machine/Contexts.sol";
import {Orders} from "./Orders.sol";

/// @title The configuration of a chain, and what it makes of an order
/// @notice Everything that execution takes besides the order and the state before. It never changes.
/// Twin: `offchain/node/config.py`.
library ChainConfigs {
    /// @notice `chainId` is that of L2, `gasLimit` G_b, `batchInterval` d_min in seconds; fees in wei a gas.
    struct ChainConfig {
        uint64 chainId;
        uint256 baseFee;
        uint256 blobBaseFee;
        uint64 gasLimit;
        uint64 batchInterval;
    }

    /// @notice Most of G_b: a diff must fit the trace of its application, which has room for 2^18 - 1 entries, and the
    /// cheapest one costs 3,840 gas. See docs/one-step-proofs.md, "Traces".
    uint256 internal constant MAX_GAS_LIMIT = 1e9;

    bytes32 private constant TAG = keccak256("deltaroll.chain-config");
    /// @dev The one fork that the verifier knows.
    bytes32 private constant FORK = keccak256("osaka");

    /// @notice H(tag ‖ H(fork) ‖ chain id ‖ base fee ‖ blob base fee ‖ G_b ‖ d_min), 32 bytes a field.
    function hash(ChainConfig memory config) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TAG,
                FORK,
                config.chainId,
                config.baseFee,
                config.blobBaseFee,
                config.gasLimit,
                config.batchInterval
            )
        );
    }

    /// @notice The hash of the context that the batch of `order` is executed in.
    /// @param preRoot h of the state before.
    /// @param mode One of the modes of `Contexts`.
    function contextHash(ChainConfig memory config, Orders.Order memory order, bytes32 preRoot, uint256 mode)
        internal
        pure
        returns (bytes32)
    {
        Contexts.Context memory context;
        context.fork = Contexts.OSAKA;
        context.chainId = config.chainId;
        context.number = order.batch;
        context.timestamp = order.timestamp;
        context.prevrandao = order.prevrandao;
        context.parentOrderHash = order.parentHash;
        context.coinbase = order.coinbase;
        context.gasLimit = config.gasLimit;
        context.baseFee = config.baseFee;
        context.blobBaseFee = config.blobBaseFee;
        context.dataRoot = order.dataRoot;
        context.dataSize = order.size;
        context.preRoot = preRoot;
        context.mode = mode;
        return Contexts.hash(context);
    }
}
