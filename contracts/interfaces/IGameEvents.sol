// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGameTypes} from "./IGameTypes.sol";

/// @title What the game tells
/// @notice Enough to rebuild every game from the log alone: the opening holds the whole game, each move what it
/// added, the second in which it was made, and the hash of the game behind it.
interface IGameEvents is IGameTypes {
    /// @notice A game began, `game` is its whole content.
    event GameOpened(
        uint256 indexed id, address indexed challenger, uint256 indexed serial, bytes32 gameHash, Game game
    );
    /// @notice The sequencer has the same h(S_{n-1}): case A.
    event Agreed(uint256 indexed id, bytes32 gameHash, uint64 time);
    /// @notice The sequencer has another h(S_{n-1}): case B.
    event Objected(uint256 indexed id, bytes32 gameHash, uint64 time, bytes32 parentRoot);
    /// @notice The sequencer showed the inner hashes of the range.
    event Revealed(uint256 indexed id, bytes32 gameHash, uint64 time, bytes32[] hashes);
    /// @notice The challenger accepts the start of a segment and denies its end.
    event Pointed(
        uint256 indexed id, bytes32 gameHash, uint64 time, uint256 segment, bytes32 lowHash, bytes32 highHash
    );
    /// @notice The challenger chose the trace that stage two is about. `diffRoot` is the standing h(D_x).
    event FormChosen(
        uint256 indexed id, bytes32 gameHash, uint64 time, Form form, bytes32 diffRoot, bytes32 contextHash
    );

    /// @notice The last step was shown: the verifier's answer, the sequencer has `claimedHash`.
    event StepProven(uint256 indexed id, bytes32 stateHash, bytes32 nextStateHash, bytes32 claimedHash);
    /// @notice The sequencer lost: its term is over. The bond is the challenger's again.
    event SequencerLost(uint256 indexed id, uint256 indexed term, address indexed challenger, Reason reason);
    /// @notice The challenger lost its bond.
    event ChallengerLost(
        uint256 indexed id,
        address indexed challenger,
        address indexed sequencer,
        Reason reason,
        uint256 reward,
        uint256 burnt
    );
    /// @notice A void game gave the bond back.
    event Refunded(uint256 indexed id, address indexed challenger, uint256 bond);
    /// @notice Credit was paid out.
    event Withdrawn(address indexed account, uint256 amount);
}
