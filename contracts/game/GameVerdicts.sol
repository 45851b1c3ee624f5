// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBisectionGame} from "../interfaces/IBisectionGame.sol";
import {Ether} from "../libraries/Ether.sol";
import {GameStorage} from "./GameStorage.sol";
import {Games} from "./Games.sol";

/// @title How a game ends
/// @dev Exactly once: the stored hash goes first, and no call but an opening does without it.
abstract contract GameVerdicts is GameStorage {
    uint256 private constant STEP_BITS = 24;

    /// @inheritdoc IBisectionGame
    function proveStep(Game calldata game, bytes calldata witness) external {
        _requireLive(game);
        require(game.phase == Phase.Step, BisectionGame_WrongPhase(game.phase, Phase.Step));
        _requireInTime(game);
        uint256 unit = game.low >> STEP_BITS;
        bytes32 next = verifier.step(game.contextHash, unit, game.lowHash, witness);
        emit StepProven(game.id, game.lowHash, next, game.highHash);
        if (next == game.highHash) _forfeit(game, Reason.Step);
        else _slash(game, Reason.Step);
    }

    /// @inheritdoc IBisectionGame
    function timeOut(Game calldata game) external {
        _requireLive(game);
        uint256 deadline = Games.deadline(game);
        require(block.timestamp > deadline, BisectionGame_TooEarly(block.timestamp, deadline + 1));
        if (Games.turn(game) == Side.Sequencer) _slash(game, Reason.TimeOut);
        else _forfeit(game, Reason.TimeOut);
    }

    /// @inheritdoc IBisectionGame
    function refund(Game calldata game) external {
        _requireStored(game);
        uint64 term = game.disputed.term;
        require(!rollup.isLive(term), BisectionGame_GameIsLive(game.id, term));
        delete _gameHashes[game.id];
        _credits[game.challenger] += BOND;
        emit Refunded(game.id, game.challenger, BOND);
    }

    /// @dev Against the sequencer. The term is live, so the hook can't answer that it is over.
    function _slash(Game calldata game, Reason reason) private {
        delete _gameHashes[game.id];
        _credits[game.challenger] += BOND;
        assert(rollup.slash(game.disputed.term, game.challenger));
        emit SequencerLost(game.id, game.disputed.term, game.challenger, reason);
    }

    /// @dev Against the challenger. As long as its term is live and a game on it is open, a claim stands.
    function _forfeit(Game calldata game, Reason reason) private {
        delete _gameHashes[game.id];
        uint256 reward = BOND / 2;
        uint256 burnt = BOND - reward;
        address sequencer = game.disputed.sequencer;
        _credits[sequencer] += reward;
        assert(
            game.kind == Kind.Claim
                ? rollup.closeClaimGame(game.disputed.batch, game.disputed.serial)
                : rollup.closeStateGame(game.disputed.serial)
        );
        emit ChallengerLost(game.id, game.challenger, sequencer, reason, reward, burnt);
        Ether.burn(burnt);
    }
}
