// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Machines} from "../machine/Machines.sol";
import {CodePages} from "../trees/CodePages.sol";
import {PAGE_SIZE} from "../trees/PagedBytes.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {FrameEnds} from "./FrameEnds.sol";
import {IProver} from "./IProver.sol";
import {InstructionTable} from "./InstructionTable.sol";
import {Steps} from "./Steps.sol";

/// @title The entry that every instruction goes through
/// @notice Opens machine and frame, shows the opcode, checks stack bounds and static gas, takes the words, opens what the
/// instruction needs, and alone turns a fault into a halt. Provers of instructions inherit it and add handlers.
/// @dev Witness: `prover 1 | machine | frame | code page at pc (where pc < codeSize) | words, chain below (where pops > 0) |
/// const, transaction, context (as needed) | what the handler reads | what the end of a frame reads`.
/// Twin: `step_frame` in `offchain/evm/interpreter.py`.
abstract contract InstructionProver is IProver {
    using Steps for Steps.Step;

    /// @notice Thrown when the frame has something pending, which comes before its next instruction.
    error InstructionProver_FrameIsPending(bytes32 have);
    /// @notice Thrown when the opcode belongs to another prover.
    error InstructionProver_OpcodeIsNotServed(uint256 have);

    /// @inheritdoc IProver
    function prove(bytes32 contextHash, uint256 unit, bytes32 stateHash, bytes calldata witness)
        external
        view
        virtual
        returns (bytes32 nextStateHash)
    {
        Steps.Step memory step = Steps.begin(contextHash, unit, stateHash, witness, 1);
        step.requirePhase(Machines.EXECUTE);
        step.useFrame(witness);
        _proveFrame(step, witness);
        return step.finish(witness);
    }

    /// @dev One step of the open frame.
    function _proveFrame(Steps.Step memory step, bytes calldata witness) internal view virtual {
        if (step.frame.pending != 0) revert InstructionProver_FrameIsPending(step.frame.pending);
        _proveInstruction(step, witness);
    }

    function _proveInstruction(Steps.Step memory step, bytes calldata witness) internal view {
        _fetch(step, witness);
        if (!_serves(step.opcode)) revert InstructionProver_OpcodeIsNotServed(step.opcode);
        (uint256 gas, uint256 pops, uint256 pushes, uint256 needs) = InstructionTable.entry(step.opcode);
        uint256 height = step.frame.stackSize;
        if (height < pops || height - pops + pushes > Steps.MAX_STACK || !step.charge(gas)) {
            FrameEnds.halt(step, witness);
            return;
        }
        step.takeWords(pops, witness);
        if (needs & InstructionTable.CONST != 0) step.useConst(witness);
        if (needs & InstructionTable.TRANSACTION != 0) step.useTransaction(witness);
        if (needs & InstructionTable.CONTEXT != 0) step.useContext(witness);
        _execute(step, witness);
        if (step.halted) FrameEnds.halt(step, witness);
    }

    /// @dev The opcode at the program counter; behind the code it is STOP.
    function _fetch(Steps.Step memory step, bytes calldata witness) private pure {
        uint256 pc = step.frame.pc;
        if (pc >= step.frame.codeSize) return;
        (step.page,) = _openCode(step, witness, pc / PAGE_SIZE);
        step.opcode = uint8(step.page[pc % PAGE_SIZE]);
    }

    /// @dev One page of the running code.
    function _openCode(Steps.Step memory step, bytes calldata witness, uint256 index)
        internal
        pure
        returns (bytes memory page, uint256 firstInstruction)
    {
        PagedProof.Opening memory opening;
        (page, opening, step.at) =
            PagedProof.openPages(step.frame.codeRoot, PagedProof.CODE, index, 1, witness, step.at);
        firstInstruction = opening.firstInstruction;
    }

    /// @dev Whether the code has a JUMPDEST that starts an instruction at `target`, which lies within the code.
    function _isJumpTarget(Steps.Step memory step, bytes calldata witness, uint256 target)
        internal
        pure
        returns (bool)
    {
        (bytes memory page, uint256 firstInstruction) = _openCode(step, witness, target / PAGE_SIZE);
        uint256 index = target % PAGE_SIZE;
        return page[index] == 0x5b && CodePages.isInstruction(page, firstInstruction, index);
    }

    /// @dev Whether this prover has a handler for the opcode. Every opcode is served by exactly one prover.
    function _serves(uint256 opcode) internal pure virtual returns (bool);

    /// @dev The handler: changes `step`, or sets `halted`.
    function _execute(Steps.Step memory step, bytes calldata witness) internal view virtual;
}
