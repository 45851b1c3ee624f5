// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Chains} from "../machine/Chains.sol";
import {Machines} from "../machine/Machines.sol";
import {Reader} from "../machine/Reader.sol";
import {Transactions} from "../machine/Transactions.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {Authorizations} from "./Authorizations.sol";
import {IPrecompileCaller} from "./IPrecompileCaller.sol";
import {IPrecompileProver} from "./IPrecompileProver.sol";
import {IProver} from "./IProver.sol";
import {ScratchAccess} from "./ScratchAccess.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";
import {TopFrames} from "./TopFrames.sol";
import {TransactionLists} from "./TransactionLists.sol";

/// @title The steps of a transaction around its frames
/// @notice Phases ACCESS_LIST, AUTHORIZATION, START, SETTLE and PURGE. Twins: the functions of these names in
/// `offchain/evm/phases.py`.
/// @dev Witness, proofs of the order's bytes in the form of PagedProof, those of state and scratch in that of
/// StateAccess and ScratchAccess:
///
///     prover 1 | machine | transaction | context | ...
///     ACCESS_LIST    33 bytes at the cursor for a key, else 32 or what is left of the list | flags of address or slot
///     AUTHORIZATION  134 bytes at the cursor or what is left of the list | see Authorizations
///     START          see TopFrames
///     SETTLE         the sender's account and its write | [those of the coinbase, where there is a tip]
///     PURGE          the last new slot: address 20, key 32, the list below 32 | flags of the address
///                    | [write of the slot, where the address is destroyed]
///                    without new slots the last destroyed contract: address 20, the list below 32
///                    | account | write of its code entry, of its account without size, of its account
contract TransactionProver is IProver, IPrecompileCaller {
    using Steps for Steps.Step;

    uint256 private constant ADDRESS_ENTRY = 32;
    uint256 private constant AUTHORIZATION_ENTRY = 134;
    uint256 private constant REFUND_QUOTIENT = 5;

    /// @inheritdoc IPrecompileCaller
    IPrecompileProver public immutable precompiles;

    /// @notice Thrown when the entry in the witness is not the last one of the list.
    error TransactionProver_ListIsDifferent(bytes32 have, bytes32 want);
    /// @notice Thrown when the machine is in a phase that is another prover's.
    error TransactionProver_PhaseIsNotServed(uint256 have);

    constructor(IPrecompileProver precompiles_) {
        precompiles = precompiles_;
    }

    /// @inheritdoc IProver
    function number() external pure returns (uint256) {
        return 1;
    }

    /// @inheritdoc IProver
    function prove(bytes32 contextHash, uint256 unit, bytes32 stateHash, bytes calldata witness)
        external
        view
        returns (bytes32 nextStateHash)
    {
        Steps.Step memory step = Steps.begin(contextHash, unit, stateHash, witness, 1);
        uint256 phase = step.machine.phase;
        if (phase < Machines.ACCESS_LIST || phase > Machines.PURGE || phase == Machines.EXECUTE) {
            revert TransactionProver_PhaseIsNotServed(phase);
        }
        step.useTransaction(witness);
        step.useContext(witness);
        if (phase == Machines.ACCESS_LIST) _accessList(step, witness);
        else if (phase == Machines.AUTHORIZATION) _authorization(step, witness);
        else if (phase == Machines.START) TopFrames.open(step, witness, precompiles);
        else if (phase == Machines.SETTLE) _settle(step, witness);
        else _purge(step, witness);
        return step.finish(witness);
    }

    // The lists

    /// @dev Makes one address of the access list warm, or one of its storage keys (EIP-2930).
    function _accessList(Steps.Step memory step, bytes calldata witness) private pure {
        Transactions.Transaction memory transaction = step.transaction;
        if (transaction.keysEnd == 0) {
            _address(step, witness);
        } else {
            (uint256 position,) = _readList(step, witness, TransactionLists.KEY_SIZE, transaction.keysEnd);
            uint256 key;
            // SAFETY: only reads the 33 bytes that were shown.
            assembly ("memory-safe") {
                key := mload(add(position, 1))
            }
            ScratchAccess.warmSlot(step, witness, transaction.listAddress, key);
            transaction.listCursor += TransactionLists.KEY_SIZE;
        }
        if (transaction.listCursor == transaction.keysEnd) {
            transaction.keysEnd = 0;
            transaction.listAddress = address(0);
        }
        if (transaction.listCursor != transaction.accessListEnd) return;
        transaction.listCursor = transaction.authorizationsStart;
        step.machine.phase = transaction.authorizationsEnd != 0 ? Machines.AUTHORIZATION : Machines.START;
    }

    /// @dev What stands before the keys of an entry: at most 4 bytes of header, 21 of address and 4 of the keys'
    /// header.
    function _address(Steps.Step memory step, bytes calldata witness) private pure {
        Transactions.Transaction memory transaction = step.transaction;
        (uint256 position, uint256 left) = _readList(step, witness, ADDRESS_ENTRY, transaction.accessListEnd);
        (uint256 keys, uint256 keysEnd, address account) =
            TransactionLists.accessListEntry(position, position + left);
        ScratchAccess.warmAddress(step, witness, account);
        transaction.keysEnd = transaction.listCursor + (keysEnd - position);
        transaction.listCursor += keys - position;
        transaction.listAddress = account;
    }

    /// @dev One tuple (EIP-7702).
    function _authorization(Steps.Step memory step, bytes calldata witness) private view {
        Transactions.Transaction memory transaction = step.transaction;
        (uint256 position, uint256 left) =
            _readList(step, witness, AUTHORIZATION_ENTRY, transaction.authorizationsEnd);
        TransactionLists.Authorization memory tuple;
        uint256 behind = TransactionLists.readAuthorization(tuple, position, position + left);
        transaction.listCursor += behind - position;
        if (transaction.listCursor == transaction.authorizationsEnd) {
            transaction.listCursor = 0;
            step.machine.phase = Machines.START;
        }
        Authorizations.authorize(step, witness, tuple);
    }

    /// @dev Up to `size` bytes at the list cursor, in memory at `position`; `left` bytes of the list begin there.
    /// ITEM has seen that the list is well-formed, so its entries end where their headers say.
    function _readList(Steps.Step memory step, bytes calldata witness, uint256 size, uint256 end)
        private
        pure
        returns (uint256 position, uint256 left)
    {
        uint256 at = step.transaction.listCursor;
        left = end - at;
        bytes memory data;
        (data, step.at) = PagedProof.readRange(
            step.context.dataRoot, PagedProof.DATA, at, left < size ? left : size, witness, step.at
        );
        // SAFETY: an address in memory as a number.
        assembly ("memory-safe") {
            position := add(data, 32)
        }
    }

    // The end

    /// @dev Refund (EIP-3529), floor (EIP-7623), sender, coinbase.
    function _settle(Steps.Step memory step, bytes calldata witness) private pure {
        Transactions.Transaction memory transaction = step.transaction;
        uint256 used = transaction.gasLimit - transaction.gas;
        uint256 refund = used / REFUND_QUOTIENT;
        used -= refund < transaction.refund ? refund : transaction.refund;
        if (used < transaction.floorGas) used = transaction.floorGas;
        step.machine.gasLeft -= used;
        uint256 change = (transaction.gasLimit - used) * transaction.gasPrice;
        _give(step, witness, transaction.origin, change);
        uint256 tip = used * (transaction.gasPrice - step.context.baseFee);
        if (tip != 0) _give(step, witness, step.context.coinbase, tip);
        if (transaction.newSlots == 0 && transaction.destroyed == 0) _endUnit(step);
        else step.machine.phase = Machines.PURGE;
    }

    function _give(Steps.Step memory step, bytes calldata witness, address account, uint256 value)
        private
        pure
    {
        StateAccess.setAccount(step, witness, account, StateAccess.account(step, witness, account) + value);
    }

    /// @dev Unwinds the lists, the last entry first: slots of destroyed contracts, then the contracts (EIP-6780).
    function _purge(Steps.Step memory step, bytes calldata witness) private pure {
        Transactions.Transaction memory transaction = step.transaction;
        if (transaction.newSlots != 0) {
            uint256 position = Reader.enter(witness, step.at, 84);
            step.at += 84;
            address account = Reader.addressAt(position);
            uint256 key = Reader.uintAt(position + 20, 32);
            bytes32 below = Reader.wordAt(position + 52);
            _requireList(Chains.pushNewSlot(below, account, key), transaction.newSlots);
            transaction.newSlots = below;
            if (ScratchAccess.isDestroyed(step, witness, account)) {
                StateAccess.write(step, witness, StateAccess.slotKey(account, key), 0);
            }
        } else {
            uint256 position = Reader.enter(witness, step.at, 52);
            step.at += 52;
            address account = Reader.addressAt(position);
            bytes32 below = Reader.wordAt(position + 20);
            _requireList(Chains.pushDestroyed(below, account), transaction.destroyed);
            transaction.destroyed = below;
            StateAccess.setCode(step, witness, account, 0, 0, 0);
            StateAccess.setAccount(step, witness, account, 0);
        }
        if (transaction.newSlots == 0 && transaction.destroyed == 0) _endUnit(step);
    }

    function _requireList(bytes32 have, bytes32 want) private pure {
        if (have != want) revert TransactionProver_ListIsDifferent(have, want);
    }

    /// @dev The transaction is over and forgotten.
    function _endUnit(Steps.Step memory step) private pure {
        step.hasTransaction = false;
        step.machine.tx = 0;
        ++step.machine.unit;
        step.machine.phase = Machines.ITEM;
    }
}
