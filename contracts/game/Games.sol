// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGameTypes} from "../interfaces/IGameTypes.sol";

/// @title The hash of a game, and whose turn it is
/// @notice Of a game one hash is stored; every call hands in the game that it means. Twin: `offchain/game/games.py`.
library Games {
    bytes32 private constant TAG = keccak256("deltaroll.game");

    /// @notice H(tag ‖ every field in order, 32 bytes each).
    function hash(IGameTypes.Game memory game) internal pure returns (bytes32) {
        return keccak256(abi.encode(TAG, game));
    }

    /// @notice The side whose clock runs.
    function turn(IGameTypes.Game memory game) internal pure returns (IGameTypes.Side) {
        return game.phase == IGameTypes.Phase.Answer || game.phase == IGameTypes.Phase.Reveal
            ? IGameTypes.Side.Sequencer
            : IGameTypes.Side.Challenger;
    }

    /// @notice The last second in which the side on turn may move.
    function deadline(IGameTypes.Game memory game) internal pure returns (uint256) {
        uint256 left = turn(game) == IGameTypes.Side.Sequencer ? game.sequencerTime : game.challengerTime;
        return uint256(game.movedAt) + left;
    }
}
