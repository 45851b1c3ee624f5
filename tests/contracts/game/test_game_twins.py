"""The cut rule, vectors, openings, games and their hashes: what Python says is what the contracts say."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from offchain.errors import ProofError
from offchain.game.bisections import inner_points, points, rounds, segments
from offchain.game.games import Base, Disputed, Form, Game, Kind, Phase, Side, Stage
from offchain.game.rules import APPLICATION_END, EXECUTION_END, Rules, trace_end
from offchain.game.vectors import Opening, open_at, root_from, vector_root
from offchain.proofs.encoding import apply_hash, diff_hash, start_hash, state_hash
from tests.contracts.game.table import CONFIG, Table
from tests.contracts.rollup.in_process import L1, Contract, Reverted

hashes = st.binary(min_size=32, max_size=32)
vectors = st.lists(hashes, min_size=1, max_size=63)
arities = st.integers(2, 64)
addresses = st.binary(min_size=20, max_size=20)


def uint(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


games = st.builds(
    Game,
    id=uint(64),
    kind=st.sampled_from(Kind),
    challenger=addresses,
    disputed=st.builds(
        Disputed,
        addresses,
        *[uint(64)] * 3,
        *[hashes] * 3,
        st.builds(Base, hashes, uint(64)),
    ),
    parent_root=hashes,
    phase=st.sampled_from(Phase),
    stage=st.sampled_from(Stage),
    form=st.sampled_from(Form),
    batch=uint(64),
    context_hash=hashes,
    low=uint(64),
    high=uint(64),
    low_hash=hashes,
    high_hash=hashes,
    vector_root=hashes,
    moved_at=uint(64),
    sequencer_time=uint(32),
    challenger_time=uint(32),
)


@cache
def harness() -> Contract:
    return L1().deploy("GameHarness")


# The cut rule


@settings(deadline=None)
@given(low=uint(36), length=st.integers(1, 2**36), arity=arities)
def test_the_contract_cuts_as_python_does(low: int, length: int, arity: int) -> None:
    assert list(harness()("points", low, low + length, arity)) == points(low, low + length, arity)


@given(low=uint(36), length=st.integers(1, 2**36), arity=arities)
def test_points_rise_and_no_segment_is_longer_than_its_share(low: int, length: int, arity: int) -> None:
    cuts = points(low, low + length, arity)
    lengths = [high - low for low, high in pairwise(cuts)]
    assert (cuts[0], cuts[-1]) == (low, low + length)
    assert len(lengths) == segments(length, arity) == min(arity, length)
    assert min(lengths) >= 1 and max(lengths) == -(-length // len(lengths))
    assert inner_points(low, low + length, arity) == cuts[1:-1]


@given(length=st.integers(1, 2**36), arity=arities, data=st.data())
def test_a_range_is_one_step_within_the_logarithm_whatever_is_pointed_at(
    length: int, arity: int, data: st.DataObject
) -> None:
    low, high, count = 0, length, 0
    while high - low > 1:
        cuts = points(low, high, arity)
        j = data.draw(st.integers(0, len(cuts) - 2))
        low, high = cuts[j : j + 2]
        count += 1
    assert count <= rounds(length, arity) <= _ceil_log(arity, length)


@pytest.mark.parametrize(
    ("arity", "execution", "application"), [(2, 36, 18), (4, 18, 9), (16, 9, 5), (64, 6, 3)]
)
def test_rounds_of_the_real_traces(arity: int, execution: int, application: int) -> None:
    assert rounds(EXECUTION_END, arity) == execution
    assert rounds(APPLICATION_END, arity) == application


def _ceil_log(base: int, value: int) -> int:
    exponent = 0
    while base**exponent < value:
        exponent += 1
    return exponent


# Vectors


@settings(deadline=None)
@given(vector=vectors)
def test_the_contract_has_the_root_that_python_has(vector: list[bytes]) -> None:
    assert harness()("vectorRoot", vector) == vector_root(vector)


def test_nothing_has_the_root_zero() -> None:
    assert harness()("vectorRoot", []) == vector_root([]) == bytes(32)


def checks(root: bytes, width: int, index: int, opening: Opening) -> bool:
    """Whether the contract takes an opening; Python's verdict is the same."""
    try:
        harness()("checkOpening", root, width, index, opening.as_tuple())
    except Reverted as error:
        assert error.name in ("unknown", "Vectors_DepthDiffers", "Vectors_RootDiffers")
        taken = False
    else:
        taken = True
    depth = (width - 1).bit_length()
    assert taken == (len(opening.siblings) == depth and root_from(opening, index) == root)
    return taken


@settings(deadline=None)
@given(vector=vectors, data=st.data())
def test_any_opening_is_taken_and_no_changed_one(vector: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(vector) - 1))
    root, width, opening = vector_root(vector), len(vector), open_at(vector, index)
    assert checks(root, width, index, opening)
    other = data.draw(hashes.filter(lambda h: h != opening.hash))
    assert not checks(root, width, index, replace(opening, hash=other))
    assert not checks(root, width, index, replace(opening, siblings=(*opening.siblings, other)))
    for i, sibling in enumerate(opening.siblings):
        changed = bytes([sibling[0] ^ 1]) + sibling[1:]
        siblings = (*opening.siblings[:i], changed, *opening.siblings[i + 1 :])
        assert not checks(root, width, index, replace(opening, siblings=siblings))
        without = (*opening.siblings[:i], *opening.siblings[i + 1 :])
        assert not checks(root, width, index, replace(opening, siblings=without))
    elsewhere = data.draw(st.integers(0, len(vector) - 1))
    assert checks(root, width, elsewhere, opening) == (
        elsewhere == index or _same_way(vector, index, elsewhere)
    )


