// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PAGE_SIZE} from "../trees/PagedBytes.sol";
import {Arithmetic} from "./Arithmetic.sol";
import {Bitwise} from "./Bitwise.sol";
import {IProver} from "./IProver.sol";
import {InstructionProver} from "./InstructionProver.sol";
import {Steps} from "./Steps.sol";

/// @title Instructions that work on words alone
/// @notice 0x01-0x1e arithmetic and bitwise, 0x30-0x4a what needs no state, 0x50, 0x56-0x58, 0x5a-0x5b, 0x5f-0x9f.
/// @dev Witness behind the entry's parts: PUSH whose data reaches into the next page of code: that page. JUMP, and JUMPI
/// with a condition, to a target within the code: the target's page. Twins: `arithmetic.py`, `bitwise.py`, `control.py`
/// and parts of `environment.py` and `block.py` in `offchain/evm/instructions`.
contract WordProver is InstructionProver {
    using Steps for Steps.Step;

    /// @inheritdoc IProver
    function number() external pure returns (uint256) {
        return 2;
    }

    /// @inheritdoc InstructionProver
    function _serves(uint256 opcode) internal pure override returns (bool) {
        if (opcode >= 0x5f && opcode <= 0x9f) return true;
        if (opcode >= 0x01 && opcode <= 0x0b) return true;
        if (opcode >= 0x10 && opcode <= 0x1e) return true;
        if (opcode >= 0x41 && opcode <= 0x46) return true;
        return opcode == 0x30 || opcode == 0x32 || opcode == 0x33 || opcode == 0x34 || opcode == 0x36
            || opcode == 0x38 || opcode == 0x3a || opcode == 0x3d || opcode == 0x48 || opcode == 0x49
            || opcode == 0x4a || opcode == 0x50 || opcode == 0x56 || opcode == 0x57 || opcode == 0x58
            || opcode == 0x5a || opcode == 0x5b;
    }

    /// @inheritdoc InstructionProver
    function _execute(Steps.Step memory step, bytes calldata witness) internal pure override {
        uint256 opcode = step.opcode;
        if (opcode >= 0x90 && opcode <= 0x9f) _swap(step);
        else if (opcode >= 0x80 && opcode <= 0x8f) _dup(step);
        else if (opcode >= 0x5f && opcode <= 0x7f) _push(step, witness, opcode - 0x5f);
        else if (opcode == 0x56) _jump(step, witness);
        else if (opcode == 0x57) _jumpi(step, witness);
        else if (opcode <= 0x0b) _arithmetic(step);
        else if (opcode <= 0x1e) _bitwise(step);
        else _value(step);
    }

    // 0x01-0x1e

    function _arithmetic(Steps.Step memory step) private pure {
        uint256 opcode = step.opcode;
        uint256[] memory words = step.words;
        uint256 a = words[0];
        uint256 b = words[1];
        uint256 result;
        if (opcode == 0x0a) {
            // GAS
            if (!step.charge(50 * Arithmetic.byteLength(b))) return;
        }
        // OPERATION
        if (opcode == 0x01) result = Arithmetic.add(a, b);
        else if (opcode == 0x02) result = Arithmetic.mul(a, b);
        else if (opcode == 0x03) result = Arithmetic.sub(a, b);
        else if (opcode == 0x04) result = Arithmetic.div(a, b);
        else if (opcode == 0x05) result = Arithmetic.sdiv(a, b);
        else if (opcode == 0x06) result = Arithmetic.mod(a, b);
        else if (opcode == 0x07) result = Arithmetic.smod(a, b);
        else if (opcode == 0x08) result = Arithmetic.addmod_(a, b, words[2]);
        else if (opcode == 0x09) result = Arithmetic.mulmod_(a, b, words[2]);
        else if (opcode == 0x0a) result = Arithmetic.exp(a, b);
        else result = Arithmetic.signextend(a, b);
        step.push(result);
        // PROGRAM COUNTER
        step.advance();
    }

    function _bitwise(Steps.Step memory step) private pure {
        uint256 opcode = step.opcode;
        uint256 a = step.words[0];
        uint256 result;
        // OPERATION
        if (opcode == 0x15) {
            result = a == 0 ? 1 : 0;
        } else if (opcode == 0x19) {
            result = ~a;
        } else if (opcode == 0x1e) {
            result = Bitwise.clz(a);
        } else {
            uint256 b = step.words[1];
            if (opcode == 0x10) result = a < b ? 1 : 0;
            else if (opcode == 0x11) result = a > b ? 1 : 0;
            else if (opcode == 0x12) result = int256(a) < int256(b) ? 1 : 0;
            else if (opcode == 0x13) result = int256(a) > int256(b) ? 1 : 0;
            else if (opcode == 0x14) result = a == b ? 1 : 0;
            else if (opcode == 0x16) result = a & b;
            else if (opcode == 0x17) result = a | b;
            else if (opcode == 0x18) result = a ^ b;
            else if (opcode == 0x1a) result = a < 32 ? (b >> (8 * (31 - a))) & 0xff : 0;
            else if (opcode == 0x1b) result = a < 256 ? b << a : 0;
            else if (opcode == 0x1c) result = a < 256 ? b >> a : 0;
            else result = uint256(int256(b) >> (a < 256 ? a : 255));
        }
        step.push(result);
        // PROGRAM COUNTER
        step.advance();
    }

    // 0x30-0x5b: one word from what is open

    function _value(Steps.Step memory step) private pure {
        uint256 opcode = step.opcode;
        // OPERATION
        if (opcode == 0x30) step.push(uint160(step.frameConst.account));
        else if (opcode == 0x32) step.push(uint160(step.transaction.origin));
        else if (opcode == 0x33) step.push(uint160(step.frameConst.caller));
        else if (opcode == 0x34) step.push(step.frameConst.value);
        else if (opcode == 0x36) step.push(step.frameConst.input.size);
        else if (opcode == 0x38) step.push(step.frame.codeSize);
        else if (opcode == 0x3a) step.push(step.transaction.gasPrice);
        else if (opcode == 0x3d) step.push(step.frame.returnData.size);
        else if (opcode == 0x41) step.push(uint160(step.context.coinbase));
        else if (opcode == 0x42) step.push(step.context.timestamp);
        else if (opcode == 0x43) step.push(step.context.number);
        else if (opcode == 0x44) step.push(uint256(step.context.prevrandao));
        else if (opcode == 0x45) step.push(step.context.gasLimit);
        else if (opcode == 0x46) step.push(step.context.chainId);
        else if (opcode == 0x48) step.push(step.context.baseFee);
        else if (opcode == 0x49) step.push(0);
        else if (opcode == 0x4a) step.push(step.context.blobBaseFee);
        else if (opcode == 0x58) step.push(step.frame.pc);
        else if (opcode == 0x5a) step.push(step.frame.gas);
        // POP and JUMPDEST leave nothing.
        // PROGRAM COUNTER
        step.advance();
    }

    // 0x56-0x57, 0x5f-0x9f

    function _jump(Steps.Step memory step, bytes calldata witness) private pure {
        uint256 target = step.words[0];
        // PROGRAM COUNTER
        if (target < step.frame.codeSize && _isJumpTarget(step, witness, target)) step.frame.pc = target;
        else step.halted = true;
    }

    function _jumpi(Steps.Step memory step, bytes calldata witness) private pure {
        // PROGRAM COUNTER
        if (step.words[1] == 0) step.advance();
        else _jump(step, witness);
    }

    function _push(Steps.Step memory step, bytes calldata witness, uint256 size) private pure {
        // OPERATION
        uint256 word = 0;
        uint256 start = step.frame.pc + 1;
        uint256 last = start + size - 1;
        bytes memory page = step.page;
        bytes memory next;
        uint256 nextPage = (step.frame.pc / PAGE_SIZE + 1) * PAGE_SIZE;
        if (size != 0 && last >= nextPage && nextPage < step.frame.codeSize) {
            (next,) = _openCode(step, witness, nextPage / PAGE_SIZE);
        }
        for (uint256 i = 0; i < size; ++i) {
            uint256 at = start + i;
            uint256 value = 0;
            if (at < nextPage) value = uint8(page[at % PAGE_SIZE]);
            else if (next.length != 0) value = uint8(next[at - nextPage]);
            word = word << 8 | value;
        }
        step.push(word);
        // PROGRAM COUNTER
        step.frame.pc = start + size;
    }

    function _dup(Steps.Step memory step) private pure {
        // OPERATION
        uint256[] memory words = step.words;
        uint256 depth = words.length;
        for (uint256 i = depth; i > 0; --i) {
            step.push(words[i - 1]);
        }
        step.push(words[depth - 1]);
        // PROGRAM COUNTER
        step.advance();
    }

    function _swap(Steps.Step memory step) private pure {
        // OPERATION
        uint256[] memory words = step.words;
        uint256 depth = words.length;
        (words[0], words[depth - 1]) = (words[depth - 1], words[0]);
        for (uint256 i = depth; i > 0; --i) {
            step.push(words[i - 1]);
        }
        // PROGRAM COUNTER
        step.advance();
    }
}
