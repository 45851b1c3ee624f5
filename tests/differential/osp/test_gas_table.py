"""The gas table is the committed one, keeps to its figures, and is about trees as deep as it says."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from offchain.bench.steps.arenas import CALLEE, FULL, in_call
from offchain.bench.steps.assembler import OPCODES
from offchain.bench.steps.deep_machine import DeepMachine, at_opcode, question, reach
from offchain.bench.steps.depths import GROUND, PESSIMISTIC, PROFILES, TYPICAL, Depths, siblings_above
from offchain.bench.steps.gauge import AnvilGauge, Cost, PyrevmGauge
from offchain.bench.steps.page import page_of
from offchain.bench.steps.row import Row
from offchain.bench.steps.table import (
    LIMIT,
    PLAIN_LIMIT,
    SLOAD_LIMIT,
    Measured,
    all_rows,
    measure,
    table_as_json,
    too_dear,
)
from offchain.evm.instructions import INSTRUCTIONS
from offchain.evm.phase import Phase
from offchain.state.keys import account_leaf, slot_leaf
from offchain.trees.sparse_merkle_tree import SparseMerkleTree
from tests.support.update_gas_table import (
    COMMAND,
    PAGE,
    SNAPSHOT,
    as_text,
    compiled_artifacts,
    measured_in_process,
    measured_on_anvil,
)


def committed() -> dict[str, Any]:
    """The snapshot."""
    snapshot: dict[str, Any] = json.loads(SNAPSHOT.read_text())
    return snapshot


def assert_as_committed(table: list[Measured]) -> None:
    """Every row of the table is that of the snapshot, to the last unit of gas."""
    have = table_as_json(table)
    want = committed()
    assert not too_dear(table)
    rows, wanted = have.pop("rows"), want.pop("rows")
    changed = [
        f"{kind}: {[(name, cost['all_in']) for name, cost in row['costs'].items()]}"
        for kind, row in rows.items()
        if row != wanted.get(kind)
    ]
    assert not changed, f"other costs than the committed ones; `{COMMAND}` writes them anew: {changed}"
    assert have == want, f"other limits than the committed ones: `{COMMAND}`"


def is_long(row: Row) -> bool:
    """Whether its input takes the machine long: pairings, items of 96 KiB."""
    return row.group == "precompiles" or row.kind.startswith("ITEM")


def kinds_of(l1: str, *, long: bool) -> set[str]:
    """The kinds of the committed rows that one test measures."""
    wanted = {row.kind for row in all_rows() if is_long(row) is long}
    return {kind for kind, row in committed()["rows"].items() if row["l1"] == l1 and kind in wanted}


def test_the_table_is_the_committed_one() -> None:
    table = list(measured_in_process(lambda row: not is_long(row)))
    assert_as_committed(table)
    assert {measured.row.kind for measured in table} == kinds_of("Cancun", long=False)


@pytest.mark.slow
def test_the_long_rows_are_the_committed_ones() -> None:
    table = list(measured_in_process(is_long))
    assert_as_committed(table)
    assert {measured.row.kind for measured in table} == kinds_of("Cancun", long=True)


@pytest.mark.slow
def test_the_rows_of_osaka_are_the_committed_ones() -> None:
    table = list(measured_on_anvil())
    assert_as_committed(table)
    assert {measured.row.kind for measured in table} == kinds_of("Osaka", long=True)


@pytest.mark.slow
def test_transactions_under_the_rules_of_osaka_cost_what_the_process_measures() -> None:
    compared = 0
    in_process = PyrevmGauge(compiled_artifacts())
    with AnvilGauge(compiled_artifacts()) as on_anvil:
        for row in all_rows():
            asked = row.candidates[0].ask(TYPICAL) if not row.osaka else None
            if asked is None:
                continue
            cost = in_process.cost(asked)
            if cost.all_in > 21_000 + cost.calldata:  # else the receipt shows no more than the floor
                assert on_anvil.cost(asked) == cost, row.kind
                compared += 1
    assert compared > 50


def test_the_committed_table_keeps_to_its_figures_in_the_committed_order() -> None:
    snapshot = committed()
    assert snapshot["limits"] == {"any": 10_000_000, "plain": 150_000, "SLOAD": 300_000}
    for kind, row in snapshot["rows"].items():
        for name, cost in row["costs"].items():
            assert cost["in_a_game"] <= LIMIT, kind
            assert row["group"] != "plain" or cost["all_in"] <= PLAIN_LIMIT, kind
            assert kind != "SLOAD" or name == GROUND.name or cost["in_a_game"] <= SLOAD_LIMIT, kind
    assert list(snapshot["rows"]) == [row.kind for row in all_rows() if not row.osaka] + [
        row.kind for row in all_rows() if row.osaka
    ]


def test_the_page_shows_the_committed_table() -> None:
    rows = {row.kind: row for row in all_rows()}
    table = []
    for kind, row in committed()["rows"].items():
        costs = {
            name: Cost(
                *(
                    cost[field]
                    for field in ("execution", "calldata", "standard_calldata", "all_in", "witness")
                )
            )
            for name, cost in row["costs"].items()
        }
        reasons = {name: cost["because"] for name, cost in row["costs"].items()}
        table.append(Measured(rows[kind], costs, reasons))
    assert PAGE.read_text() == page_of(table), f"`{COMMAND}` writes the page anew"
    assert SNAPSHOT.read_text() == as_text(table_as_json(table))


def test_every_instruction_and_every_phase_has_a_row() -> None:
    kinds = [row.kind for row in all_rows()]
    assert len(kinds) == len(set(kinds))
    first_words = {kind.split()[0].strip(",") for kind in kinds}
    ends = {INSTRUCTIONS[opcode].name for opcode in range(256)}
    longest = {"PUSH": "PUSH32", "DUP": "DUP16", "SWAP": "SWAP16", "LOG": "LOG4"}
    for name in ends:
        group = name.rstrip("0123456789")
        assert name in first_words or longest.get(group) in first_words, name
    phases = {phase.name for phase in Phase if phase not in (Phase.EXECUTE, Phase.DIFF)}
    assert phases <= first_words


def test_a_row_over_its_figure_is_named() -> None:
    def cost(all_in: int) -> Cost:
        return Cost(1, 1, 1, all_in, 32)

    def row(kind: str, group: str, **all_in: int) -> Measured:
        return Measured(
            Row(kind, group, ()), {name: cost(gas) for name, gas in all_in.items()}, dict.fromkeys(all_in, "")
        )

    assert not too_dear([row("ADD", "plain", typical=150_000), row("X", "state", ground=9_900_000)])
    (line,) = too_dear([row("ADD", "plain", typical=150_001)])
    assert "ADD" in line and "150,001" in line
    assert len(too_dear([row("X", "state", typical=9_999_999, ground=9_999_999)])) == 2
    assert not too_dear([row("SLOAD", "state", ground=400_000)])
    assert len(too_dear([row("SLOAD", "state", pessimistic=250_000, typical=1)])) == 1


# Depths


def siblings(tree: SparseMerkleTree, key: bytes) -> int:
    """How many siblings of a path are not empty: the bits of an opening's bitmap."""
    return int.from_bytes(tree.prove(key)[1:33], "big").bit_count()


