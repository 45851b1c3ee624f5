// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What an order is, and its hash
/// @notice An order fixes the transactions of one batch and the block context that they run in. It is permanent:
/// no claim enters its hash, so whatever L2 reads of it (BLOCKHASH) survives every re-claim.
library Orders {
    /// @notice One order. `parentHash` is the hash of order `batch - 1`, `dataRoot` and `size` are those of T_n.
    struct Order {
        bytes32 parentHash;
        uint64 batch;
        bytes32 dataRoot;
        uint32 size;
        uint64 timestamp;
        bytes32 prevrandao;
        address coinbase;
    }

    /// @notice The declared part of an order. `prevrandao` is the hash of L1 block `l1Block`.
    struct Context {
        uint64 timestamp;
        uint64 l1Block;
        bytes32 prevrandao;
        address coinbase;
    }

    bytes32 internal constant ORDER_TAG = keccak256("deltaroll.order");
    bytes32 internal constant GENESIS_TAG = keccak256("deltaroll.genesis");

    /// @notice Largest T_n, in bytes.
    uint256 internal constant MAX_SIZE = 1 << 20;

    /// @notice The one wire format of T_n that the verifiers can prove; any other first byte is refused.
    uint8 internal constant VERSION = 0;

    /// @notice H(tag ‖ parentHash ‖ batch ‖ dataRoot ‖ size ‖ timestamp ‖ prevrandao ‖ coinbase), 32 bytes a field.
    function hash(Order memory order) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                ORDER_TAG,
                order.parentHash,
                order.batch,
                order.dataRoot,
                order.size,
                order.timestamp,
                order.prevrandao,
                order.coinbase
            )
        );
    }

    /// @notice The hash that stands for order 0: H(tag ‖ chain configuration ‖ h(S_0)).
    function genesisHash(bytes32 chainConfigHash, bytes32 stateRoot) internal pure returns (bytes32) {
        return keccak256(abi.encode(GENESIS_TAG, chainConfigHash, stateRoot));
    }
}
