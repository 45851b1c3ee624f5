// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupManager} from "../interfaces/IRollupManager.sol";
import {Orders} from "../libraries/Orders.sol";
import {Protocol} from "../libraries/Protocol.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title What the rollup stores, and who may touch it
/// @dev Slots: 0 seat; 1 heads; 2 clocks; 3-4 base; 5-6 pending state claim; 7 order hashes (a slot each);
/// 8 claims (two slots each); 9 credits. Each call writes the few slots of its concern: an order 1, 2 and its
/// hash, a claim 1 and its two, a finalization 1 alone. A claim above `heads.claimed` is deleted although its
/// slots are not zero: whoever reads one compares the batch with the heads first (`_standing`).
abstract contract RollupStorage is IRollupManager {
    Seat internal _seat;
    Heads internal _heads;
    Clocks internal _clocks;
    Base internal _base;
    StateClaim internal _pendingState;
    mapping(uint256 batch => bytes32 orderHash) internal _orderHashes;
    mapping(uint256 batch => Claim claim) internal _claims;
    mapping(address account => uint256 amount) internal _credits;

    /// @inheritdoc IRollupManager
    address public immutable game;
    /// @inheritdoc IRollupManager
    bytes32 public immutable chainConfigHash;

    uint128 internal immutable STAKE;
    uint128 internal immutable CHALLENGER_BOND;
    uint128 internal immutable GAS_PRICE_CAP;
    uint64 internal immutable SEQUENCER_GAME_GAS;
    uint64 internal immutable CHALLENGER_GAME_GAS;
    uint32 internal immutable BATCH_INTERVAL;
    uint32 internal immutable MAX_ORDER_AGE;
    uint32 internal immutable CLAIM_WINDOW;
    uint32 internal immutable STATE_WINDOW;
    uint32 internal immutable CLOCK;
    uint32 internal immutable MOVE_TIME;
    uint32 internal immutable IDLE_TIME;
    uint32 internal immutable MAX_LAG;
    uint8 internal immutable ARITY;

    modifier onlyGame() {
        require(msg.sender == game, RollupManager_CallerIsNotGame(msg.sender, game));
        _;
    }

    modifier onlySequencer() {
        require(_seat.role == Role.Active, RollupManager_WrongRole(_seat.role, Role.Active));
        require(
            msg.sender == _seat.sequencer, RollupManager_CallerIsNotSequencer(msg.sender, _seat.sequencer)
        );
        _;
    }

    constructor(
        Protocol.Parameters memory p,
        address game_,
        bytes32 genesisStateRoot,
        bytes32 chainConfigHash_
    ) {
        Protocol.requireSound(p);
        require(game_ != address(0), RollupManager_GameIsZero());
        game = game_;
        chainConfigHash = chainConfigHash_;

        STAKE = p.stake;
        CHALLENGER_BOND = p.challengerBond;
        GAS_PRICE_CAP = p.gasPriceCap;
        SEQUENCER_GAME_GAS = p.sequencerGameGas;
        CHALLENGER_GAME_GAS = p.challengerGameGas;
        BATCH_INTERVAL = p.batchInterval;
        MAX_ORDER_AGE = p.maxOrderAge;
        CLAIM_WINDOW = p.claimWindow;
        STATE_WINDOW = p.stateWindow;
        CLOCK = p.clock;
        MOVE_TIME = p.moveTime;
        IDLE_TIME = p.idleTime;
        MAX_LAG = p.maxLag;
        ARITY = p.arity;

        _base.stateRoot = genesisStateRoot;
        bytes32 genesis = Orders.genesisHash(chainConfigHash_, genesisStateRoot);
        _orderHashes[0] = genesis;
        emit GenesisCommitted(genesis, chainConfigHash_, genesisStateRoot, game_);
    }

    /// @inheritdoc IRollupManager
    function parameters() public view returns (Protocol.Parameters memory) {
        return Protocol.Parameters({
            stake: STAKE,
            challengerBond: CHALLENGER_BOND,
            gasPriceCap: GAS_PRICE_CAP,
            sequencerGameGas: SEQUENCER_GAME_GAS,
            challengerGameGas: CHALLENGER_GAME_GAS,
            batchInterval: BATCH_INTERVAL,
            maxOrderAge: MAX_ORDER_AGE,
            claimWindow: CLAIM_WINDOW,
            stateWindow: STATE_WINDOW,
            clock: CLOCK,
            moveTime: MOVE_TIME,
            idleTime: IDLE_TIME,
            maxLag: MAX_LAG,
            arity: ARITY
        });
    }

    /// @inheritdoc IRollupManager
    function seat() external view returns (Seat memory) {
        return _seat;
    }

    /// @inheritdoc IRollupManager
    function heads() external view returns (Heads memory) {
        return _heads;
    }

    /// @inheritdoc IRollupManager
    function clocks() external view returns (Clocks memory) {
        return _clocks;
    }

    /// @inheritdoc IRollupManager
    function base() external view returns (Base memory) {
        return _base;
    }

    /// @inheritdoc IRollupManager
    function pendingState() external view returns (StateClaim memory) {
        return _pendingState;
    }

    /// @inheritdoc IRollupManager
    function orderHash(uint256 batch) external view returns (bytes32) {
        return _orderHashes[batch];
    }

    /// @inheritdoc IRollupManager
    function claimOf(uint256 batch) external view returns (Claim memory standing) {
        if (batch <= _heads.claimed) standing = _claims[batch];
    }

    /// @inheritdoc IRollupManager
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IRollupManager
    function isLive(uint64 term) public view returns (bool) {
        return term == _seat.term && _seat.role != Role.Vacant;
    }

    /// @dev Whether the claim of `batch` with this serial can still be disputed or lost: made, not final, not
    /// replaced, not deleted.
    function _standing(uint64 batch, uint64 serial) internal view returns (bool) {
        return batch > _heads.finalized && batch <= _heads.claimed && _claims[batch].serial == serial;
    }

    /// @dev L1's time in the width that it is stored in.
    function _now() internal view returns (uint64) {
        return SafeCast.toUint64(block.timestamp);
    }
}
