// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Chains} from "../machine/Chains.sol";
import {FrameConsts} from "../machine/FrameConsts.sol";
import {Slices} from "../machine/Slices.sol";
import {CodePages} from "../trees/CodePages.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {Calls} from "./Calls.sol";
import {FrameEnds} from "./FrameEnds.sol";
import {IProver} from "./IProver.sol";
import {InstructionProver} from "./InstructionProver.sol";
import {ScratchAccess} from "./ScratchAccess.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";

/// @title The instructions that end a frame
/// @notice STOP, RETURN, REVERT, SELFDESTRUCT, INVALID and every byte that is no instruction of Osaka. The return of a
/// creation reads, hashes and pages the new code in the same step. Twins: `stop`, `return_`, `revert`, `invalid` and
/// `selfdestruct` in `offchain/evm/instructions/system.py`, `leave` in `offchain/evm/calls.py`.
/// @dev Witness behind the entry's parts, in the forms of StateAccess and ScratchAccess:
///
///     SELFDESTRUCT     account | flags of the heir, unless it is a precompile | [account of the heir: with balance]
///                      | [write of the account, write of the heir: with balance]
///                      | of a new contract: [write of the account: its own heir] | its flags
///     a creation       [pages of the code | the account | write of its code entry | write of the account]
///     REVERT, a fault  checkpoint
///
/// and at last, of a frame with a parent: `the parent | what it has pending`.
contract EndProver is InstructionProver {
    using Steps for Steps.Step;

    uint256 private constant STOP = 0x00;
    uint256 private constant RETURN = 0xf3;
    uint256 private constant REVERT = 0xfd;
    uint256 private constant SELFDESTRUCT = 0xff;

    /// @dev EIP-170.
    uint256 private constant MAX_CODE_SIZE = 24_576;
    uint256 private constant CODE_DEPOSIT = 200;

    /// @dev Bit `n` is set if byte `n` ends a frame or is no instruction.
    uint256 private constant SERVED = 1 << STOP | 1 << RETURN | uint256(1) << REVERT | uint256(1)
        << SELFDESTRUCT | uint256(0xf) << 0x0c | uint256(1) << 0x1f | uint256(0x7fff) << 0x21 | uint256(0x1f)
        << 0x4b | ((uint256(1) << 75) - 1) << 0xa5 | uint256(0xf) << 0xf6 | uint256(3) << 0xfb | uint256(1)
        << 0xfe;

    /// @inheritdoc IProver
    function number() external pure returns (uint256) {
        return 7;
    }

    /// @inheritdoc InstructionProver
    function _serves(uint256 opcode) internal pure override returns (bool) {
        return SERVED >> opcode & 1 != 0;
    }

    /// @inheritdoc InstructionProver
    function _execute(Steps.Step memory step, bytes calldata witness) internal pure override {
        uint256 opcode = step.opcode;
        if (opcode == STOP) _leave(step, witness, Slices.empty());
        else if (opcode == RETURN) _return(step, witness);
        else if (opcode == REVERT) _revert(step, witness);
        else if (opcode == SELFDESTRUCT) _selfdestruct(step, witness);
        else step.halted = true;
    }

    // 0xf3, 0xfd

    function _return(Steps.Step memory step, bytes calldata witness) private pure {
        // GAS
        if (!step.expand(step.words[0], step.words[1])) return;
        // OPERATION
        _leave(step, witness, _output(step));
    }

    function _revert(Steps.Step memory step, bytes calldata witness) private pure {
        // GAS
        if (!step.expand(step.words[0], step.words[1])) return;
        // OPERATION
        PagedProof.Slice memory output = _output(step);
        FrameEnds.restore(step, witness);
        FrameEnds.returnToParent(step, witness, false, step.frame.gas, output);
    }

    function _output(Steps.Step memory step) private pure returns (PagedProof.Slice memory) {
        return Slices.make(PagedProof.DATA, step.frame.memoryRoot, step.words[0], step.words[1]);
    }

    // 0xff

    /// @dev EIP-6780: the contract goes only if this transaction created it.
    function _selfdestruct(Steps.Step memory step, bytes calldata witness) private pure {
        if (step.frameConst.isStatic) {
            step.halted = true;
            return;
        }
        // STACK
        address heir = address(uint160(step.words[0]));
        // GAS
        address account = step.frameConst.account;
        uint256 balance = StateAccess.balanceOf(StateAccess.account(step, witness, account));
        (uint256 cost,) = ScratchAccess.warmAddress(step, witness, heir);
        if (cost == ScratchAccess.WARM_GAS) cost = 0;
        if (balance != 0 && StateAccess.account(step, witness, heir) == 0) cost += Calls.NEW_ACCOUNT_GAS;
        if (!step.charge(cost)) return;
        // OPERATION
        StateAccess.transfer(step, witness, account, heir, balance);
        if (step.frameConst.isNew) {
            if (heir == account) {
                uint256 packed = StateAccess.account(step, witness, account);
                StateAccess.setAccount(step, witness, account, packed & ~StateAccess.BALANCE_MASK);
            }
            if (ScratchAccess.markDestroyed(step, witness, account)) {
                step.transaction.destroyed = Chains.pushDestroyed(step.transaction.destroyed, account);
            }
        }
        _leave(step, witness, Slices.empty());
    }

    // The end

    /// @dev Without a fault: the effects stay, the output of a creation becomes its code.
    function _leave(Steps.Step memory step, bytes calldata witness, PagedProof.Slice memory output)
        private
        pure
    {
        if (step.frameConst.kind == FrameConsts.CREATE) {
            if (!_deposit(step, witness, output)) {
                step.halted = true;
                return;
            }
            output = Slices.empty();
        }
        FrameEnds.returnToParent(step, witness, true, step.frame.gas, output);
    }

    /// @dev Pays for the code that a creation returns and stores it; false where that is a fault, before any effect.
    function _deposit(Steps.Step memory step, bytes calldata witness, PagedProof.Slice memory output)
        private
        pure
        returns (bool)
    {
        uint256 size = output.size;
        if (size == 0) return true;
        if (size > MAX_CODE_SIZE || CODE_DEPOSIT * size > step.frame.gas) return false;
        bytes memory code;
        (code, step.at) = PagedProof.readSlice(output, 0, size, witness, step.at);
        if (code[0] == 0xef) return false; // EIP-3541
        step.frame.gas -= CODE_DEPOSIT * size;
        StateAccess.setCode(
            step, witness, step.frameConst.account, size, keccak256(code), CodePages.codeRoot(code)
        );
        return true;
    }
}
