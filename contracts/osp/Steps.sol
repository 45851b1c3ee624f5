// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Chains} from "../machine/Chains.sol";
import {Contexts} from "../machine/Contexts.sol";
import {FrameConsts} from "../machine/FrameConsts.sol";
import {Frames} from "../machine/Frames.sol";
import {Machines} from "../machine/Machines.sol";
import {Reader} from "../machine/Reader.sol";
import {Transactions} from "../machine/Transactions.sol";

/// @title One step in progress: the state that the witness opened, changed in memory, and hashed again at the end
/// @dev A witness is read from its front to its end by `at`. Parts are loaded at most once, in the order in which the
/// functions are called; the recorder (`offchain/proofs/machine.py`) writes them in the same order.
library Steps {
    /// @notice What the step has learnt about one key of the state, see StateAccess.
    /// @param value What the key has now, if `hasValue`.
    /// @param before What it has in the pre-state, if `hasBefore`.
    /// @param codeHash Of a code entry that has a value: hash and page root of the code.
    struct Known {
        bytes32 key;
        bool hasValue;
        bool hasBefore;
        uint256 value;
        uint256 before;
        bytes32 codeHash;
        bytes32 codeRoot;
    }

    /// @param at Where in the witness the next part begins.
    /// @param page The page of code that holds the instruction.
    /// @param words The words that the instruction took off the stack, the top first.
    /// @param halted Whether the instruction was an exceptional halt: the entry then puts the checkpoint back.
    /// @param known Keys of the state that StateAccess has proven or written; good while `diffRoot` is `knownRoot`.
    struct Step {
        bytes32 contextHash;
        uint256 at;
        uint256 opcode;
        bytes page;
        bool halted;
        bool hasConst;
        bool hasTransaction;
        bool hasContext;
        uint256[] words;
        Machines.Machine machine;
        Frames.Frame frame;
        FrameConsts.FrameConst frameConst;
        Transactions.Transaction transaction;
        Contexts.Context context;
        Known[] known;
        bytes32 knownRoot;
    }

    uint256 internal constant MAX_STACK = 1024;
    uint256 internal constant MAX_MEMORY = 1 << 22;

    /// @notice Thrown when the machine in the witness is not the state.
    error Steps_StateIsDifferent(bytes32 have, bytes32 want);
    /// @notice Thrown when the state belongs to another unit.
    error Steps_UnitIsDifferent(uint256 have, uint256 want);
    /// @notice Thrown when the state is in another phase than the prover serves.
    error Steps_PhaseIsDifferent(uint256 have, uint256 want);
    /// @notice Thrown when the words in the witness are not the stack's.
    error Steps_StackIsDifferent(bytes32 have, bytes32 want);

    // Parts of the witness

    /// @notice Opens the machine: the first part of every witness.
    function begin(
        bytes32 contextHash,
        uint256 unit,
        bytes32 stateHash,
        bytes calldata witness,
        uint256 offset
    ) internal pure returns (Step memory step) {
        bytes32 have;
        (step.machine, have, step.at) = Machines.read(witness, offset);
        if (have != stateHash) revert Steps_StateIsDifferent(have, stateHash);
        if (step.machine.unit != unit) revert Steps_UnitIsDifferent(step.machine.unit, unit);
        step.contextHash = contextHash;
    }

    /// @notice Checks the phase.
    function requirePhase(Step memory step, uint256 phase) internal pure {
        if (step.machine.phase != phase) revert Steps_PhaseIsDifferent(step.machine.phase, phase);
    }

    /// @notice Opens the running frame.
    function useFrame(Step memory step, bytes calldata witness) internal pure {
        (step.frame, step.at) = Frames.read(step.machine.frame, witness, step.at);
    }

    /// @notice Opens the constants of the running frame, unless they are open.
    function useConst(Step memory step, bytes calldata witness) internal pure {
        if (step.hasConst) return;
        (step.frameConst, step.at) = FrameConsts.read(step.frame.constHash, witness, step.at);
        step.hasConst = true;
    }

    /// @notice Opens the transaction, unless it is open.
    function useTransaction(Step memory step, bytes calldata witness) internal pure {
        if (step.hasTransaction) return;
        (step.transaction, step.at) = Transactions.read(step.machine.tx, witness, step.at);
        step.hasTransaction = true;
    }

    /// @notice Opens the context, unless it is open.
    function useContext(Step memory step, bytes calldata witness) internal pure {
        if (step.hasContext) return;
        (step.context, step.at) = Contexts.read(step.contextHash, witness, step.at);
        step.hasContext = true;
    }

    /// @notice Takes `count` words off the stack. The witness gives them, the top first, and the chain below them.
    /// @dev The caller has checked that there are so many.
    function takeWords(Step memory step, uint256 count, bytes calldata witness) internal pure {
        if (count == 0) return;
        uint256 position = Reader.enter(witness, step.at, 32 * count + 32);
        step.at += 32 * count + 32;
        uint256[] memory words = new uint256[](count);
        bytes32 below = Reader.wordAt(position + 32 * count);
        bytes32 chain = below;
        for (uint256 i = count; i > 0; --i) {
            uint256 word = Reader.uintAt(position + 32 * (i - 1), 32);
            words[i - 1] = word;
            chain = Chains.pushWord(chain, word);
        }
        if (chain != step.frame.stack) revert Steps_StackIsDifferent(chain, step.frame.stack);
        step.words = words;
        step.frame.stack = below;
        step.frame.stackSize -= count;
    }

    // What handlers do

    /// @notice Puts a word on the stack. The entry has checked that there is room.
    function push(Step memory step, uint256 word) internal pure {
        step.frame.stack = Chains.pushWord(step.frame.stack, word);
        ++step.frame.stackSize;
    }

    /// @notice Goes on to the next instruction.
    function advance(Step memory step) internal pure {
        ++step.frame.pc;
    }

    /// @notice Pays gas; false, and the step a halt, where there is not enough.
    function charge(Step memory step, uint256 cost) internal pure returns (bool) {
        if (cost > step.frame.gas) {
            step.halted = true;
            return false;
        }
        step.frame.gas -= cost;
        return true;
    }

    /// @notice Pays for memory up to `offset + size` and grows it to whole words; false, and a halt, where it can't.
    function expand(Step memory step, uint256 offset, uint256 size) internal pure returns (bool) {
        if (size == 0) return true;
        if (offset > MAX_MEMORY || size > MAX_MEMORY || offset + size > MAX_MEMORY) {
            step.halted = true;
            return false;
        }
        uint256 have = step.frame.memorySize / 32;
        uint256 want = (offset + size + 31) / 32;
        if (want <= have) return true;
        if (!charge(step, 3 * (want - have) + want * want / 512 - have * have / 512)) return false;
        step.frame.memorySize = 32 * want;
        return true;
    }

    /// @notice Words of 32 bytes that hold `size` bytes; too many to pay for where that overflows.
    function words32(uint256 size) internal pure returns (uint256) {
        return size > type(uint64).max ? type(uint64).max : (size + 31) / 32;
    }

    // The end

    /// @notice The hash of the successor.
    function finish(Step memory step, bytes calldata witness) internal pure returns (bytes32) {
        Reader.finish(witness, step.at);
        if (step.hasTransaction) step.machine.tx = Transactions.hash(step.transaction);
        if (step.machine.phase == Machines.EXECUTE) step.machine.frame = Frames.hash(step.frame);
        return Machines.hash(step.machine);
    }
}
