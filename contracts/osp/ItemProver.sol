// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Contexts} from "../machine/Contexts.sol";
import {Machines} from "../machine/Machines.sol";
import {Reader} from "../machine/Reader.sol";
import {Slices} from "../machine/Slices.sol";
import {Transactions} from "../machine/Transactions.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {Creations} from "./Creations.sol";
import {Delegations} from "./Delegations.sol";
import {History} from "./History.sol";
import {IProver} from "./IProver.sol";
import {ScratchAccess} from "./ScratchAccess.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";
import {TransactionDecoder} from "./TransactionDecoder.sol";

/// @title The begin of a batch, its items, and its end
/// @notice Phases BEGIN and ITEM. Twins: `begin`, `item`, `_judge` and `_buy_gas` in `offchain/evm/phases.py`.
/// @dev Witness, proofs of the order's bytes in the form of PagedProof, those of the state in that of StateAccess:
///
///     prover 0 | machine | context | ...
///     BEGIN   write of the EIP-2935 slot
///     ITEM    [4 bytes at the cursor, where there are so many and fewer than 4,095 items were read]
///             [the item, where one is framed there and is not too large]
///             [the sender's account, where the bytes and the batch allow the transaction]
///             [the sender's code entry and code, where it has code and nonce and funds are right]
///             [of a valid one: write of the sender's account
///             | flags of the sender, of the coinbase, of the recipient or new contract]
contract ItemProver is IProver {
    using Steps for Steps.Step;

    uint256 private constant LENGTH_BYTES = 4;
    uint256 private constant MAX_ITEMS = 4094;
    uint256 private constant MAX_ITEM_SIZE = 98_304;

    /// @inheritdoc IProver
    function number() external pure returns (uint256) {
        return 0;
    }

    /// @inheritdoc IProver
    function prove(bytes32 contextHash, uint256 unit, bytes32 stateHash, bytes calldata witness)
        external
        view
        returns (bytes32 nextStateHash)
    {
        Steps.Step memory step = Steps.begin(contextHash, unit, stateHash, witness, 1);
        step.useContext(witness);
        if (step.machine.phase == Machines.BEGIN) {
            _begin(step, witness);
            return step.finish(witness);
        }
        step.requirePhase(Machines.ITEM);
        (bool found, uint256 start, uint256 size) = _findItem(step, witness);
        if (!found) return _close(step, witness);
        step.machine.cursor = start + size;
        if (!_enterTransaction(step, witness, start, size)) ++step.machine.unit;
        return step.finish(witness);
    }

    /// @dev Writes the parent's order hash where EIP-2935 keeps it.
    function _begin(Steps.Step memory step, bytes calldata witness) private pure {
        // The slot of the batch before this one; the window is added so that the first batch has one too.
        bytes32 key = History.slotKey(step.context.number + History.WINDOW - 1);
        StateAccess.write(step, witness, key, uint256(step.context.parentOrderHash));
        step.machine.unit = 1;
        step.machine.phase = Machines.ITEM;
    }

    /// @dev The batch is over: what it ends in depends on what the game is about.
    function _close(Steps.Step memory step, bytes calldata witness) private pure returns (bytes32) {
        Reader.finish(witness, step.at);
        bytes32 diffRoot = step.machine.diffRoot;
        if (step.context.mode == Contexts.FULL) return Machines.applyHash(step.context.preRoot, diffRoot);
        return Machines.diffHash(diffRoot);
    }

    /// @dev The item at the cursor, if one is framed there. Twin: `offchain/evm/items.py`.
    function _findItem(Steps.Step memory step, bytes calldata witness)
        private
        pure
        returns (bool found, uint256 start, uint256 size)
    {
        uint256 dataSize = step.context.dataSize;
        start = step.machine.cursor + LENGTH_BYTES;
        if (step.machine.unit > MAX_ITEMS || start > dataSize) return (false, 0, 0);
        size = uint32(bytes4(_readOrder(step, witness, start - LENGTH_BYTES, LENGTH_BYTES)));
        found = size != 0 && size <= dataSize - start;
    }

    /// @dev Bytes of the order.
    function _readOrder(Steps.Step memory step, bytes calldata witness, uint256 at, uint256 size)
        private
        pure
        returns (bytes memory data)
    {
        (data, step.at) =
            PagedProof.readRange(step.context.dataRoot, PagedProof.DATA, at, size, witness, step.at);
    }

    /// @dev Decodes and judges the item, and buys its gas; false where it is to be skipped.
    function _enterTransaction(Steps.Step memory step, bytes calldata witness, uint256 start, uint256 size)
        private
        view
        returns (bool)
    {
        if (size > MAX_ITEM_SIZE) return false;
        bytes memory raw = _readOrder(step, witness, start, size);
        (bool valid, TransactionDecoder.Decoded memory decoded) =
            TransactionDecoder.decode(raw, step.context.chainId);
        if (!valid || !_judge(step, witness, decoded)) return false;
        uint256 position;
        // SAFETY: an address in memory as a number.
        assembly ("memory-safe") {
            position := add(raw, 32)
        }
        _place(step.transaction, decoded, position, start);
        if (decoded.dataSize != 0) {
            step.transaction.data = Slices.make(
                PagedProof.DATA, step.context.dataRoot, start + (decoded.data - position), decoded.dataSize
            );
        }
        _buyGas(step, witness, decoded);
        return true;
    }

    /// @dev The rules that need the batch or the state, in the order in which the state is read.
    function _judge(Steps.Step memory step, bytes calldata witness, TransactionDecoder.Decoded memory decoded)
        private
        pure
        returns (bool)
    {
        if (decoded.gasLimit > step.machine.gasLeft || decoded.maxFee < step.context.baseFee) return false;
        uint256 account = StateAccess.account(step, witness, decoded.sender);
        if (decoded.nonce != StateAccess.nonceOf(account)) return false;
        uint256 balance = StateAccess.balanceOf(account);
        // The decoder has refused what would overflow here.
        uint256 cost = decoded.gasLimit * decoded.maxFee;
        if (cost > balance || decoded.value > balance - cost) return false;
        if (StateAccess.codeSizeOf(account) == 0) return true;
        // EIP-3607, EIP-7702
        StateAccess.Code memory code = StateAccess.code(step, witness, decoded.sender);
        (bool isDelegation,) = Delegations.delegateOf(step, witness, code);
        return isDelegation;
    }

    /// @dev Where the lists of the transaction lie in the order, whose byte `start` is that at `position` in memory.
    function _place(
        Transactions.Transaction memory transaction,
        TransactionDecoder.Decoded memory decoded,
        uint256 position,
        uint256 start
    ) private pure {
        if (decoded.authorizationsStart != decoded.authorizationsEnd) {
            transaction.authorizationsStart = start + (decoded.authorizationsStart - position);
            transaction.authorizationsEnd = start + (decoded.authorizationsEnd - position);
            transaction.listCursor = transaction.authorizationsStart;
        }
        if (decoded.accessListStart != decoded.accessListEnd) {
            transaction.listCursor = start + (decoded.accessListStart - position);
            transaction.accessListEnd = start + (decoded.accessListEnd - position);
        }
    }

    /// @dev Begins the transaction: takes nonce and fee from the sender, opens a scratch, warms what is warm from the
    /// start.
    function _buyGas(
        Steps.Step memory step,
        bytes calldata witness,
        TransactionDecoder.Decoded memory decoded
    ) private pure {
        Transactions.Transaction memory transaction = step.transaction;
        address sender = decoded.sender;
        transaction.origin = sender;
        transaction.to = decoded.isCreate ? Creations.createAddress(sender, decoded.nonce) : decoded.to;
        transaction.isCreate = decoded.isCreate;
        transaction.value = decoded.value;
        transaction.gasPrice = _gasPrice(decoded, step.context.baseFee);
        transaction.gasLimit = decoded.gasLimit;
        transaction.gas = decoded.gasLimit - decoded.intrinsicGas;
        transaction.floorGas = decoded.floorGas;
        transaction.diffRoot0 = step.machine.diffRoot;
        step.hasTransaction = true;
        step.machine.phase = transaction.accessListEnd != 0
            ? Machines.ACCESS_LIST
            : transaction.authorizationsEnd != 0 ? Machines.AUTHORIZATION : Machines.START;
        uint256 account = StateAccess.account(step, witness, sender) + StateAccess.NONCE_ONE;
        uint256 fee = decoded.gasLimit * transaction.gasPrice;
        StateAccess.setAccount(step, witness, sender, account - fee);
        ScratchAccess.warmAddress(step, witness, sender);
        ScratchAccess.warmAddress(step, witness, step.context.coinbase);
        ScratchAccess.warmAddress(step, witness, transaction.to);
    }

    /// @dev The lower of the highest fee and base fee plus highest tip, which may overflow.
    function _gasPrice(TransactionDecoder.Decoded memory decoded, uint256 baseFee)
        private
        pure
        returns (uint256)
    {
        bool isCapped = decoded.maxFee - baseFee < decoded.maxPriorityFee;
        return isCapped ? decoded.maxFee : baseFee + decoded.maxPriorityFee;
    }
}
