// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBisectionGame} from "../interfaces/IBisectionGame.sol";
import {IRollupManager} from "../interfaces/IRollupManager.sol";
import {IStepVerifier} from "../interfaces/IStepVerifier.sol";
import {ChainConfigs} from "../libraries/ChainConfigs.sol";
import {Ether} from "../libraries/Ether.sol";
import {Orders} from "../libraries/Orders.sol";
import {Protocol} from "../libraries/Protocol.sol";
import {Games} from "./Games.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title What the game stores, and the checks that every call passes
/// @dev Slots: 0 the last id; 1 the hash of each game that goes on; 2 credits. A move writes one slot.
/// INVARIANT: the balance is the bonds of all games that go on plus all credits (plus what is forced in).
abstract contract GameStorage is IBisectionGame {
    /// @inheritdoc IBisectionGame
    uint64 public opened;
    mapping(uint256 id => bytes32 gameHash) internal _gameHashes;
    mapping(address account => uint256 amount) internal _credits;

    /// @inheritdoc IBisectionGame
    IRollupManager public immutable rollup;
    /// @inheritdoc IBisectionGame
    IStepVerifier public immutable verifier;

    uint128 internal immutable BOND;
    uint32 internal immutable CLOCK;
    uint8 internal immutable ARITY;

    uint64 internal immutable CHAIN_ID;
    uint64 internal immutable GAS_LIMIT;
    uint64 internal immutable BATCH_INTERVAL;
    uint256 internal immutable BASE_FEE;
    uint256 internal immutable BLOB_BASE_FEE;

    constructor(IRollupManager rollup_, IStepVerifier verifier_, ChainConfigs.ChainConfig memory config) {
        require(
            rollup_.game() == address(this), BisectionGame_RollupHasOtherGame(rollup_.game(), address(this))
        );
        bytes32 have = ChainConfigs.hash(config);
        bytes32 want = rollup_.chainConfigHash();
        require(have == want, BisectionGame_ConfigurationDiffers(have, want));
        Protocol.Parameters memory p = rollup_.parameters();
        require(
            config.batchInterval == p.batchInterval,
            BisectionGame_IntervalDiffers(config.batchInterval, p.batchInterval)
        );
        require(
            config.gasLimit <= ChainConfigs.MAX_GAS_LIMIT,
            BisectionGame_GasLimitTooHigh(config.gasLimit, ChainConfigs.MAX_GAS_LIMIT)
        );
        require(address(verifier_).code.length != 0, BisectionGame_VerifierIsMissing(address(verifier_)));

        rollup = rollup_;
        verifier = verifier_;
        BOND = p.challengerBond;
        CLOCK = p.clock;
        ARITY = p.arity;
        CHAIN_ID = config.chainId;
        GAS_LIMIT = config.gasLimit;
        BATCH_INTERVAL = config.batchInterval;
        BASE_FEE = config.baseFee;
        BLOB_BASE_FEE = config.blobBaseFee;
    }

    /// @inheritdoc IBisectionGame
    function gameHash(uint256 id) external view returns (bytes32) {
        return _gameHashes[id];
    }

    /// @inheritdoc IBisectionGame
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IBisectionGame
    function withdraw(address account) external returns (uint256 amount) {
        amount = _credits[account];
        require(amount != 0, BisectionGame_NothingOwed(account));
        _credits[account] = 0;
        emit Withdrawn(account, amount);
        Ether.send(account, amount);
    }

    /// @notice The configuration that batches are executed under.
    function chainConfig() public view returns (ChainConfigs.ChainConfig memory) {
        return ChainConfigs.ChainConfig({
            chainId: CHAIN_ID,
            baseFee: BASE_FEE,
            blobBaseFee: BLOB_BASE_FEE,
            gasLimit: GAS_LIMIT,
            batchInterval: BATCH_INTERVAL
        });
    }

    /// @notice The index at which a trace ends: 2^36 for an execution, 2^18 for an application.
    /// @dev Nobody declares the length of a trace: behind its end it stays as it is. Tests play shorter ones.
    function traceEnd(Form form) public pure virtual returns (uint64) {
        return form == Form.Application ? uint64(1) << 18 : uint64(1) << 36;
    }

    /// @dev Every call but the opening begins here: the game is the stored one, and of a running term.
    function _requireLive(Game calldata game) internal view {
        _requireStored(game);
        uint64 term = game.disputed.term;
        require(rollup.isLive(term), BisectionGame_GameIsVoid(game.id, term));
    }

    function _requireStored(Game calldata game) internal view {
        bytes32 have = Games.hash(game);
        bytes32 want = _gameHashes[game.id];
        require(have == want, BisectionGame_GameChanged(game.id, have, want));
    }

    /// @dev A move: the game as stored, of a running term, in this phase, by the side on turn, in time. Answers a
    /// copy whose clock of that side is stopped.
    function _beginMove(Game calldata stored, Phase phase) internal view returns (Game memory game) {
        _requireLive(stored);
        game = stored;
        require(game.phase == phase, BisectionGame_WrongPhase(game.phase, phase));
        // SAFETY of the subtraction: in time, so that the deadline is not behind us.
        uint32 left = SafeCast.toUint32(_requireInTime(game) - block.timestamp);
        address mover;
        if (Games.turn(game) == Side.Sequencer) {
            mover = game.disputed.sequencer;
            game.sequencerTime = left;
        } else {
            mover = game.challenger;
            game.challengerTime = left;
        }
        require(msg.sender == mover, BisectionGame_NotYourTurn(msg.sender, mover));
        game.movedAt = _now();
    }

    /// @dev Answers the deadline of the side on turn.
    function _requireInTime(Game memory game) internal view returns (uint256 deadline) {
        deadline = Games.deadline(game);
        require(block.timestamp <= deadline, BisectionGame_TooLate(block.timestamp, deadline));
    }

    /// @dev Stores what a move made of the game.
    function _endMove(Game memory game) internal returns (bytes32 newHash) {
        newHash = Games.hash(game);
        _gameHashes[game.id] = newHash;
    }

    /// @dev The next phase of a stage, by the length of the range. `high` > `low` always.
    function _cut(Game memory game) internal pure {
        if (game.high - game.low != 1) game.phase = Phase.Reveal;
        else game.phase = game.stage == Stage.Batches ? Phase.Choose : Phase.Step;
    }

    /// @dev The hash of the context of `order` after `preRoot`, for the trace of this form.
    function _contextHash(Orders.Order calldata order, bytes32 preRoot, Form form)
        internal
        view
        returns (bytes32)
    {
        // The numbers of the forms are those of the modes in Contexts.
        return ChainConfigs.contextHash(chainConfig(), order, preRoot, uint256(form));
    }

    /// @dev L1's time in the width that it is stored in.
    function _now() internal view returns (uint64) {
        return SafeCast.toUint64(block.timestamp);
    }
}
