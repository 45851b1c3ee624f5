// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Reader} from "./Reader.sol";
import {Writer} from "./Writer.sol";

/// @title What a reverting frame puts back
/// @notice Tag 0x18: diffRoot 32, scratchRoot 32, refund 8, newSlots 32, destroyed 32. Twin:
/// `offchain/proofs/encoding.py`.
library Checkpoints {
    struct Checkpoint {
        bytes32 diffRoot;
        bytes32 scratchRoot;
        uint256 refund;
        bytes32 newSlots;
        bytes32 destroyed;
    }

    uint256 internal constant SIZE = 136;

    uint256 private constant TAG = 0x18;

    /// @notice Thrown when the checkpoint in the witness is not the frame's.
    error Checkpoints_HashIsDifferent(bytes32 have, bytes32 want);

    /// @notice Reads a checkpoint at `offset` and checks its hash.
    function read(bytes32 want, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (Checkpoint memory checkpoint, uint256 end)
    {
        uint256 position = Reader.enter(witness, offset, SIZE);
        bytes32 have = Reader.hashAt(TAG, position, SIZE);
        if (have != want) revert Checkpoints_HashIsDifferent(have, want);
        checkpoint.diffRoot = Reader.wordAt(position);
        checkpoint.scratchRoot = Reader.wordAt(position + 32);
        checkpoint.refund = Reader.uintAt(position + 64, 8);
        checkpoint.newSlots = Reader.wordAt(position + 72);
        checkpoint.destroyed = Reader.wordAt(position + 104);
        end = offset + SIZE;
    }

    /// @notice The hash of a checkpoint.
    function hash(Checkpoint memory checkpoint) internal pure returns (bytes32) {
        uint256 at = Writer.begin(TAG);
        at = Writer.put(at, checkpoint.diffRoot);
        at = Writer.put(at, checkpoint.scratchRoot);
        at = Writer.put(at, checkpoint.refund, 8);
        at = Writer.put(at, checkpoint.newSlots);
        return Writer.hash(Writer.put(at, checkpoint.destroyed));
    }
}
