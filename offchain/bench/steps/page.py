"""The page of the gas table, written from the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from offchain.bench.steps.depths import GROUND, PESSIMISTIC, PROFILES, TYPICAL, siblings_above
from offchain.bench.steps.table import (
    GAME_OVERHEAD,
    LIMIT,
    PLAIN_LIMIT,
    SLOAD_LIMIT,
    Measured,
    in_a_game,
    too_dear,
)

__all__ = ["page_of"]

_STATE_KEYS: Final = 10**8
_DIFF_KEYS: Final = 1 << 17
_TITLES: Final = {
    "state": "State",
    "frames": "Frames",
    "phases": "Phases and items",
    "precompiles": "Precompiles",
}


def page_of(table: Iterable[Measured]) -> str:
    """docs/gas-table.md."""
    rows = list(table)
    parts = [_head(rows), _definitions(), _depths()]
    for group, title in _TITLES.items():
        parts.append(_deep_table(title, [row for row in rows if row.row.group == group]))
    flat = {"memory": "Memory, code and input", "plain": "Plain steps"}
    for group, title in flat.items():
        parts.append(_flat_table(title, [row for row in rows if row.row.group == group]))
    parts.append(_limits())
    return "\n".join(parts)


def _dearest(rows: Sequence[Measured], name: str) -> tuple[Measured, int]:
    dearest = max(rows, key=lambda row: in_a_game(row.at(name)))
    return dearest, in_a_game(dearest.at(name))


def _head(rows: Sequence[Measured]) -> str:
    plain = [row for row in rows if row.row.group == "plain"]
    (sload,) = [row for row in rows if row.row.kind == "SLOAD"]
    dearest, most = _dearest(rows, PESSIMISTIC.name)
    _, ground = _dearest(rows, GROUND.name)
    dearest_plain = max(plain, key=lambda row: row.at(TYPICAL.name).all_in)
    over = too_dear(rows)
    verdict = "\n".join(f"- {line}" for line in over) if over else "No row is over its figure."
    loads = [f"{sload.at(depths.name).all_in:,}" for depths in PROFILES]
    return f"""# Gas of one-step proofs

The dearest input of each kind of step, measured on the deployed verifier. This page is written by
`python -m tests.support.update_gas_table`; `deltaroll bench steps` measures the same on your machine, and
`tests/differential/osp/test_gas_table.py` fails as soon as one figure is another one.

| figure | limit | reached |
|---|---|---|
| any step, in a game | {LIMIT:,} | {most:,}: {dearest.row.kind}; {ground:,} with ground keys |
| a plain step | {PLAIN_LIMIT:,} | {dearest_plain.at(TYPICAL.name).all_in:,}: {dearest_plain.row.kind} |
| SLOAD at 10^8 keys | {SLOAD_LIMIT:,} | {loads[0]} typical, {loads[1]} pessimistic; {loads[2]} with ground keys |

{verdict}
"""


def _definitions() -> str:
    return f"""## Definitions

**Execution**: gas of `OneStepVerifier.step` without the transaction's. **Calldata**: of
`step(contextHash, unit, stateHash, witness)` at the floor of EIP-7623, 40 gas a byte and 10 a zero byte.
**All in**: 21,000 + the larger of execution with calldata at 16 and 4 gas, and calldata at the floor.
**In a game**: all in, {GAME_OVERHEAD:,} for what the game does beside the step (its struct as calldata, its
storage, an event, the call), and the witness once more in memory, copied twice. The limit of all steps and that of
SLOAD are held in a game; that of plain steps is one of the step alone: JUMP and JUMPI to a bad target are above it in
a game.

Measured in revm under the rules of Cancun, rows marked * by transactions to anvil under those of Osaka, which prices
MODEXP as the L2 does (P256VERIFY inverts by it) and has the precompiles of BLS12-381. The others cost the same under
both, as far as a transaction shows it, which a test looks at.

