// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "../machine/Checkpoints.sol";
import {FrameConsts} from "../machine/FrameConsts.sol";
import {Frames} from "../machine/Frames.sol";
import {Machines} from "../machine/Machines.sol";
import {Slices} from "../machine/Slices.sol";
import {PagedBytes} from "../trees/PagedBytes.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {Delegations} from "./Delegations.sol";
import {IPrecompileProver} from "./IPrecompileProver.sol";
import {PrecompilePrices} from "./PrecompilePrices.sol";
import {ScratchAccess} from "./ScratchAccess.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";

/// @title The beginning of a frame
/// @notice For the call instructions and for the top frame alike. Twins: `start_call` and `run_precompile` in
/// `offchain/evm/calls.py`, `_call` in `offchain/evm/instructions/system.py`.
library Calls {
    using Steps for Steps.Step;

    /// @notice Frames that may wait below a running one.
    uint256 internal constant MAX_DEPTH = 1024;
    /// @notice A call with value.
    uint256 internal constant VALUE_GAS = 9000;
    /// @notice What such a call gives to the callee.
    uint256 internal constant STIPEND = 2300;
    /// @notice Value for an account that does not exist.
    uint256 internal constant NEW_ACCOUNT_GAS = 25_000;

    /// @notice The code that a call to `callee` runs: one delegation is followed, and the delegate becomes warm. A
    /// delegation to a precompile runs no code.
    /// @dev Witness: `code of the callee | [code of 23 bytes] | [flags of the delegate | its code]`.
    /// @return code Its hash means nothing where it is the code of a delegate that is a precompile.
    /// @return gas What the access of a delegate costs.
    function codeToRun(Steps.Step memory step, bytes calldata witness, address callee)
        internal
        pure
        returns (StateAccess.Code memory code, uint256 gas)
    {
        code = StateAccess.code(step, witness, callee);
        (bool isDelegation, address delegate) = Delegations.delegateOf(step, witness, code);
        if (!isDelegation) return (code, 0);
        (gas,) = ScratchAccess.warmAddress(step, witness, delegate);
        if (ScratchAccess.isPrecompile(delegate)) {
            code = StateAccess.Code({size: 0, hash: 0, root: PagedBytes.ZERO_ROOT});
        } else {
            code = StateAccess.code(step, witness, delegate);
        }
    }

    /// @notice What a revert will put back: the effects so far. The transaction is open.
    function checkpoint(Steps.Step memory step) internal pure returns (Checkpoints.Checkpoint memory) {
        return Checkpoints.Checkpoint({
            diffRoot: step.machine.diffRoot,
            scratchRoot: step.transaction.scratchRoot,
            refund: step.transaction.refund,
            newSlots: step.transaction.newSlots,
            destroyed: step.transaction.destroyed
        });
    }

    /// @notice Puts back a checkpoint that this step has taken.
    function putBack(Steps.Step memory step, Checkpoints.Checkpoint memory taken) internal pure {
        step.machine.diffRoot = taken.diffRoot;
        step.transaction.scratchRoot = taken.scratchRoot;
        step.transaction.refund = taken.refund;
        step.transaction.newSlots = taken.newSlots;
        step.transaction.destroyed = taken.destroyed;
    }

    /// @notice A new frame in place of the running one, which has been hashed as its parent if it waits.
    function openFrame(
        Steps.Step memory step,
        FrameConsts.FrameConst memory frameConst,
        bytes32 codeRoot,
        uint256 codeSize,
        uint256 gas
    ) internal pure {
        Frames.Frame memory frame;
        frame.constHash = FrameConsts.hash(frameConst);
        frame.codeRoot = codeRoot;
        frame.codeSize = codeSize;
        frame.gas = gas;
        frame.memoryRoot = PagedBytes.ZERO_ROOT;
        step.frame = frame;
        step.machine.phase = Machines.EXECUTE;
    }

    /// @notice A call to the precompile at `account` with `gas`: an L2 failure burns all of it.
    /// @dev Witness: the pages under the input, but none for identity or an input that is too long.
    function runPrecompile(
        Steps.Step memory step,
        bytes calldata witness,
        IPrecompileProver precompiles,
        address account,
        PagedProof.Slice memory input,
        uint256 gas
    ) internal view returns (bool success, uint256 gasLeft, PagedProof.Slice memory output) {
        if (uint160(account) == PrecompilePrices.IDENTITY) {
            uint256 cost = PrecompilePrices.identity(input.size);
            return cost > gas ? (false, 0, output) : (true, gas - cost, input);
        }
        if (input.size > PrecompilePrices.MAX_INPUT) return (false, 0, output);
        return _run(precompiles, account, _read(step, witness, input), gas);
    }

    function _read(Steps.Step memory step, bytes calldata witness, PagedProof.Slice memory input)
        private
        pure
        returns (bytes memory data)
    {
        (data, step.at) = PagedProof.readSlice(input, 0, input.size, witness, step.at);
    }

    function _run(IPrecompileProver precompiles, address account, bytes memory input, uint256 gas)
        private
        view
        returns (bool success, uint256 gasLeft, PagedProof.Slice memory output)
    {
        uint256 cost;
        bytes memory data;
        (success, cost, data) = precompiles.run(uint160(account), gas, input);
        if (!success) return (false, 0, output);
        output = Slices.make(PagedProof.DATA, PagedBytes.rootOfMemory(data), 0, data.length);
        gasLeft = gas - cost;
    }
}
