// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Chains} from "../machine/Chains.sol";
import {Slices} from "../machine/Slices.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {FrameEnds} from "./FrameEnds.sol";
import {History} from "./History.sol";
import {IProver} from "./IProver.sol";
import {InstructionProver} from "./InstructionProver.sol";
import {ScratchAccess} from "./ScratchAccess.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";

/// @title Instructions that read the state, storage and transient storage
/// @notice 0x31, 0x3b, 0x3c, 0x3f, 0x40, 0x47, 0x54, 0x55, 0x5c, 0x5d. Twins: `storage.py`, and parts of `environment.py`
/// and `block.py` in `offchain/evm/instructions`.
/// @dev Witness behind the entry's parts, in the forms of ScratchAccess and StateAccess:
///
///     BALANCE, EXTCODESIZE       flags of the address | account
///     EXTCODECOPY, EXTCODEHASH   flags of the address | account | [code entry, code hash 32, code root 32]
///     BLOCKHASH                  [slot of the EIP-2935 account, where the number is in the window]
///     SELFBALANCE                account
///     SLOAD                      warmth of the slot | slot
///     SSTORE                     warmth of the slot | slot | original value | [write of the slot]
///     TLOAD, TSTORE              transient value
///
/// Nothing follows what the instruction can't pay for.
contract StateProver is InstructionProver {
    using Steps for Steps.Step;

    uint256 private constant BLOCK_HASH_WINDOW = 256;

    bytes32 private constant EMPTY_CODE_HASH = keccak256("");
    uint256 private constant COPY_WORD = 3;
    uint256 private constant WARM = ScratchAccess.WARM_GAS;
    uint256 private constant STIPEND_GUARD = 2300;
    uint256 private constant SLOT_SET = 20_000;
    uint256 private constant SLOT_UPDATE = 2900;
    uint256 private constant CLEAR_REFUND = 4800;

    /// @inheritdoc IProver
    function number() external pure returns (uint256) {
        return 4;
    }

    /// @inheritdoc InstructionProver
    function _serves(uint256 opcode) internal pure override returns (bool) {
        return opcode == 0x31 || opcode == 0x3b || opcode == 0x3c || opcode == 0x3f || opcode == 0x40
            || opcode == 0x47 || opcode == 0x54 || opcode == 0x55 || opcode == 0x5c || opcode == 0x5d;
    }

    /// @inheritdoc InstructionProver
    function _execute(Steps.Step memory step, bytes calldata witness) internal pure override {
        uint256 opcode = step.opcode;
        if (opcode == 0x54) _sload(step, witness);
        else if (opcode == 0x55) _sstore(step, witness);
        else if (opcode == 0x5c) _tload(step, witness);
        else if (opcode == 0x5d) _tstore(step, witness);
        else if (opcode == 0x3c) _extcodecopy(step, witness);
        else if (opcode == 0x40) _blockhash(step, witness);
        else if (opcode == 0x47) _selfbalance(step, witness);
        else _account(step, witness);
    }

    // 0x31, 0x3b, 0x3c, 0x3f

    function _account(Steps.Step memory step, bytes calldata witness) private pure {
        address target = address(uint160(step.words[0]));
        // GAS
        if (!_chargeAccess(step, witness, target)) return;
        // OPERATION
        uint256 packed = StateAccess.account(step, witness, target);
        if (step.opcode == 0x31) step.push(StateAccess.balanceOf(packed));
        else if (step.opcode == 0x3b) step.push(StateAccess.codeSizeOf(packed));
        else step.push(_codeHashAsSeen(step, witness, target, packed));
        // PROGRAM COUNTER
        step.advance();
    }

    /// @dev What EXTCODEHASH pushes: 0 for an absent account (EIP-1052).
    function _codeHashAsSeen(Steps.Step memory step, bytes calldata witness, address target, uint256 packed)
        private
        pure
        returns (uint256)
    {
        if (packed == 0) return 0;
        if (StateAccess.codeSizeOf(packed) == 0) return uint256(EMPTY_CODE_HASH);
        (bytes32 codeHash,) = StateAccess.readCode(step, witness, target);
        return uint256(codeHash);
    }

    function _extcodecopy(Steps.Step memory step, bytes calldata witness) private pure {
        address target = address(uint160(step.words[0]));
        uint256 destination = step.words[1];
        uint256 size = step.words[3];
        // GAS
        if (!_chargeAccess(step, witness, target)) return;
        StateAccess.Code memory code = StateAccess.code(step, witness, target);
        if (!step.charge(COPY_WORD * Steps.words32(size))) return;
        if (!step.expand(destination, size)) return;
        // OPERATION
        PagedProof.Slice memory source = Slices.make(PagedProof.CODE, code.root, 0, code.size);
        FrameEnds.beginCopy(step, source, step.words[2], destination, size);
        // PROGRAM COUNTER
        step.advance();
    }

    /// @dev Makes an address warm and pays for the access.
    function _chargeAccess(Steps.Step memory step, bytes calldata witness, address target)
        private
        pure
        returns (bool)
    {
        (uint256 gas,) = ScratchAccess.warmAddress(step, witness, target);
        return step.charge(gas);
    }

    // 0x40, 0x47

    /// @dev The order hash of one of the last 256 batches, else 0.
    function _blockhash(Steps.Step memory step, bytes calldata witness) private pure {
        // OPERATION
        uint256 number = step.words[0];
        uint256 current = step.context.number;
        uint256 result = 0;
        if (number < current && current - number <= BLOCK_HASH_WINDOW) {
            result = StateAccess.read(step, witness, History.slotKey(number));
        }
        step.push(result);
        // PROGRAM COUNTER
        step.advance();
    }

    function _selfbalance(Steps.Step memory step, bytes calldata witness) private pure {
        // OPERATION
        uint256 packed = StateAccess.account(step, witness, step.frameConst.account);
        step.push(StateAccess.balanceOf(packed));
        // PROGRAM COUNTER
        step.advance();
    }

    // 0x54-0x55

    function _sload(Steps.Step memory step, bytes calldata witness) private pure {
        address account = step.frameConst.account;
        uint256 key = step.words[0];
        // GAS
        if (!step.charge(ScratchAccess.warmSlot(step, witness, account, key))) return;
        // OPERATION
        step.push(StateAccess.read(step, witness, StateAccess.slotKey(account, key)));
        // PROGRAM COUNTER
        step.advance();
    }

    /// @dev EIP-2200, EIP-2929, EIP-3529.
    function _sstore(Steps.Step memory step, bytes calldata witness) private pure {
        // GAS
        if (step.frameConst.isStatic || step.frame.gas <= STIPEND_GUARD) {
            step.halted = true;
            return;
        }
        address account = step.frameConst.account;
        uint256 value = step.words[1];
        uint256 cost = ScratchAccess.warmSlot(step, witness, account, step.words[0]);
        // A warm access is part of what the store costs below.
        if (cost == WARM) cost = 0;
        bytes32 slot = StateAccess.slotKey(account, step.words[0]);
        uint256 current = StateAccess.read(step, witness, slot);
        uint256 original = StateAccess.original(step, witness, slot);
        if (current == value || current != original) cost += WARM;
        else cost += original == 0 ? SLOT_SET : SLOT_UPDATE;
        if (!step.charge(cost)) return;
        // OPERATION
        if (current != value) {
            _refund(step, original, current, value);
            if (step.frameConst.isNew && current == 0) {
                step.transaction.newSlots =
                    Chains.pushNewSlot(step.transaction.newSlots, account, step.words[0]);
            }
            StateAccess.write(step, witness, slot, value);
        }
        // PROGRAM COUNTER
        step.advance();
    }

    /// @dev The refund of a store that changes the slot. It takes back only what an earlier store has given.
    function _refund(Steps.Step memory step, uint256 original, uint256 current, uint256 value) private pure {
        uint256 refund = step.transaction.refund;
        if (original != 0) {
            if (current == 0) refund -= CLEAR_REFUND;
            if (value == 0) refund += CLEAR_REFUND;
        }
        if (value == original) refund += (original == 0 ? SLOT_SET : SLOT_UPDATE) - WARM;
        step.transaction.refund = refund;
    }

    // 0x5c-0x5d

    function _tload(Steps.Step memory step, bytes calldata witness) private pure {
        // OPERATION
        step.push(ScratchAccess.getTransient(step, witness, step.frameConst.account, step.words[0]));
        // PROGRAM COUNTER
        step.advance();
    }

    function _tstore(Steps.Step memory step, bytes calldata witness) private pure {
        if (step.frameConst.isStatic) {
            step.halted = true;
            return;
        }
        // OPERATION
        ScratchAccess.setTransient(step, witness, step.frameConst.account, step.words[0], step.words[1]);
        // PROGRAM COUNTER
        step.advance();
    }
}
