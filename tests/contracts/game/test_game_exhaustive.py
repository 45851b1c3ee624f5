"""All plays of small games on the real contracts: see `exhaustive.py` for what is tried.

3,418 positions and 23,342 calls in the fast worlds, 28,925 and 200,003 in the slow ones; each world prints its own.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from offchain.game.games import Side
from tests.contracts.game.exhaustive import HonestLostError, Search, World
from tests.contracts.game.table import CONFIG, GARBAGE
from tests.contracts.game.toy import Toy
from tests.contracts.rollup.play import ROOT

SEQUENCER, CHALLENGER = Side.SEQUENCER, Side.CHALLENGER


def _right(batch: int) -> bytes:
    return Toy(CONFIG, [], ROOT).state_root(batch)


def honest_sequencer(batches: int, arity: int, **more: int) -> World:
    """Against everything that a challenger can do."""
    return World(SEQUENCER, batches, arity, **more)  # type: ignore[arg-type]


def honest_challenger(batches: int, arity: int, *wrong: int, **more: int) -> World:
    """Against everything that a sequencer can do whose claims are wrong at these batches, the last among them."""
    return World(CHALLENGER, batches, arity, frozenset(wrong), **more)  # type: ignore[arg-type]


def nobody_honest(batches: int, arity: int, *wrong: int, letters: int = 2) -> World:
    """All against all, for what holds whoever plays."""
    return World(None, batches, arity, frozenset(wrong), letters=letters, late=False)


def state_claim(world: World, root: bytes) -> World:
    """The dispute of a state claim instead, all claims being final."""
    return replace(world, wrong=frozenset(), state_root=root)


FAST = [
    honest_sequencer(1, 2),
    honest_sequencer(2, 2),
    honest_sequencer(2, 3),
    honest_challenger(1, 2, 1),
    honest_challenger(4, 2, 4),
    honest_challenger(4, 2, 2, 4),
    honest_challenger(3, 3, 3),
    honest_challenger(3, 2, 3, base=1),
    nobody_honest(1, 2, letters=3),
    nobody_honest(2, 2, 1),
    state_claim(honest_sequencer(4, 2), _right(4)),
    state_claim(honest_challenger(4, 2), GARBAGE),
    state_claim(nobody_honest(2, 2), GARBAGE),
]

SLOW = [
    *[honest_sequencer(n, k, letters=4) for n in (2, 3, 4) for k in (2, 3, 4)],
    *[honest_sequencer(4, k, base=1, letters=4) for k in (2, 3)],
    *[honest_challenger(n, k, n, letters=4) for n in (1, 2, 3, 4) for k in (2, 3)],
    *[honest_challenger(n, 4, n) for n in (1, 2, 3, 4)],
    *[honest_challenger(4, k, *wrong) for wrong in ((1, 4), (2, 4), (3, 4), (1, 2, 3, 4)) for k in (2, 3)],
    *[honest_challenger(4, k, 4, base=1) for k in (2, 3)],
    nobody_honest(2, 2, letters=3),
    nobody_honest(2, 3, 2),
    nobody_honest(3, 2, 1),
    nobody_honest(4, 2, 2, 4),
    nobody_honest(3, 3, 3),
    nobody_honest(2, 4, 1),
    *[state_claim(honest_sequencer(m, k, letters=4), _right(m)) for m in (1, 2, 3, 4) for k in (2, 3)],
    *[state_claim(honest_challenger(m, k), GARBAGE) for m in (1, 2, 3, 4) for k in (2, 3, 4)],
    state_claim(nobody_honest(4, 2), GARBAGE),
    state_claim(nobody_honest(3, 2), _right(3)),
]


def _name(world: World) -> str:
    side = world.honest.name.lower() if world.honest is not None else "nobody"
    kind = "claim" if world.state_root is None else "state"
    wrong = "".join(map(str, sorted(world.wrong)))
    return f"{side}-{kind}{world.batches}-base{world.base}-k{world.arity}-wrong{wrong}-letters{world.letters}"


def play_out(world: World) -> None:
    search = Search(world)
    search.run()
    ends = search.verdicts.keys()
    print(f"{search.positions} positions, {search.calls} calls, {search.verdicts}")
    if world.honest is SEQUENCER:
        assert ends == {"ChallengerLost"}
    elif world.honest is CHALLENGER:
        assert ends <= {"SequencerLost", "Refunded"} and "SequencerLost" in ends
    else:
        assert {"SequencerLost", "ChallengerLost"} <= ends


@pytest.mark.parametrize("world", FAST, ids=_name)
def test_the_honest_never_lose_and_nobody_is_ever_stuck(world: World) -> None:
    play_out(world)


@pytest.mark.slow
@pytest.mark.parametrize("world", SLOW, ids=_name)
def test_the_honest_never_lose_and_nobody_is_ever_stuck_in_more_worlds(world: World) -> None:
    play_out(world)


@pytest.mark.parametrize(
    "world",
    [
        World(SEQUENCER, 1, 2, frozenset({1})),
        World(SEQUENCER, 2, 2, frozenset({1})),
        World(CHALLENGER, 1, 2),
        World(CHALLENGER, 3, 2),
        World(SEQUENCER, 3, 2, state_root=GARBAGE),
        World(CHALLENGER, 3, 2, state_root=_right(3)),
    ],
    ids=_name,
)
def test_the_search_finds_the_loss_of_a_side_that_is_wrong(world: World) -> None:
    with pytest.raises(HonestLostError):
        Search(world).run()
