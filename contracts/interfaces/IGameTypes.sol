// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupTypes} from "./IRollupTypes.sol";

/// @title The types of a dispute
interface IGameTypes is IRollupTypes {
    /// @notice What is disputed: a claim h(D_n), or a state claim h(S_m).
    enum Kind {
        Claim,
        State
    }

    /// @notice Batches: stage one, over the hashes of states. Trace: stage two, over the steps of one batch.
    enum Stage {
        Batches,
        Trace
    }

    /// @notice The trace of stage two. Execution: start to DIFF. Application: APPLY to STATE. Full: start to STATE.
    enum Form {
        Execution,
        Application,
        Full
    }

    /// @notice What the next move is. Answer and Reveal are the sequencer's, the others the challenger's (Step
    /// anybody's, on the challenger's clock).
    enum Phase {
        Answer,
        Reveal,
        Point,
        Choose,
        Step
    }

    /// @notice The two sides.
    enum Side {
        Sequencer,
        Challenger
    }

    /// @notice How a game was decided: by a step on chain, or by silence.
    enum Reason {
        Step,
        TimeOut
    }

    /// @notice A game between two moves.
    /// @param id Its number, never given twice.
    /// @param kind What is disputed.
    /// @param challenger Who paid the bond.
    /// @param disputed What was frozen at the opening.
    /// @param parentRoot h(S'_{n-1}), by the challenger; h(S_r) where n = r + 1; 0 in the dispute of a state claim.
    /// @param phase What the next move is.
    /// @param stage What the range is over.
    /// @param form The trace, once the stage is Trace.
    /// @param batch The batch whose trace is played: n in case A, x in case B, the dispute of a state claim alike.
    /// 0 as long as it is open.
    /// @param contextHash What its steps are proved in; before the answer, what they would be in case A.
    /// @param low Where the range begins: a batch, or a trace index.
    /// @param high Where it ends.
    /// @param lowHash The hash at `low`, on which both agree.
    /// @param highHash The sequencer's hash at `high`, which the challenger denies.
    /// @param vectorRoot The root of the inner hashes that were revealed, in phase Point.
    /// @param movedAt When the clock on turn began to run.
    /// @param sequencerTime Seconds left to the sequencer.
    /// @param challengerTime Seconds left to the challenger.
    struct Game {
        uint64 id;
        Kind kind;
        address challenger;
        Disputed disputed;
        bytes32 parentRoot;
        Phase phase;
        Stage stage;
        Form form;
        uint64 batch;
        bytes32 contextHash;
        uint64 low;
        uint64 high;
        bytes32 lowHash;
        bytes32 highHash;
        bytes32 vectorRoot;
        uint64 movedAt;
        uint32 sequencerTime;
        uint32 challengerTime;
    }
}
