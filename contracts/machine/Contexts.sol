// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Reader} from "./Reader.sol";
import {Writer} from "./Writer.sol";

/// @title What a batch is executed in
/// @notice Bound once by the game. Tag 0x10; the widths are those of `SIZE` in order: fork 1, chainId 8, number 8,
/// timestamp 8, prevrandao 32, parentOrderHash 32, coinbase 20, gasLimit 8, baseFee 32, blobBaseFee 32, dataRoot 32,
/// dataSize 4, preRoot 32, mode 1. Twin: `offchain/proofs/encoding.py`.
library Contexts {
    struct Context {
        uint256 fork;
        uint256 chainId;
        uint256 number;
        uint256 timestamp;
        bytes32 prevrandao;
        bytes32 parentOrderHash;
        address coinbase;
        uint256 gasLimit;
        uint256 baseFee;
        uint256 blobBaseFee;
        bytes32 dataRoot;
        uint256 dataSize;
        bytes32 preRoot;
        uint256 mode;
    }

    uint256 internal constant SIZE = 250;
    /// @notice The fork that this verifier knows.
    uint256 internal constant OSAKA = 1;

    uint256 internal constant EXECUTE = 0;
    uint256 internal constant APPLY = 1;
    uint256 internal constant FULL = 2;

    uint256 private constant TAG = 0x10;

    /// @notice Thrown when the context in the witness is not the one that the game bound.
    error Contexts_HashIsDifferent(bytes32 have, bytes32 want);
    /// @notice Thrown when the context is of a fork that this verifier can't prove.
    error Contexts_ForkIsUnknown(uint256 have, uint256 want);

    /// @notice Reads the context at `offset` and checks its hash.
    function read(bytes32 want, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (Context memory context, uint256 end)
    {
        uint256 position = Reader.enter(witness, offset, SIZE);
        bytes32 have = Reader.hashAt(TAG, position, SIZE);
        if (have != want) revert Contexts_HashIsDifferent(have, want);
        context.fork = Reader.uintAt(position, 1);
        if (context.fork != OSAKA) revert Contexts_ForkIsUnknown(context.fork, OSAKA);
        context.chainId = Reader.uintAt(position + 1, 8);
        context.number = Reader.uintAt(position + 9, 8);
        context.timestamp = Reader.uintAt(position + 17, 8);
        context.prevrandao = Reader.wordAt(position + 25);
        context.parentOrderHash = Reader.wordAt(position + 57);
        context.coinbase = Reader.addressAt(position + 89);
        context.gasLimit = Reader.uintAt(position + 109, 8);
        context.baseFee = Reader.uintAt(position + 117, 32);
        context.blobBaseFee = Reader.uintAt(position + 149, 32);
        context.dataRoot = Reader.wordAt(position + 181);
        context.dataSize = Reader.uintAt(position + 213, 4);
        context.preRoot = Reader.wordAt(position + 217);
        context.mode = Reader.uintAt(position + 249, 1);
        end = offset + SIZE;
    }

    /// @notice The hash of a context, for the game that binds it.
    function hash(Context memory context) internal pure returns (bytes32) {
        uint256 at = Writer.begin(TAG);
        at = Writer.put(at, context.fork, 1);
        at = Writer.put(at, context.chainId, 8);
        at = Writer.put(at, context.number, 8);
        at = Writer.put(at, context.timestamp, 8);
        at = Writer.put(at, context.prevrandao);
        at = Writer.put(at, context.parentOrderHash);
        at = Writer.put(at, context.coinbase);
        at = Writer.put(at, context.gasLimit, 8);
        at = Writer.put(at, context.baseFee, 32);
        at = Writer.put(at, context.blobBaseFee, 32);
        at = Writer.put(at, context.dataRoot);
        at = Writer.put(at, context.dataSize, 4);
        at = Writer.put(at, context.preRoot);
        return Writer.hash(Writer.put(at, context.mode, 1));
    }
}
