// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Reader} from "./Reader.sol";
import {Writer} from "./Writer.sol";

/// @title The machine between two steps
/// @notice `phase u8 | unit u16 | cursor u32 | gasLeft u64 | diffRoot 32 | tx 32 | frame 32`, tag 0x11. DIFF, APPLY
/// and STATE have forms of their own. Twin: `offchain/proofs/encoding.py`; see docs/machine.md.
library Machines {
    /// @param phase What the next step does.
    /// @param unit The unit it belongs to.
    /// @param cursor Where in the order's bytes the next item begins.
    /// @param gasLeft Gas left of the batch.
    /// @param diffRoot The diff so far.
    /// @param tx Hash of the transaction in progress, 0 without one.
    /// @param frame Hash of the running frame, 0 without one.
    struct Machine {
        uint256 phase;
        uint256 unit;
        uint256 cursor;
        uint256 gasLeft;
        bytes32 diffRoot;
        bytes32 tx;
        bytes32 frame;
    }

    uint256 internal constant SIZE = 111;

    uint256 internal constant BEGIN = 0;
    uint256 internal constant ITEM = 1;
    uint256 internal constant ACCESS_LIST = 2;
    uint256 internal constant AUTHORIZATION = 3;
    uint256 internal constant START = 4;
    uint256 internal constant EXECUTE = 5;
    uint256 internal constant SETTLE = 6;
    uint256 internal constant PURGE = 7;

    uint256 private constant TAG = 0x11;

    /// @notice Reads a machine and its hash at `offset`.
    function read(bytes calldata witness, uint256 offset)
        internal
        pure
        returns (Machine memory machine, bytes32 hash_, uint256 end)
    {
        uint256 position = Reader.enter(witness, offset, SIZE);
        hash_ = Reader.hashAt(TAG, position, SIZE);
        machine.phase = Reader.uintAt(position, 1);
        machine.unit = Reader.uintAt(position + 1, 2);
        machine.cursor = Reader.uintAt(position + 3, 4);
        machine.gasLeft = Reader.uintAt(position + 7, 8);
        machine.diffRoot = Reader.wordAt(position + 15);
        machine.tx = Reader.wordAt(position + 47);
        machine.frame = Reader.wordAt(position + 79);
        end = offset + SIZE;
    }

    /// @notice The hash of a machine.
    function hash(Machine memory machine) internal pure returns (bytes32) {
        uint256 at = Writer.begin(TAG);
        at = Writer.put(at, machine.phase, 1);
        at = Writer.put(at, machine.unit, 2);
        at = Writer.put(at, machine.cursor, 4);
        at = Writer.put(at, machine.gasLeft, 8);
        at = Writer.put(at, machine.diffRoot);
        at = Writer.put(at, machine.tx);
        return Writer.hash(Writer.put(at, machine.frame));
    }

    /// @notice The state in which an execution begins: in unit 0, behind the version byte, with the gas of the batch.
    function startHash(uint256 gasLimit) internal pure returns (bytes32) {
        Machine memory machine;
        machine.phase = BEGIN;
        machine.cursor = 1;
        machine.gasLeft = gasLimit;
        return hash(machine);
    }

    /// @notice The state in which an execution ends: L1 forms it from `h(D_n)` alone.
    function diffHash(bytes32 diffRoot) internal pure returns (bytes32) {
        return Writer.hash(Writer.put(Writer.begin(0x12), diffRoot));
    }

    /// @notice The state of an application between two entries.
    function applyHash(bytes32 root, bytes32 rest) internal pure returns (bytes32) {
        return Writer.hash(Writer.put(Writer.put(Writer.begin(0x13), root), rest));
    }

    /// @notice The state in which an application ends.
    function stateHash(bytes32 root) internal pure returns (bytes32) {
        return Writer.hash(Writer.put(Writer.begin(0x14), root));
    }
}
