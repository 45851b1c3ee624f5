// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The parameters of a deployment and the relations between them
/// @notice Everything is frozen at deployment. Times are seconds, `arity` is the k of the bisection.
library Protocol {
    /// @notice `stake`, `challengerBond`, `gasPriceCap` in wei; `sequencerGameGas` and `challengerGameGas` are the
    /// worst-case gas that each side spends in one game. In the words of the docs: batchInterval is d_min,
    /// maxOrderAge MAX_AGE, claimWindow W, stateWindow W_s, clock C, moveTime t_move, idleTime T_idle, maxLag MAX_LAG.
    struct Parameters {
        uint128 stake;
        uint128 challengerBond;
        uint128 gasPriceCap;
        uint64 sequencerGameGas;
        uint64 challengerGameGas;
        uint32 batchInterval;
        uint32 maxOrderAge;
        uint32 claimWindow;
        uint32 stateWindow;
        uint32 clock;
        uint32 moveTime;
        uint32 idleTime;
        uint32 maxLag;
        uint8 arity;
    }

    /// @notice Bits of a trace index: 2^12 units of 2^24 steps.
    uint256 internal constant TRACE_BITS = 36;

    /// @notice Moves of a game that are no bisection: the opening, the answer, the choice of form, the last step.
    uint256 internal constant FIXED_MOVES = 4;

    uint256 internal constant MIN_ARITY = 2;
    uint256 internal constant MAX_ARITY = 64;

    /// @notice Thrown when k is not within [2, 64].
    error Protocol_ArityOutOfRange(uint256 have, uint256 min, uint256 max);
    /// @notice Thrown when a parameter that must not be zero is; `index` is its place in the struct.
    error Protocol_Zero(uint256 index);
    /// @notice Thrown when an order may be older than the window in which its claim is checked.
    error Protocol_OrderAgeTooLong(uint256 have, uint256 max);
    /// @notice Thrown when a side's clock does not cover the moves of the longest game.
    error Protocol_ClockTooShort(uint256 have, uint256 min);
    /// @notice Thrown when an honest sequencer would run into MAX_LAG.
    error Protocol_LagTooShort(uint256 have, uint256 min);
    /// @notice Thrown when T_idle does not outlast the dispute of a state claim.
    error Protocol_IdleTimeTooShort(uint256 have, uint256 min);
    /// @notice Thrown when half a challenger's bond does not pay the sequencer's gas of one game.
    error Protocol_BondTooSmall(uint256 have, uint256 min);
    /// @notice Thrown when half the stake does not pay the challenger's gas of one game.
    error Protocol_StakeTooSmall(uint256 have, uint256 min);

    /// @notice Reverts unless every relation that the protocol rests on holds.
    function requireSound(Parameters memory p) internal pure {
        require(
            p.arity >= MIN_ARITY && p.arity <= MAX_ARITY,
            Protocol_ArityOutOfRange(p.arity, MIN_ARITY, MAX_ARITY)
        );
        _requireNonZero(p);
        require(p.maxOrderAge <= p.claimWindow, Protocol_OrderAgeTooLong(p.maxOrderAge, p.claimWindow));

        uint256 minClock = moves(p) * p.moveTime;
        require(p.clock >= minClock, Protocol_ClockTooShort(p.clock, minClock));

        uint256 minLag = _ceilDiv(2 * settlementCycle(p), p.batchInterval);
        require(p.maxLag >= minLag, Protocol_LagTooShort(p.maxLag, minLag));

        uint256 minIdle = uint256(p.stateWindow) + 2 * uint256(p.clock) + 1;
        require(p.idleTime >= minIdle, Protocol_IdleTimeTooShort(p.idleTime, minIdle));

        uint256 minBond = 2 * uint256(p.sequencerGameGas) * p.gasPriceCap;
        require(p.challengerBond >= minBond, Protocol_BondTooSmall(p.challengerBond, minBond));
        uint256 minStake = 2 * uint256(p.challengerGameGas) * p.gasPriceCap;
        require(p.stake >= minStake, Protocol_StakeTooSmall(p.stake, minStake));
    }

    /// @notice R(k): the most moves that one side makes in a game.
    function moves(Parameters memory p) internal pure returns (uint256) {
        return ceilLog(p.arity, p.maxLag) + ceilLog(p.arity, 1 << TRACE_BITS) + FIXED_MOVES;
    }

    /// @notice W + W_s + 4C: the longest time from a claim to a final state claim above it, disputes included.
    function settlementCycle(Parameters memory p) internal pure returns (uint256) {
        return uint256(p.claimWindow) + p.stateWindow + 4 * uint256(p.clock);
    }

    /// @notice The least e with base^e >= value, for base >= 2 and value >= 1.
    function ceilLog(uint256 base, uint256 value) internal pure returns (uint256 exponent) {
        for (uint256 reach = 1; reach < value; reach *= base) {
            ++exponent;
        }
    }

    function _requireNonZero(Parameters memory p) private pure {
        uint256[13] memory fields = [
            uint256(p.stake),
            p.challengerBond,
            p.gasPriceCap,
            p.sequencerGameGas,
            p.challengerGameGas,
            p.batchInterval,
            p.maxOrderAge,
            p.claimWindow,
            p.stateWindow,
            p.clock,
            p.moveTime,
            p.idleTime,
            p.maxLag
        ];
        for (uint256 i = 0; i < fields.length; ++i) {
            require(fields[i] != 0, Protocol_Zero(i));
        }
    }

    function _ceilDiv(uint256 a, uint256 b) private pure returns (uint256) {
        return (a + b - 1) / b;
    }
}