def _same_way(vector: list[bytes], one: int, other: int) -> bool:
    """Equal hashes with equal siblings are one opening: equal neighbours are legal."""
    return open_at(vector, one) == open_at(vector, other)


@settings(deadline=None)
@given(vector=st.lists(hashes, min_size=3, max_size=63), data=st.data())
def test_no_node_passes_for_a_hash(vector: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(vector) - 1))
    full = open_at(vector, index)
    shorter = Opening(root_from(Opening(full.hash, full.siblings[:1]), index), full.siblings[1:])
    assert not checks(vector_root(vector), len(vector), index >> 1, shorter)


# Games


@settings(deadline=None)
@given(game=games)
def test_a_game_has_one_hash_one_turn_and_one_deadline(game: Game) -> None:
    assert harness()("describe", game.as_tuple()) == (game.hash(), int(game.turn), game.deadline)
    assert Game.from_tuple(game.as_tuple()) == game


@given(game=games, other=games)
def test_games_that_differ_in_one_field_differ_in_hash(game: Game, other: Game) -> None:
    for change in one_field_changed(game, other):
        assert change.hash() != game.hash()


def one_field_changed(game: Game, other: Game) -> list[Game]:
    """``game`` with each single field of ``other`` that is not its own."""
    changed: list[Any] = [replace(game, **{f.name: getattr(other, f.name)}) for f in fields(Game)]
    for f in fields(Disputed):
        disputed = replace(game.disputed, **{f.name: getattr(other.disputed, f.name)})
        changed.append(replace(game, disputed=disputed))
    for f in fields(Base):
        base = replace(game.disputed.base, **{f.name: getattr(other.disputed.base, f.name)})
        changed.append(replace(game, disputed=replace(game.disputed, base=base)))
    return [change for change in changed if change != game]


def test_the_sequencer_answers_and_reveals_and_the_rest_is_the_challengers() -> None:
    turns = {Phase.ANSWER: Side.SEQUENCER, Phase.REVEAL: Side.SEQUENCER}
    game = opened_game()
    for phase in Phase:
        assert replace(game, phase=phase).turn is turns.get(phase, Side.CHALLENGER)


# The rules' constants


def test_the_real_traces_end_where_the_contract_says() -> None:
    table = Table(game="BisectionGame")
    for form in Form:
        assert table.game("traceEnd", int(form)) == trace_end(form)
    assert (EXECUTION_END, APPLICATION_END) == (2**36, 2**18)
    assert Rules(2, 1).execution_end == EXECUTION_END
    assert Rules(2, 1).application_end == APPLICATION_END


def test_traces_begin_and_end_as_the_machine_says() -> None:
    table = Table()
    table.prepared(3, wrong=(3,))
    rules, game, now = table.rules, table.open(3), table.l1.time
    claimed = table.rollup("claimOf", 3)[0]
    agreed = rules.agree(game, now)
    gas = CONFIG.batch_gas_limit
    assert (agreed.low_hash, agreed.high_hash) == (start_hash(gas), diff_hash(claimed))
    choice = rules.object(game, now, b"\x01" * 32)
    choice = rules.point(rules.reveal(choice, now, [b"\x02" * 32]), now, 0, game.low_hash, b"\x02" * 32)
    ends = {}
    for form in Form:
        played = rules.choose(choice, now, form, b"\x03" * 32, b"\x04" * 32)
        ends[form] = (played.low, played.high, played.low_hash, played.high_hash)
        assert (played.stage, played.form, played.batch) == (Stage.TRACE, form, 1)
    pre, post, diff = game.low_hash, b"\x02" * 32, b"\x03" * 32
    assert ends == {
        Form.EXECUTION: (0, 8, start_hash(gas), diff_hash(diff)),
        Form.APPLICATION: (0, 3, apply_hash(pre, diff), state_hash(post)),
        Form.FULL: (0, 8, start_hash(gas), state_hash(post)),
    }


@settings(max_examples=50, deadline=None)
@given(phase=st.sampled_from(Phase), late=st.integers(1, 10**9))
def test_the_rules_refuse_what_the_contract_refuses(phase: Phase, late: int) -> None:
    game = replace(opened_game(), phase=phase, low=0, high=4)
    rules = Rules(2, 1)
    root = b"\x01" * 32
    moves = {
        Phase.ANSWER: [
            lambda time: rules.agree(game, time),
            lambda time: rules.object(game, time, root),
        ],
        Phase.REVEAL: [lambda time: rules.reveal(game, time, [root])],
        Phase.POINT: [lambda time: rules.point(game, time, 1, root, root)],
        Phase.CHOOSE: [lambda time: rules.choose(game, time, Form.FULL, root, root)],
        Phase.STEP: [],
    }
    for mine, calls in moves.items():
        for call in calls:
            if mine is phase:
                call(game.deadline)
                with pytest.raises(ProofError):
                    call(game.deadline + late)
            else:
                with pytest.raises(ProofError):
                    call(game.moved_at)
    with pytest.raises(ProofError):
        rules.object(replace(game, phase=Phase.ANSWER), game.moved_at, game.parent_root)
    for count in (0, 2):
        with pytest.raises(ProofError):
            rules.reveal(replace(game, phase=Phase.REVEAL), game.moved_at, [root] * count)
    for segment in (-1, 2):
        with pytest.raises(ProofError):
            rules.point(replace(game, phase=Phase.POINT), game.moved_at, segment, root, root)


@cache
def opened_game() -> Game:
    """A game in phase ANSWER."""
    table = Table()
    table.prepared(2)
    return table.open(2)
