"""The frozen parameters of a deployment, with the relations that the protocol rests on.

The fields are those of ``Protocol.Parameters`` in ``contracts/libraries/Protocol.sol``, in its order, and the
checks are the constructor's, so that a bad choice is one clear line here instead of a revert. The load rule
is checked here only: L1 can't measure an executor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from fractions import Fraction
from typing import Final

from offchain.errors import InputError

__all__ = ["DEMO", "WEEK", "Parameters", "check_load", "check_parameters"]

TRACE_BITS: Final = 36
FIXED_MOVES: Final = 4
MIN_ARITY: Final = 2
MAX_ARITY: Final = 64
GWEI: Final = 10**9
ETHER: Final = 10**18
WIDTHS: Final[Mapping[str, int]] = {
    "stake": 128,
    "challenger_bond": 128,
    "gas_price_cap": 128,
    "sequencer_game_gas": 64,
    "challenger_game_gas": 64,
    "arity": 8,
}
"""Bits of each field in the contract, where it is not 32."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that L1 knows about a deployment's economy and its time. Seconds, wei, gas.

    stake, challenger_bond: what each side risks; half of it is burnt, half goes to the winner.
    gas_price_cap: the gas price up to which that half pays the winner's gas of one game.
    sequencer_game_gas, challenger_game_gas: worst-case gas of each side in one game.
    batch_interval: d_min, the least distance of two orders' timestamps.
    max_order_age: MAX_AGE, how far an order's timestamp may lie behind L1's time.
    claim_window: W. state_window: W_s. clock: C, for each side of each game. move_time: t_move.
    idle_time: T_idle. max_lag: MAX_LAG, batches from the last final state to the highest claim.
    arity: k of the bisection.
    """

    stake: int
    challenger_bond: int
    gas_price_cap: int
    sequencer_game_gas: int
    challenger_game_gas: int
    batch_interval: int
    max_order_age: int
    claim_window: int
    state_window: int
    clock: int
    move_time: int
    idle_time: int
    max_lag: int
    arity: int

    def as_tuple(self) -> tuple[int, ...]:
        """The struct as the contract's constructor takes it."""
        return astuple(self)

    def moves(self) -> int:
        """R(k): the most moves that one side makes in a game."""
        return _ceil_log(self.arity, self.max_lag) + _ceil_log(self.arity, 1 << TRACE_BITS) + FIXED_MOVES

    def settlement_cycle(self) -> int:
        """W + W_s + 4C: seconds from a claim to a final state claim above it, disputes included."""
        return self.claim_window + self.state_window + 4 * self.clock


def check_parameters(p: Parameters) -> None:
    """Raise `InputError` unless the contract would take ``p``."""
    for field in fields(p):
        value = getattr(p, field.name)
        if not 0 < value < 1 << WIDTHS.get(field.name, 32):
            raise InputError(
                f"parameter {field.name} = {value} is not within 1 .. 2^{WIDTHS.get(field.name, 32)} - 1"
            )
    if not MIN_ARITY <= p.arity <= MAX_ARITY:
        raise InputError(f"parameter arity = {p.arity} is not within {MIN_ARITY} .. {MAX_ARITY}")
    if p.max_order_age > p.claim_window:
        raise InputError(
            f"parameter max_order_age = {p.max_order_age} is above claim_window = {p.claim_window}"
        )
    _at_least("clock", p.clock, p.moves() * p.move_time, "R(k) moves of move_time")
    _at_least(
        "max_lag",
        p.max_lag,
        -(-2 * p.settlement_cycle() // p.batch_interval),
        "2(W + W_s + 4C) / batch_interval",
    )
    _at_least("idle_time", p.idle_time, p.state_window + 2 * p.clock + 1, "more than state_window + 2 clocks")
    _at_least(
        "challenger_bond",
        p.challenger_bond,
        2 * p.sequencer_game_gas * p.gas_price_cap,
        "twice the sequencer's gas of one game at the capped price",
    )
    _at_least(
        "stake",
        p.stake,
        2 * p.challenger_game_gas * p.gas_price_cap,
        "twice the challenger's gas of one game at the capped price",
    )


def check_load(p: Parameters, batch_gas_limit: int, measured_gas_per_second: int) -> None:
    """Raise `InputError` if orders could outrun the slowest honest executor.

    ``measured_gas_per_second`` is its speed on the worst batches. A verifier that has fallen behind must be
    able to catch up, so that orders may take at most half of it: G_b / d_min <= speed / 2.
    """
    if batch_gas_limit <= 0 or measured_gas_per_second <= 0:
        raise InputError("the batch gas limit and the measured gas per second must be positive")
    load = Fraction(batch_gas_limit, p.batch_interval)
    if 2 * load > measured_gas_per_second:
        raise InputError(
            f"orders may carry {float(load):,.0f} gas a second ({batch_gas_limit:,} each "
            f"{p.batch_interval} s), more than half of the {measured_gas_per_second:,} that the slowest "
            "executor reaches"
        )


def _at_least(name: str, have: int, want: int, reason: str) -> None:
    if have < want:
        raise InputError(f"parameter {name} = {have} is below {want}: {reason}")


def _ceil_log(base: int, value: int) -> int:
    exponent, reach = 0, 1
    while reach < value:
        exponent, reach = exponent + 1, reach * base
    return exponent


DEMO: Final = Parameters(
    stake=10 * ETHER,
    challenger_bond=ETHER,
    gas_price_cap=10 * GWEI,
    sequencer_game_gas=30_000_000,
    challenger_game_gas=30_000_000,
    batch_interval=1,
    max_order_age=300,
    claim_window=600,
    state_window=300,
    clock=240,
    move_time=15,
    idle_time=900,
    max_lag=4096,
    arity=64,
)
"""Minutes instead of days, for tests and the demo on a local chain."""

WEEK: Final = Parameters(
    stake=100 * ETHER,
    challenger_bond=15 * ETHER,
    gas_price_cap=200 * GWEI,
    sequencer_game_gas=30_000_000,
    challenger_game_gas=30_000_000,
    batch_interval=12,
    max_order_age=1800,
    claim_window=7 * 86_400,
    state_window=7 * 86_400,
    clock=2 * 86_400,
    move_time=3 * 3_600,
    idle_time=12 * 86_400,
    max_lag=320_000,
    arity=64,
)
"""Windows of a week, as optimistic rollups on mainnet have them.

The gas of a game leaves room: measured are 3.2 million at most for the sequencer, 12.9 million for the challenger
(docs/dispute-game.md, "Gas").
"""
