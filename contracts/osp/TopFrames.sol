// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "../machine/Checkpoints.sol";
import {FrameConsts} from "../machine/FrameConsts.sol";
import {Machines} from "../machine/Machines.sol";
import {Transactions} from "../machine/Transactions.sol";
import {CodePages} from "../trees/CodePages.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {Calls} from "./Calls.sol";
import {Creations} from "./Creations.sol";
import {IPrecompileProver} from "./IPrecompileProver.sol";
import {ScratchAccess} from "./ScratchAccess.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";

/// @title The top frame of a transaction opens, or has ended at once
/// @notice Twins: `start_call` and `start_create` in `offchain/evm/calls.py`.
library TopFrames {
    /// @notice Opens the top frame. Context and transaction are open.
    /// @dev Witness:
    ///
    ///     call      code to run, see Calls | transfer of the value | [input of a precompile, see Calls]
    ///     creation  account of the new address | [no collision: initcode | flags and accounts, see Creations]
    function open(Steps.Step memory step, bytes calldata witness, IPrecompileProver precompiles)
        internal
        view
    {
        uint256 gas = step.transaction.gas;
        step.transaction.gas = 0;
        if (step.transaction.isCreate) _create(step, witness, gas);
        else _call(step, witness, precompiles, gas);
    }

    function _call(Steps.Step memory step, bytes calldata witness, IPrecompileProver precompiles, uint256 gas)
        private
        view
    {
        Transactions.Transaction memory transaction = step.transaction;
        (StateAccess.Code memory code,) = Calls.codeToRun(step, witness, transaction.to);
        Checkpoints.Checkpoint memory checkpoint = Calls.checkpoint(step);
        StateAccess.transfer(step, witness, transaction.origin, transaction.to, transaction.value);
        if (ScratchAccess.isPrecompile(transaction.to)) {
            bool success;
            (success, transaction.gas,) =
                Calls.runPrecompile(step, witness, precompiles, transaction.to, transaction.data, gas);
            if (!success) Calls.putBack(step, checkpoint);
            step.machine.phase = Machines.SETTLE;
            return;
        }
        FrameConsts.FrameConst memory frameConst = _constOf(transaction, checkpoint);
        frameConst.kind = FrameConsts.CALL;
        frameConst.input = transaction.data;
        Calls.openFrame(step, frameConst, code.root, code.size, gas);
    }

    function _create(Steps.Step memory step, bytes calldata witness, uint256 gas) private pure {
        Transactions.Transaction memory transaction = step.transaction;
        if (Creations.hasCollision(step, witness, transaction.to)) {
            // All gas is burnt (EIP-684).
            step.machine.phase = Machines.SETTLE;
            return;
        }
        Checkpoints.Checkpoint memory checkpoint = Calls.checkpoint(step);
        uint256 size = transaction.data.size;
        bytes memory initcode;
        (initcode, step.at) = PagedProof.readSlice(transaction.data, 0, size, witness, step.at);
        Creations.begin(step, witness, transaction.to, transaction.origin, transaction.value);
        FrameConsts.FrameConst memory frameConst = _constOf(transaction, checkpoint);
        frameConst.kind = FrameConsts.CREATE;
        frameConst.isNew = true;
        Calls.openFrame(step, frameConst, CodePages.codeRoot(initcode), size, gas);
    }

    /// @dev What calls and creations have in common.
    function _constOf(Transactions.Transaction memory transaction, Checkpoints.Checkpoint memory checkpoint)
        private
        pure
        returns (FrameConsts.FrameConst memory frameConst)
    {
        frameConst.account = transaction.to;
        frameConst.caller = transaction.origin;
        frameConst.value = transaction.value;
        frameConst.checkpoint = Checkpoints.hash(checkpoint);
    }
}
