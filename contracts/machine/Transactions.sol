// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PagedProof} from "../trees/PagedProof.sol";
import {Reader} from "./Reader.sol";
import {Slices} from "./Slices.sol";
import {Writer} from "./Writer.sol";

/// @title The transaction in progress
/// @notice Tag 0x15: origin 20, to 20, isCreate 1, value 32, gasPrice 32, gasLimit 8, gas 8, floorGas 8, data 41,
/// accessListEnd 4, authorizationsStart 4,
/// authorizationsEnd 4, listCursor 4, keysEnd 4, listAddress 20, diffRoot0 32, scratchRoot 32, refund 8,
/// newSlots 32, destroyed 32. See docs/machine.md. Twin: `offchain/proofs/encoding.py`.
library Transactions {
    struct Transaction {
        address origin;
        address to;
        bool isCreate;
        uint256 value;
        uint256 gasPrice;
        uint256 gasLimit;
        uint256 gas;
        uint256 floorGas;
        PagedProof.Slice data;
        uint256 accessListEnd;
        uint256 authorizationsStart;
        uint256 authorizationsEnd;
        uint256 listCursor;
        uint256 keysEnd;
        address listAddress;
        bytes32 diffRoot0;
        bytes32 scratchRoot;
        uint256 refund;
        bytes32 newSlots;
        bytes32 destroyed;
    }

    uint256 internal constant SIZE = 346;

    uint256 private constant TAG = 0x15;

    /// @notice Thrown when the transaction in the witness is not the machine's.
    error Transactions_HashIsDifferent(bytes32 have, bytes32 want);

    /// @notice Reads a transaction at `offset` and checks its hash.
    function read(bytes32 want, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (Transaction memory transaction, uint256 end)
    {
        uint256 position = Reader.enter(witness, offset, SIZE);
        bytes32 have = Reader.hashAt(TAG, position, SIZE);
        if (have != want) revert Transactions_HashIsDifferent(have, want);
        transaction.origin = Reader.addressAt(position);
        transaction.to = Reader.addressAt(position + 20);
        transaction.isCreate = Reader.uintAt(position + 40, 1) != 0;
        transaction.value = Reader.uintAt(position + 41, 32);
        transaction.gasPrice = Reader.uintAt(position + 73, 32);
        transaction.gasLimit = Reader.uintAt(position + 105, 8);
        transaction.gas = Reader.uintAt(position + 113, 8);
        transaction.floorGas = Reader.uintAt(position + 121, 8);
        transaction.data = Slices.at(position + 129);
        transaction.accessListEnd = Reader.uintAt(position + 170, 4);
        transaction.authorizationsStart = Reader.uintAt(position + 174, 4);
        transaction.authorizationsEnd = Reader.uintAt(position + 178, 4);
        transaction.listCursor = Reader.uintAt(position + 182, 4);
        transaction.keysEnd = Reader.uintAt(position + 186, 4);
        transaction.listAddress = Reader.addressAt(position + 190);
        transaction.diffRoot0 = Reader.wordAt(position + 210);
        transaction.scratchRoot = Reader.wordAt(position + 242);
        transaction.refund = Reader.uintAt(position + 274, 8);
        transaction.newSlots = Reader.wordAt(position + 282);
        transaction.destroyed = Reader.wordAt(position + 314);
        end = offset + SIZE;
    }

    /// @notice The hash of a transaction.
    function hash(Transaction memory transaction) internal pure returns (bytes32) {
        uint256 at = Writer.begin(TAG);
        at = Writer.put(at, transaction.origin);
        at = Writer.put(at, transaction.to);
        at = Writer.put(at, transaction.isCreate ? 1 : 0, 1);
        at = Writer.put(at, transaction.value, 32);
        at = Writer.put(at, transaction.gasPrice, 32);
        at = Writer.put(at, transaction.gasLimit, 8);
        at = Writer.put(at, transaction.gas, 8);
        at = Writer.put(at, transaction.floorGas, 8);
        at = Slices.put(at, transaction.data);
        at = Writer.put(at, transaction.accessListEnd, 4);
        at = Writer.put(at, transaction.authorizationsStart, 4);
        at = Writer.put(at, transaction.authorizationsEnd, 4);
        at = Writer.put(at, transaction.listCursor, 4);
        at = Writer.put(at, transaction.keysEnd, 4);
        at = Writer.put(at, transaction.listAddress);
        at = Writer.put(at, transaction.diffRoot0);
        at = Writer.put(at, transaction.scratchRoot);
        at = Writer.put(at, transaction.refund, 8);
        at = Writer.put(at, transaction.newSlots);
        return Writer.hash(Writer.put(at, transaction.destroyed));
    }
}
