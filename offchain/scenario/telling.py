"""From the record of L1 to the lines of a story."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from offchain.errors import DeltarollError
from offchain.faults.replay import Replay
from offchain.game.games import Form, Game, Kind
from offchain.l1 import events as rollup
from offchain.l1 import game_events as games
from offchain.l1.games import GameBook, GameRecord
from offchain.proofs.application_trace import application_trace
from offchain.proofs.execution_trace import execution_trace
from offchain.proofs.step_description import StepDescription
from offchain.scenario.demands import ending_of
from offchain.scenario.record import Happened, Record
from offchain.scenario.story import GameStory, Line, counted
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["game_stories", "lines_of", "short"]

Names = dict[bytes, str]
_SEQUENCER_MOVES: Final = (games.Agreed, games.Objected, games.Revealed)
_CHALLENGER_MOVES: Final = (games.GameOpened, games.Pointed, games.FormChosen)
_ENDS: Final = (games.StepProven, games.SequencerLost, games.ChallengerLost, games.Refunded)


def lines_of(record: Record, functions: Mapping[bytes, str], names: Names) -> list[Line]:
    """One line for each transaction."""
    return [
        Line(
            block=one.transaction.block,
            who=names.get(one.transaction.sender, "0x" + one.transaction.sender.hex()),
            call=functions.get(one.transaction.selector, "deploy"),
            what="; ".join(_tell(event, names) for event in one.events),
            gas=one.transaction.gas_used,
        )
        for one in record.happened
    ]


def game_stories(record: Record, book: GameBook, truth: Replay, names: Names) -> list[GameStory]:
    """One for each game, by their ids."""
    return [_game_story(record, book.games[number], truth, names) for number in sorted(book.games)]


def _game_story(record: Record, one: GameRecord, truth: Replay, names: Names) -> GameStory:
    game = one.game
    mine = [
        happened for happened in record.happened if any(_is_of(event, game.id) for event in happened.events)
    ]
    step = next((e for h in mine for e in h.events if isinstance(e, games.StepProven)), None)
    words, value, right = "", "", ""
    if step is not None:
        words = _step_in_words(game, truth)
        value, right = short(step.claimed_hash), short(step.next_state_hash)
    kind = "the claim of batch" if game.kind is Kind.CLAIM else "the state claim of batch"
    return GameStory(
        id=game.id,
        challenger=names.get(game.challenger, "somebody"),
        disputed=f"{kind} {game.disputed.batch}",
        ending=ending_of(one, names),
        rounds=sum(isinstance(e, games.Revealed) for h in mine for e in h.events if _is_of(e, game.id)),
        sequencer_gas=sum(h.transaction.gas_used for h in mine if _is_sequencers(h, game)),
        challenger_gas=sum(h.transaction.gas_used for h in mine if not _is_sequencers(h, game)),
        step=words,
        sequencer_value=value,
        true_value=right,
    )


def _is_of(event: Any, number: int) -> bool:
    return isinstance(event, _SEQUENCER_MOVES + _CHALLENGER_MOVES + _ENDS) and event.id == number


def _is_sequencers(happened: Happened, game: Game) -> bool:
    """Its own moves, and an ending that it sent: a time-out is made by either side."""
    ours = any(isinstance(event, _SEQUENCER_MOVES) for event in happened.events)
    return ours or happened.transaction.sender == game.disputed.sequencer


def _step_in_words(game: Game, truth: Replay) -> str:
    if not 0 < game.batch <= truth.head:
        return f"batch {game.batch}"
    try:
        return f"batch {game.batch}, {describe(game.form, game.batch, game.low, truth)}"
    except (DeltarollError, IndexError) as error:
        return f"batch {game.batch}, index {game.low}: {error}"


def describe(form: Form, number: int, index: int, truth: Replay) -> StepDescription:
    """A step of the true trace."""
    batch = truth.batch(number)
    tree = SparseMerkleTree(batch.leaves)
    if form is Form.APPLICATION:
        return application_trace(tree, batch.diff.leaves(), batch.context, batch.data).describe(index)
    full = form is Form.FULL
    return execution_trace(batch.pre, tree, batch.context, batch.data, full=full).describe(index)


def _tell(event: Any, names: Names) -> str:
    return _TELLERS[type(event)](event, names)


def _name(names: Names, address: bytes) -> str:
    return names.get(address, "0x" + address.hex())


def _ether(wei: int) -> str:
    return f"{wei / 10**18:g} ETH"


def short(value: bytes) -> str:
    """The first bytes of a hash."""
    return f"0x{value[:6].hex()}.."


def _opened(event: games.GameOpened, names: Names) -> str:
    game = event.game
    what = "claim of batch" if game.kind is Kind.CLAIM else "state claim of batch"
    parent = (
        f", h(S_{game.disputed.batch - 1}) = {short(game.parent_root)}" if game.kind is Kind.CLAIM else ""
    )
    root = short(game.disputed.root)
    return f"game {event.id} against the {what} {game.disputed.batch}, {root}{parent}"


_TELLERS: Final[Mapping[type, Callable[[Any, Names], str]]] = {
    rollup.TermBegan: lambda e, names: f"term {e.term} of {_name(names, e.sequencer)} begins",
    rollup.RetirementBegan: lambda e, names: f"term {e.term} retires",
    rollup.TermEnded: lambda e, names: f"term {e.term} ends, {_ether(e.stake)} go back",
    rollup.SequencerSlashed: lambda e, names: (
        f"{_name(names, e.sequencer)} is slashed: {_ether(e.reward)} to {_name(names, e.winner)}, "
        f"{_ether(e.burnt)} burnt"
    ),
    rollup.OrderAppended: lambda e, names: f"order {e.batch}, {len(e.data)} bytes",
    rollup.BatchesClaimed: lambda e, names: (
        f"batches {e.first_batch} to {e.first_batch + len(e.diff_roots) - 1} claimed, "
        f"the last as {short(e.diff_roots[-1])}"
    ),
    rollup.BatchesFinalized: lambda e, names: f"batches {e.first_batch} to {e.last_batch} are final",
    rollup.ClaimsDeleted: lambda e, names: f"claims {e.first_batch} to {e.last_batch} are deleted",
    rollup.StateClaimed: lambda e, names: f"h(S_{e.batch}) claimed as {short(e.state_root)}",
    rollup.StateFinalized: lambda e, names: f"h(S_{e.batch}) is final",
    rollup.StateClaimDeleted: lambda e, names: f"the claim of h(S_{e.batch}) is deleted",
    games.GameOpened: _opened,
    games.Agreed: lambda e, names: f"game {e.id}: the same h(S), case A",
    games.Objected: lambda e, names: f"game {e.id}: no, {short(e.parent_root)}, case B",
    games.Revealed: lambda e, names: f"game {e.id}: {counted(len(e.hashes), 'hash', 'hashes')}",
    games.Pointed: lambda e, names: (
        f"game {e.id}: segment {e.segment}, from {short(e.low_hash)} to {short(e.high_hash)}"
    ),
    games.FormChosen: lambda e, names: f"game {e.id}: the {e.form.name.lower()}",
    games.StepProven: lambda e, names: (
        f"game {e.id}: the step leads to {short(e.next_state_hash)}, claimed was {short(e.claimed_hash)}"
    ),
    games.SequencerLost: lambda e, names: f"game {e.id}: the sequencer has lost ({e.reason.name})",
    games.ChallengerLost: lambda e, names: (
        f"game {e.id}: {_name(names, e.challenger)} has lost ({e.reason.name}), "
        f"{_ether(e.reward)} to {_name(names, e.sequencer)}, {_ether(e.burnt)} burnt"
    ),
    games.Refunded: lambda e, names: (
        f"game {e.id} is void, {_ether(e.bond)} back to {_name(names, e.challenger)}"
    ),
    games.Withdrawn: lambda e, names: f"{_ether(e.amount)} paid to {_name(names, e.account)}",
}
