// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PagedProof} from "../trees/PagedProof.sol";
import {Reader} from "./Reader.sol";
import {Slices} from "./Slices.sol";
import {Writer} from "./Writer.sol";

/// @title What never changes in a frame
/// @notice Tag 0x17: kind 1, account 20, caller 20, value 32, input 41, isStatic 1, depth 2, isNew 1, checkpoint 32,
/// parent 32. See docs/machine.md. Twin: `offchain/proofs/encoding.py`.
library FrameConsts {
    /// @param kind CALL or CREATE: what the frame's end does.
    /// @param account Whose storage and balance the code acts on (ADDRESS).
    /// @param isNew Whether this transaction created the contract at `account` (EIP-6780).
    /// @param checkpoint Hash of what a revert puts back, see Checkpoints.
    /// @param parent Hash of the frame that waits for this one, 0 for the top frame.
    struct FrameConst {
        uint256 kind;
        address account;
        address caller;
        uint256 value;
        PagedProof.Slice input;
        bool isStatic;
        uint256 depth;
        bool isNew;
        bytes32 checkpoint;
        bytes32 parent;
    }

    uint256 internal constant SIZE = 182;

    uint256 internal constant CALL = 0;
    uint256 internal constant CREATE = 1;

    uint256 private constant TAG = 0x17;

    /// @notice Thrown when the constants in the witness are not the frame's.
    error FrameConsts_HashIsDifferent(bytes32 have, bytes32 want);

    /// @notice Reads the constants of a frame at `offset` and checks their hash.
    function read(bytes32 want, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (FrameConst memory frameConst, uint256 end)
    {
        uint256 position = Reader.enter(witness, offset, SIZE);
        bytes32 have = Reader.hashAt(TAG, position, SIZE);
        if (have != want) revert FrameConsts_HashIsDifferent(have, want);
        frameConst.kind = Reader.uintAt(position, 1);
        frameConst.account = Reader.addressAt(position + 1);
        frameConst.caller = Reader.addressAt(position + 21);
        frameConst.value = Reader.uintAt(position + 41, 32);
        frameConst.input = Slices.at(position + 73);
        frameConst.isStatic = Reader.uintAt(position + 114, 1) != 0;
        frameConst.depth = Reader.uintAt(position + 115, 2);
        frameConst.isNew = Reader.uintAt(position + 117, 1) != 0;
        frameConst.checkpoint = Reader.wordAt(position + 118);
        frameConst.parent = Reader.wordAt(position + 150);
        end = offset + SIZE;
    }

    /// @notice The hash of the constants of a frame.
    function hash(FrameConst memory frameConst) internal pure returns (bytes32) {
        uint256 at = Writer.begin(TAG);
        at = Writer.put(at, frameConst.kind, 1);
        at = Writer.put(at, frameConst.account);
        at = Writer.put(at, frameConst.caller);
        at = Writer.put(at, frameConst.value, 32);
        at = Slices.put(at, frameConst.input);
        at = Writer.put(at, frameConst.isStatic ? 1 : 0, 1);
        at = Writer.put(at, frameConst.depth, 2);
        at = Writer.put(at, frameConst.isNew ? 1 : 0, 1);
        at = Writer.put(at, frameConst.checkpoint);
        return Writer.hash(Writer.put(at, frameConst.parent));
    }
}
