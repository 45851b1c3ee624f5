// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PagedProof} from "../trees/PagedProof.sol";
import {Reader} from "./Reader.sol";
import {Slices} from "./Slices.sol";
import {Writer} from "./Writer.sol";

/// @title What a frame has to finish before its next instruction
/// @notice Tag 0x19: kind 1, source 41, offset 4, destination 4, remaining 4, sponge 32. Twin:
/// `offchain/proofs/encoding.py`.
library Pendings {
    /// @param source COPY: what is copied; HASH: what is hashed.
    /// @param offset COPY: the next byte of the source, at most its size; HASH: bytes absorbed.
    /// @param destination COPY, CALL_RETURN: where in memory.
    /// @param remaining COPY: bytes to go; CALL_RETURN: how many bytes of output are wanted.
    /// @param sponge HASH: hash of the sponge's lanes, 0 before the first block.
    struct Pending {
        uint256 kind;
        PagedProof.Slice source;
        uint256 offset;
        uint256 destination;
        uint256 remaining;
        bytes32 sponge;
    }

    uint256 internal constant SIZE = 86;

    uint256 internal constant CALL_RETURN = 1;
    uint256 internal constant CREATE_RETURN = 2;
    uint256 internal constant COPY = 3;
    uint256 internal constant HASH = 4;

    uint256 private constant TAG = 0x19;

    /// @notice Thrown when the pending work in the witness is not the frame's.
    error Pendings_HashIsDifferent(bytes32 have, bytes32 want);

    /// @notice Reads the pending work of a frame at `offset` and checks its hash.
    function read(bytes32 want, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (Pending memory pending, uint256 end)
    {
        uint256 position = Reader.enter(witness, offset, SIZE);
        bytes32 have = Reader.hashAt(TAG, position, SIZE);
        if (have != want) revert Pendings_HashIsDifferent(have, want);
        pending.kind = Reader.uintAt(position, 1);
        pending.source = Slices.at(position + 1);
        pending.offset = Reader.uintAt(position + 42, 4);
        pending.destination = Reader.uintAt(position + 46, 4);
        pending.remaining = Reader.uintAt(position + 50, 4);
        pending.sponge = Reader.wordAt(position + 54);
        end = offset + SIZE;
    }

    /// @notice The hash of pending work.
    function hash(Pending memory pending) internal pure returns (bytes32) {
        uint256 at = Writer.begin(TAG);
        at = Writer.put(at, pending.kind, 1);
        at = Slices.put(at, pending.source);
        at = Writer.put(at, pending.offset, 4);
        at = Writer.put(at, pending.destination, 4);
        at = Writer.put(at, pending.remaining, 4);
        return Writer.hash(Writer.put(at, pending.sponge));
    }
}
