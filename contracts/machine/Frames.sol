// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PagedProof} from "../trees/PagedProof.sol";
import {Reader} from "./Reader.sol";
import {Slices} from "./Slices.sol";
import {Writer} from "./Writer.sol";

/// @title A frame: what changes with the steps
/// @notice Tag 0x16: const 32, codeRoot 32, codeSize 4, pc 4, gas 8, stack 32, stackSize 2, memoryRoot 32, memorySize 4,
/// returnData 41, pending 32. See docs/machine.md. Twin: `offchain/proofs/encoding.py`.
library Frames {
    /// @param constHash Hash of what never changes, see FrameConsts.
    /// @param stack A chain of the words; 0 when empty.
    /// @param memorySize Bytes, a multiple of 32.
    /// @param pending Hash of what has to be finished before the next instruction, 0 without it.
    struct Frame {
        bytes32 constHash;
        bytes32 codeRoot;
        uint256 codeSize;
        uint256 pc;
        uint256 gas;
        bytes32 stack;
        uint256 stackSize;
        bytes32 memoryRoot;
        uint256 memorySize;
        PagedProof.Slice returnData;
        bytes32 pending;
    }

    uint256 internal constant SIZE = 223;

    uint256 private constant TAG = 0x16;

    /// @notice Thrown when the frame in the witness is not the machine's, or not the parent.
    error Frames_HashIsDifferent(bytes32 have, bytes32 want);

    /// @notice Reads a frame at `offset` and checks its hash.
    function read(bytes32 want, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (Frame memory frame, uint256 end)
    {
        uint256 position = Reader.enter(witness, offset, SIZE);
        bytes32 have = Reader.hashAt(TAG, position, SIZE);
        if (have != want) revert Frames_HashIsDifferent(have, want);
        frame.constHash = Reader.wordAt(position);
        frame.codeRoot = Reader.wordAt(position + 32);
        frame.codeSize = Reader.uintAt(position + 64, 4);
        frame.pc = Reader.uintAt(position + 68, 4);
        frame.gas = Reader.uintAt(position + 72, 8);
        frame.stack = Reader.wordAt(position + 80);
        frame.stackSize = Reader.uintAt(position + 112, 2);
        frame.memoryRoot = Reader.wordAt(position + 114);
        frame.memorySize = Reader.uintAt(position + 146, 4);
        frame.returnData = Slices.at(position + 150);
        frame.pending = Reader.wordAt(position + 191);
        end = offset + SIZE;
    }

    /// @notice The hash of a frame.
    function hash(Frame memory frame) internal pure returns (bytes32) {
        uint256 at = Writer.begin(TAG);
        at = Writer.put(at, frame.constHash);
        at = Writer.put(at, frame.codeRoot);
        at = Writer.put(at, frame.codeSize, 4);
        at = Writer.put(at, frame.pc, 4);
        at = Writer.put(at, frame.gas, 8);
        at = Writer.put(at, frame.stack);
        at = Writer.put(at, frame.stackSize, 2);
        at = Writer.put(at, frame.memoryRoot);
        at = Writer.put(at, frame.memorySize, 4);
        at = Slices.put(at, frame.returnData);
        return Writer.hash(Writer.put(at, frame.pending));
    }
}