A row is the dearest of several candidates; the text says which. In `--json` it has the words of the tables with
underscores (`execution`, `calldata`, `witness`, `all_in`, `in_a_game`, and `because`), at each of the depths, and
`standard_calldata`, the calldata at 16 and 4 gas; `limits` are those above. Every step is compared with the machine's
successor.
"""


def _depths() -> str:
    lines = [f"| {depths.name} | {depths.state} | {depths.diff} | {depths.scratch} |" for depths in PROFILES]
    state = siblings_above(_STATE_KEYS, PESSIMISTIC.state)
    diff = siblings_above(_DIFF_KEYS, PESSIMISTIC.diff)
    return f"""## Depths

A path costs what its siblings cost that are not empty. Of each key that a step opens the tree is given leaves beside
the path at each of its first levels, so there is no empty sibling: a real tree, real proofs, real successors.

| depths | state | diff | scratch |
|---|---|---|---|
{chr(10).join(lines)}

- **Typical**: the mean. Among n random keys a path has log2 n + 0.3 siblings: 26.9 for 10^8 keys, 17.3 for 2^17. No
  batch below 650 million gas changes 2^17 slots, and no transaction has 2^18 entries in its scratch.
- **Pessimistic**: out of reach by chance. Of 10^8 keys {state:.0e} have more than {PESSIMISTIC.state} siblings on
  average, of 2^17 keys {diff:.0e} more than {PESSIMISTIC.diff}. The longest path of a state of 10^8 keys has 32 or 33.
  (Two of the keys share up to 2 log2 n = 53 bits, but the siblings between are empty and cost a bit each.)
- **Ground**: an attacker looks for keys whose hashes leave the path of one key at each level. Level i takes 2^(i+1)
  hashes, so {GROUND.state} levels take 2^{GROUND.state + 1}: ten thousand graphics cards for weeks. It buys one path.
  The limit of all steps holds there too. That of SLOAD does not: it is about a state of 10^8 keys that nobody ground.
"""


_LEFT_HEAD: Final = "| step | the dearest because | execution | calldata | witness |"
_DEEP_HEAD: Final = f"{_LEFT_HEAD} all in, typical | pessimistic | ground | in a game |\n{'|---' * 9}|"
_FLAT_HEAD: Final = f"{_LEFT_HEAD} all in | in a game |\n{'|---' * 7}|"


def _deep_table(title: str, rows: Sequence[Measured]) -> str:
    lines = []
    for row in rows:
        cost = row.at(PESSIMISTIC.name)
        totals = " | ".join(f"{row.at(depths.name).all_in:,}" for depths in PROFILES)
        lines.append(f"{_left(row)} | {totals} | {in_a_game(cost):,} |")
    note = "Execution, calldata, witness (bytes) and the last column at pessimistic depths."
    return "\n".join([f"## {title}", "", note, "", _DEEP_HEAD, *lines, ""])


def _flat_table(title: str, rows: Sequence[Measured]) -> str:
    lines = []
    for row in rows:
        cost = row.at(TYPICAL.name)
        lines.append(f"{_left(row)} | {cost.all_in:,} | {in_a_game(cost):,} |")
    note = "None of them opens a path of keys."
    return "\n".join([f"## {title}", "", note, "", _FLAT_HEAD, *lines, ""])


def _left(row: Measured) -> str:
    """The cells that both tables have."""
    name = PESSIMISTIC.name if row.row.deep else TYPICAL.name
    cost = row.at(name)
    mark = "*" if row.row.osaka else ""
    cells = f"| {row.row.kind}{mark} | {row.reasons[name]}"
    return f"{cells} | {cost.execution:,} | {cost.calldata:,} | {cost.witness:,}"


def _limits() -> str:
    return """## What is not in the table

- A halt opens const, tx, checkpoint and the waiting frame. Where that may cost more than success (plain instructions,
  memory, SSTORE, RETURN, REVERT) it is a candidate of the row, or has a row of its own. It can't where success opens
  paths that a halt does not reach, as with accounts and frames.
- Of PUSH, DUP, SWAP and LOG the longest stands for all.
- Memory is as deep as a transaction of 2^24 gas can pay for: ranges cross 1 MiB, with every subtree beside them filled;
  the topmost two levels are zero. Orders have at most 1 MiB.
- A failing precompile burns all that it is given, twice its price: hence a failing pairing is the dearest step.
"""
