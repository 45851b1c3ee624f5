// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "../machine/Checkpoints.sol";
import {FrameConsts} from "../machine/FrameConsts.sol";
import {Frames} from "../machine/Frames.sol";
import {Pendings} from "../machine/Pendings.sol";
import {Slices} from "../machine/Slices.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {Calls} from "./Calls.sol";
import {FrameEnds} from "./FrameEnds.sol";
import {IPrecompileCaller} from "./IPrecompileCaller.sol";
import {IPrecompileProver} from "./IPrecompileProver.sol";
import {IProver} from "./IProver.sol";
import {InstructionProver} from "./InstructionProver.sol";
import {ScratchAccess} from "./ScratchAccess.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";

/// @title CALL, CALLCODE, DELEGATECALL and STATICCALL
/// @notice Twins: `call`, `callcode`, `delegatecall` and `staticcall` in `offchain/evm/instructions/system.py`.
/// @dev Witness behind the entry's parts, in the forms of StateAccess and ScratchAccess:
///
///     [account of `to`: CALL with value] | flags of `to`, unless it is a precompile
///     | account and code of `to` | [its 23 bytes] | [flags of the delegate, its account and code]
///     | [account of the caller: with value] | [write of the caller, write of `to`: CALL with value to another]
///     | [pages of the input: a precompile other than identity]
///
/// What is known is not given again. Nothing follows what the instruction can't pay for.
contract CallProver is InstructionProver, IPrecompileCaller {
    using Steps for Steps.Step;

    /// @param gas As requested.
    /// @param to Whose code runs.
    /// @param account Whose storage and balance it acts on.
    /// @param caller What CALLER shows in the child.
    /// @param value What CALLVALUE shows in the child.
    /// @param transfer What the caller has to own, and moves to `account`.
    /// @param newAccountGas What is to be paid if the value makes an account.
    struct Request {
        uint256 gas;
        address to;
        address account;
        address caller;
        uint256 value;
        uint256 transfer;
        bool isStatic;
        uint256 newAccountGas;
        uint256 inputOffset;
        uint256 inputSize;
        uint256 outputOffset;
        uint256 outputSize;
    }

    uint256 private constant CALL = 0xf1;
    uint256 private constant CALLCODE = 0xf2;
    uint256 private constant DELEGATECALL = 0xf4;
    uint256 private constant STATICCALL = 0xfa;

    /// @inheritdoc IPrecompileCaller
    IPrecompileProver public immutable precompiles;

    constructor(IPrecompileProver precompiles_) {
        precompiles = precompiles_;
    }

    /// @inheritdoc IProver
    function number() external pure returns (uint256) {
        return 5;
    }

    /// @inheritdoc InstructionProver
    function _serves(uint256 opcode) internal pure override returns (bool) {
        return opcode == CALL || opcode == CALLCODE || opcode == DELEGATECALL || opcode == STATICCALL;
    }

    /// @inheritdoc InstructionProver
    function _execute(Steps.Step memory step, bytes calldata witness) internal view override {
        Request memory request = _request(step);
        if (step.opcode == CALL && request.value != 0) {
            if (step.frameConst.isStatic) {
                step.halted = true;
                return;
            }
            if (StateAccess.account(step, witness, request.to) == 0) {
                request.newAccountGas = Calls.NEW_ACCOUNT_GAS;
            }
        }
        _call(step, witness, request);
    }

    /// @dev What the words ask for; the two calls without value have one word less.
    function _request(Steps.Step memory step) private pure returns (Request memory request) {
        // STACK
        uint256 opcode = step.opcode;
        uint256[] memory words = step.words;
        FrameConsts.FrameConst memory own = step.frameConst;
        request.gas = words[0];
        request.to = address(uint160(words[1]));
        request.account = opcode == CALL || opcode == STATICCALL ? request.to : own.account;
        request.caller = opcode == DELEGATECALL ? own.caller : own.account;
        request.isStatic = opcode == STATICCALL || own.isStatic;
        uint256 next = 2;
        if (opcode == CALL || opcode == CALLCODE) {
            request.value = request.transfer = words[2];
            next = 3;
        } else if (opcode == DELEGATECALL) {
            request.value = own.value;
        }
        request.inputOffset = words[next];
        request.inputSize = words[next + 1];
        request.outputOffset = words[next + 2];
        request.outputSize = words[next + 3];
    }

    /// @dev The common part of the calls.
    function _call(Steps.Step memory step, bytes calldata witness, Request memory request) private view {
        // GAS
        if (!step.expand(request.inputOffset, request.inputSize)) return;
        if (!step.expand(request.outputOffset, request.outputSize)) return;
        (uint256 cost, uint256 flags) = ScratchAccess.warmAddress(step, witness, request.to);
        (StateAccess.Code memory code, uint256 delegateCost) = Calls.codeToRun(step, witness, request.to);
        cost += delegateCost;
        if (request.transfer != 0) cost += Calls.VALUE_GAS + request.newAccountGas;
        if (!step.charge(cost)) return;
        uint256 gas = _takeGas(step, request);
        // OPERATION
        step.advance();
        step.frame.returnData = Slices.empty();
        if (step.frameConst.depth >= Calls.MAX_DEPTH || !_ownsTransfer(step, witness, request)) {
            step.frame.gas += gas;
            step.push(0);
            return;
        }
        Checkpoints.Checkpoint memory checkpoint = Calls.checkpoint(step);
        if (request.account != step.frameConst.account) {
            StateAccess.transfer(step, witness, step.frameConst.account, request.account, request.transfer);
        }
        if (ScratchAccess.isPrecompile(request.to)) {
            _runPrecompile(step, witness, request, checkpoint, gas);
            return;
        }
        // The code acts on the account that was just looked up, or on the frame's own.
        bool isNew =
            request.account == request.to ? flags & ScratchAccess.CREATED != 0 : step.frameConst.isNew;
        FrameConsts.FrameConst memory child = _child(step, request, checkpoint, isNew);
        Calls.openFrame(step, child, code.root, code.size, gas);
    }

    /// @dev Takes the child's gas from the frame (EIP-150).
    function _takeGas(Steps.Step memory step, Request memory request) private pure returns (uint256 gas) {
        uint256 left = step.frame.gas;
        gas = left - left / 64;
        if (request.gas < gas) gas = request.gas;
        step.frame.gas = left - gas;
        if (request.transfer != 0) gas += Calls.STIPEND;
    }

    function _ownsTransfer(Steps.Step memory step, bytes calldata witness, Request memory request)
        private
        pure
        returns (bool)
    {
        if (request.transfer == 0) return true;
        uint256 own = StateAccess.account(step, witness, step.frameConst.account);
        return request.transfer <= StateAccess.balanceOf(own);
    }

    function _input(Steps.Step memory step, Request memory request)
        private
        pure
        returns (PagedProof.Slice memory)
    {
        return Slices.make(PagedProof.DATA, step.frame.memoryRoot, request.inputOffset, request.inputSize);
    }

    /// @dev The constants of the child; the frame is left waiting for it.
    function _child(
        Steps.Step memory step,
        Request memory request,
        Checkpoints.Checkpoint memory checkpoint,
        bool isNew
    ) private pure returns (FrameConsts.FrameConst memory child) {
        child.kind = FrameConsts.CALL;
        child.account = request.account;
        child.caller = request.caller;
        child.value = request.value;
        child.input = _input(step, request);
        child.isStatic = request.isStatic;
        child.depth = step.frameConst.depth + 1;
        child.isNew = isNew;
        child.checkpoint = Checkpoints.hash(checkpoint);
        Pendings.Pending memory pending;
        pending.kind = Pendings.CALL_RETURN;
        // The place of an empty output does not matter and may not fit.
        if (request.outputSize != 0) pending.destination = request.outputOffset;
        pending.remaining = request.outputSize;
        step.frame.pending = Pendings.hash(pending);
        child.parent = Frames.hash(step.frame);
    }

    /// @dev A call to a precompile is over in this step.
    function _runPrecompile(
        Steps.Step memory step,
        bytes calldata witness,
        Request memory request,
        Checkpoints.Checkpoint memory checkpoint,
        uint256 gas
    ) private view {
        (bool success, uint256 gasLeft, PagedProof.Slice memory output) = Calls.runPrecompile(
            step, witness, precompiles, request.to, _input(step, request), gas
        );
        if (!success) Calls.putBack(step, checkpoint);
        step.push(success ? 1 : 0);
        step.frame.gas += gasLeft;
        step.frame.returnData = output;
        uint256 size = request.outputSize < output.size ? request.outputSize : output.size;
        FrameEnds.beginCopy(step, output, 0, request.outputOffset, size);
    }
}
