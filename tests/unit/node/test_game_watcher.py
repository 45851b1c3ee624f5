"""Games are rebuilt from the log by the rules alone, and a log that lies is found out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offchain.errors import NetworkError
from offchain.game.games import Game, Reason, Side
from offchain.game.vectors import open_at
from offchain.l1.claims import ClaimBook, Role
from offchain.l1.game_watcher import GameWatcher
from offchain.l1.games import GameBook, Outcome
from offchain.l1.source import L1Block
from offchain.l1.watcher import ChainMovedError
from tests.unit.node.fake_games import BOND, CHALLENGER, GAME, RULES, FakeGames, word

OTHER = word(99)


@pytest.fixture
def l1() -> FakeGames:
    return FakeGames()


def watcher(l1: FakeGames) -> GameWatcher:
    return GameWatcher(l1, GAME, RULES, BOND)


def head(l1: FakeGames) -> L1Block:
    block = l1.block()
    assert block is not None
    return block


def read(l1: FakeGames) -> GameBook:
    return watcher(l1).book(head(l1))


def objected(l1: FakeGames, game: Game) -> Game:
    return l1.move("Objected", RULES.object(game, l1.now, OTHER), OTHER)


def revealed(l1: FakeGames, game: Game) -> tuple[Game, tuple[bytes, ...]]:
    hashes = (word(11), word(12), word(13))
    return l1.move("Revealed", RULES.reveal(game, l1.now, hashes), hashes), hashes


def test_a_game_is_followed_move_by_move_to_its_verdict(l1: FakeGames) -> None:
    following = watcher(l1)
    game = l1.open()
    assert following.book(head(l1)).games[1].game == game
    game = objected(l1, game)
    game, hashes = revealed(l1, game)
    record = following.book(head(l1)).games[1]
    assert (record.game, record.vector, record.is_over) == (game, hashes, False)
    start, end = open_at(hashes, 0).hash, open_at(hashes, 1).hash
    game = l1.move("Pointed", RULES.point(game, l1.now, 1, start, end), 1, start, end)
    record = following.book(head(l1)).games[1]
    assert (record.game, record.vector) == (game, ())
    l1.lose(game)
    book = following.book(head(l1))
    record = book.games[1]
    assert (record.outcome, record.reason, record.winner) == (
        Outcome.SEQUENCER_LOST,
        Reason.TIME_OUT,
        Side.CHALLENGER,
    )
    assert book.running == set() and book.credits == {CHALLENGER: BOND}
    assert read(l1).games == book.games


def test_a_reorg_takes_moves_back(l1: FakeGames) -> None:
    following = watcher(l1)
    first = l1.open()
    kept = len(l1.blocks) - 1
    objected(l1, first)
    l1.open()
    assert len(following.book(head(l1)).games) == 2
    l1.reorg(kept)
    assert following.book(head(l1)).games[1].game == first
    agreed = l1.move("Agreed", RULES.agree(first, l1.now))
    book = following.book(head(l1))
    assert book.games[1].game == agreed and len(book.games) == 1


def test_a_reorg_while_it_is_read_is_told_from_a_lie(l1: FakeGames) -> None:
    l1.open()
    objected(l1, l1.games[1])
    following = watcher(l1)
    l1.moves_while_read = True
    with pytest.raises(ChainMovedError):
        following.book(head(l1))
    assert len(following.book(head(l1)).games) == 2


def test_a_request_that_fails_leaves_no_half_a_book(l1: FakeGames) -> None:
    following = watcher(l1)
    l1.open()
    l1.fails = 1
    with pytest.raises(NetworkError, match="no answer"):
        following.book(head(l1))
    assert following.book(head(l1)).games == read(l1).games


def test_an_older_head_shows_the_games_as_they_were(l1: FakeGames) -> None:
    following = watcher(l1)
    game = l1.open()
    older = head(l1)
    objected(l1, game)
    following.book(head(l1))
    assert following.book(older).games[1].game == game


@pytest.mark.parametrize("dropped", [1, 2, 3])
def test_events_that_are_kept_back_are_noticed(l1: FakeGames, dropped: int) -> None:
    revealed(l1, objected(l1, l1.open()))
    l1.logs_of[-dropped].clear()
    with pytest.raises(NetworkError, match="contradicts itself"):
        read(l1)


def test_a_move_against_the_rules_is_noticed(l1: FakeGames) -> None:
    game = l1.open()
    false = replace(RULES.agree(game, l1.now), high=1 << 20)
    l1.move("Agreed", false)
    with pytest.raises(NetworkError, match="Agreed of the game does not fit"):
        read(l1)


def test_a_move_behind_the_deadline_is_noticed(l1: FakeGames) -> None:
    game = l1.open()
    l1.move("Agreed", replace(RULES.agree(game, l1.now), moved_at=game.deadline + 1))
    with pytest.raises(NetworkError, match="behind its deadline"):
        read(l1)


def test_a_game_ends_once(l1: FakeGames) -> None:
    game = l1.open()
    l1.lose(game)
    l1.logs_of.append(l1.logs_of[-1])
    l1.blocks.append(l1._block(len(l1.blocks)))
    l1.states.append(l1.states[-1])
    with pytest.raises(NetworkError, match="SequencerLost of the game does not fit"):
        read(l1)


def test_another_contract_is_no_game_of_ours(l1: FakeGames, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(l1, "call", lambda *_: b"")
    with pytest.raises(NetworkError, match="is no game of ours"):
        read(l1)


def test_states_are_kept_from_the_lowest_base_of_a_live_game(l1: FakeGames) -> None:
    claims = ClaimBook(word(4))
    claims.base, claims.term, claims.role = (7, word(7)), 1, Role.RETIRING
    assert read(l1).lowest_base(claims) == 7
    game = l1.open()
    assert read(l1).lowest_base(claims) == game.disputed.base.batch == 0
    assert not read(l1).games[1].is_void(claims)
    claims.term = 2
    assert read(l1).lowest_base(claims) == 7
    assert read(l1).games[1].is_void(claims)