@pytest.mark.parametrize("depths", PROFILES, ids=lambda depths: depths.name)
def test_paths_have_the_siblings_that_they_are_said_to_have(depths: Depths) -> None:
    stage = in_call("SLOAD", setup=b"", storage={1: FULL}, slots=((CALLEE, FULL),))
    machine: DeepMachine = reach(stage, depths, at_opcode(OPCODES["SLOAD"], 1))
    pre, diff = machine.overlay.pre_tree, machine.overlay.mirror.tree
    for leaf in (account_leaf(CALLEE), slot_leaf(CALLEE, 1)):
        assert pre.get(leaf) is not None
        assert depths.state <= siblings(pre, leaf) <= depths.state + 1
    absent = slot_leaf(CALLEE, FULL)
    assert pre.get(absent) is None
    assert siblings(pre, absent) == depths.state - 1
    assert siblings(diff, absent) == depths.diff - 1
    assert siblings(machine.scratch.mirror.tree, account_leaf(CALLEE)) < 20  # no key of the scratch


def test_the_mean_and_the_longest_path_of_random_keys_are_as_reckoned() -> None:
    numbers = random.Random(4)
    keys = [numbers.randbytes(32) for _ in range(1 << 12)]
    tree = SparseMerkleTree(dict.fromkeys(keys, b"\x01" * 32))
    have = [siblings(tree, key) for key in keys]
    mean = sum(have) / len(have)
    assert abs(mean - (12 + 0.33)) < 0.1
    for count in (12, 13, 14):
        assert abs(siblings_above(len(keys), count) - sum(one > count for one in have)) < 0.06 * len(keys)
    assert siblings_above(10**8, PESSIMISTIC.state) < 1e-20 > siblings_above(1 << 17, PESSIMISTIC.diff)
    assert siblings_above(10**8, 32) > 1 > siblings_above(10**8, 33)


def test_deeper_trees_cost_more_and_measuring_twice_costs_the_same() -> None:
    gauge = PyrevmGauge(compiled_artifacts())
    rows = [row for row in all_rows() if row.kind in ("SLOAD", "SELFBALANCE")]
    first, second = (list(measure(rows, gauge)) for _ in range(2))
    assert table_as_json(first) == table_as_json(second)
    for row in first:
        typical, pessimistic, ground = (row.at(depths.name).all_in for depths in PROFILES)
        assert typical < pessimistic < ground


def test_a_step_with_another_successor_is_no_figure() -> None:
    stage = in_call("ADDRESS")
    asked = question(stage, TYPICAL, at_opcode(OPCODES["ADDRESS"], 1))
    gauge = PyrevmGauge(compiled_artifacts())
    assert gauge.cost(asked).all_in > 21_000
    wrong = type(asked)(asked.context_hash, asked.unit, asked.before, bytes(32), asked.witness)
    with pytest.raises(AssertionError, match="another successor"):
        gauge.cost(wrong)
