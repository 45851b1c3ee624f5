// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "../machine/Checkpoints.sol";
import {FrameConsts} from "../machine/FrameConsts.sol";
import {Frames} from "../machine/Frames.sol";
import {Machines} from "../machine/Machines.sol";
import {Pendings} from "../machine/Pendings.sol";
import {Slices} from "../machine/Slices.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {Steps} from "./Steps.sol";

/// @title The end of a frame: what is put back, and what the parent gets
/// @notice Twin: `leave` and `halt` in `offchain/evm/calls.py`.
library FrameEnds {
    using Steps for Steps.Step;

    /// @notice Thrown when a frame that waits for its child has no such thing pending: no reachable state.
    error FrameEnds_ParentDoesNotWait(uint256 have);

    /// @notice Every exceptional halt: the checkpoint restored, no gas, no output.
    function halt(Steps.Step memory step, bytes calldata witness) internal pure {
        step.halted = false;
        restore(step, witness);
        returnToParent(step, witness, false, 0, Slices.empty());
    }

    /// @notice Puts the checkpoint of the running frame back.
    function restore(Steps.Step memory step, bytes calldata witness) internal pure {
        step.useConst(witness);
        step.useTransaction(witness);
        Checkpoints.Checkpoint memory checkpoint;
        (checkpoint, step.at) = Checkpoints.read(step.frameConst.checkpoint, witness, step.at);
        step.machine.diffRoot = checkpoint.diffRoot;
        step.transaction.scratchRoot = checkpoint.scratchRoot;
        step.transaction.refund = checkpoint.refund;
        step.transaction.newSlots = checkpoint.newSlots;
        step.transaction.destroyed = checkpoint.destroyed;
    }

    /// @notice Ends the running frame: its parent runs on, or the transaction is settled next.
    function returnToParent(
        Steps.Step memory step,
        bytes calldata witness,
        bool success,
        uint256 gasLeft,
        PagedProof.Slice memory output
    ) internal pure {
        step.useConst(witness);
        step.useTransaction(witness);
        if (step.frameConst.parent == 0) {
            step.transaction.gas = gasLeft;
            step.machine.frame = 0;
            step.machine.phase = Machines.SETTLE;
            return;
        }
        FrameConsts.FrameConst memory child = step.frameConst;
        (step.frame, step.at) = Frames.read(child.parent, witness, step.at);
        Pendings.Pending memory pending;
        (pending, step.at) = Pendings.read(step.frame.pending, witness, step.at);
        step.frame.gas += gasLeft;
        step.frame.returnData = output;
        step.frame.pending = 0;
        if (pending.kind == Pendings.CALL_RETURN) {
            step.push(success ? 1 : 0);
            uint256 size = pending.remaining < output.size ? pending.remaining : output.size;
            beginCopy(step, output, 0, pending.destination, size);
        } else if (pending.kind == Pendings.CREATE_RETURN) {
            step.push(success ? uint256(uint160(child.account)) : 0);
        } else {
            revert FrameEnds_ParentDoesNotWait(pending.kind);
        }
    }

    /// @notice Leaves a copy of `size` bytes to the following steps, a page a step.
    function beginCopy(
        Steps.Step memory step,
        PagedProof.Slice memory source,
        uint256 offset,
        uint256 destination,
        uint256 size
    ) internal pure {
        if (size == 0) return;
        Pendings.Pending memory pending;
        pending.kind = Pendings.COPY;
        pending.source = source;
        pending.offset = offset < source.size ? offset : source.size;
        pending.destination = destination;
        pending.remaining = size;
        step.frame.pending = Pendings.hash(pending);
    }
}
