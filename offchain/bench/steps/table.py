"""All rows, what they cost, and the figures that they have to keep to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Final, Protocol

from offchain.bench.steps.deep_machine import Question
from offchain.bench.steps.depths import GROUND, PROFILES, TYPICAL
from offchain.bench.steps.frame_rows import frame_rows
from offchain.bench.steps.gauge import Cost
from offchain.bench.steps.item_rows import item_rows
from offchain.bench.steps.memory_rows import memory_rows
from offchain.bench.steps.phase_rows import phase_rows
from offchain.bench.steps.precompile_rows import precompile_rows
from offchain.bench.steps.row import Row
from offchain.bench.steps.state_rows import state_rows
from offchain.bench.steps.word_rows import word_rows

__all__ = [
    "GAME_OVERHEAD",
    "LIMIT",
    "PLAIN_LIMIT",
    "SLOAD_LIMIT",
    "Gauge",
    "Measured",
    "all_rows",
    "in_a_game",
    "measure",
    "table_as_json",
    "too_dear",
]

LIMIT: Final = 10_000_000
PLAIN_LIMIT: Final = 150_000
SLOAD_LIMIT: Final = 300_000
#: An allowance for what a game does beside the step: its struct as calldata (20,000 to 26,000 gas at the floor), its
#: storage (five cold slots read, two or three written), an event, the call of the verifier.
GAME_OVERHEAD: Final = 60_000

_WORD: Final = 32


class Gauge(Protocol):
    """What measures a step."""

    def cost(self, question: Question) -> Cost:
        """What the step costs; its successor has been compared with the machine's."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A row with its cost by the name of the depths: of the dearest candidate there, and why it is."""

    row: Row
    costs: Mapping[str, Cost]
    reasons: Mapping[str, str]

    def at(self, name: str) -> Cost:
        """The cost at these depths; a row without trees of keys has one."""
        return self.costs.get(name) or self.costs[TYPICAL.name]


def all_rows() -> Iterator[Row]:
    """Every kind of step."""
    return chain(
        word_rows(), memory_rows(), state_rows(), frame_rows(), phase_rows(), item_rows(), precompile_rows()
    )


def measure(
    rows: Iterable[Row], gauge: Gauge, on_row: Callable[[Row], None] = lambda row: None
) -> Iterator[Measured]:
    """Measure rows one by one. A row without trees of keys has one cost, that of the typical depths."""
    for row in rows:
        on_row(row)
        costs, reasons = {}, {}
        for depths in PROFILES if row.deep else (TYPICAL,):
            found = [(gauge.cost(one.ask(depths)), one.why) for one in row.candidates]
            costs[depths.name], reasons[depths.name] = max(found, key=lambda pair: pair[0].all_in)
        yield Measured(row, costs, reasons)


def in_a_game(cost: Cost) -> int:
    """All in, and what the game adds: GAME_OVERHEAD, and the witness once more in memory, copied twice."""
    words = -(-cost.witness // _WORD)
    return cost.all_in + GAME_OVERHEAD + 3 * 3 * words + words * words // 512


def too_dear(table: Iterable[Measured]) -> list[str]:
    """What costs more than it may, in words; empty where all figures are kept.

    The limit of all steps holds for every depth, in a game; that of SLOAD for a state of 10^8 keys.
    """
    found = []
    for measured in table:
        for name, cost in measured.costs.items():
            limits = [(in_a_game(cost), LIMIT)]
            if measured.row.group == "plain":
                limits.append((cost.all_in, PLAIN_LIMIT))
            if measured.row.kind == "SLOAD" and name != GROUND.name:
                limits.append((in_a_game(cost), SLOAD_LIMIT))
            found += [
                f"{measured.row.kind} costs {have:,} gas at {name} depths, more than {limit:,}"
                for have, limit in limits
                if have > limit
            ]
    return found


def table_as_json(table: Iterable[Measured]) -> dict[str, Any]:
    """The table, the figures that it has to keep to, and the depths."""
    return {
        "limits": {"any": LIMIT, "plain": PLAIN_LIMIT, "SLOAD": SLOAD_LIMIT},
        "game_overhead": GAME_OVERHEAD,
        "depths": [asdict(depths) for depths in PROFILES],
        "rows": {
            measured.row.kind: {
                "group": measured.row.group,
                "l1": "Osaka" if measured.row.osaka else "Cancun",
                "costs": {
                    name: {**asdict(cost), "in_a_game": in_a_game(cost), "because": measured.reasons[name]}
                    for name, cost in measured.costs.items()
                },
            }
            for measured in table
        },
    }
