"""What the protocol demands of a scenario, and the four assertions that hold after every game."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from offchain.game.games import Form, Kind, Reason
from offchain.l1.claims import Role
from offchain.l1.events import SequencerSlashed, TermBegan, TermEnded
from offchain.l1.game_events import ChallengerLost, Refunded, SequencerLost
from offchain.l1.games import GameRecord, Outcome
from offchain.scenario.record import Record
from offchain.scenario.stage import Stage

__all__ = ["Check", "Ending", "check_all", "ending_of", "of_step"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How the game of a challenger has to end, in the order of the openings."""

    challenger: str
    outcome: Outcome
    reason: Reason | None = None

    def __str__(self) -> str:
        by = "" if self.reason is None else f" by {self.reason.name.lower().replace('_', '-')}"
        return f"{self.challenger}'s game: {self.outcome}{by}"


@dataclass(frozen=True, slots=True)
class Check:
    """One assertion; ``detail`` is what was found."""

    name: str
    holds: bool
    detail: str


def check_all(
    stage: Stage, demanded: Iterable[Ending], form: Form | None, record: Record, names: dict[bytes, str]
) -> list[Check]:
    """The demands of docs/scenarios.md; ``names``: of the parties by address. ``form``: of the last game's trace."""
    games = list(stage.games().games.values())
    return [
        _expected(games, tuple(demanded), names),
        *([] if form is None else [_of_form(games, form)]),
        _all_final(stage),
        _honest_uncountered(stage, games, names),
        _conserved(stage, record, games, names),
        _one_reward(record),
        *_refusals(stage),
    ]


def ending_of(record: GameRecord, names: dict[bytes, str]) -> str:
    """The ending of a game as `Ending` says it."""
    name = names.get(record.game.challenger, "somebody")
    if record.outcome is None:
        return f"{name}'s game: goes on"
    return str(Ending(name, record.outcome, record.reason))


def _expected(games: list[GameRecord], demanded: tuple[Ending, ...], names: dict[bytes, str]) -> Check:
    have = [ending_of(record, names) for record in games]
    want = [str(ending) for ending in demanded]
    detail = "; ".join(have) or "no game"
    if have != want:
        detail += f" - demanded: {'; '.join(want) or 'no game'}"
    return Check("expected result", have == want, detail)


def _of_form(games: list[GameRecord], form: Form) -> Check:
    played = games[-1].game.form if games else None
    detail = "no game" if played is None else played.name.lower()
    return Check("the trace that was played", played is form, detail)


def of_step(words: str, demanded: str) -> Check:
    """Whether the game came to the kind of step that is the point; ``words``: what the story says of it."""
    return Check("the step that was disputed", demanded in words, words or "none")


def _all_final(stage: Stage) -> Check:
    """In the end all that was ordered is final, and all that is final is true."""
    book = stage.claims()
    ordered = stage.world.replicas["verifier"].store.head
    false = [n for n in range(1, book.finalized + 1) if book.claims[n].diff_root != stage.diff_root(n)]
    state_is_true = book.base[1] == stage.world.replicas["verifier"].store.state_root(book.base[0])
    holds = book.finalized == ordered and not false and state_is_true
    detail = f"{book.finalized} of {ordered} batches are final, {len(false)} of them false"
    return Check("the truth is final", holds, detail + ("" if state_is_true else ", a false h(S) is final"))


def _honest_uncountered(stage: Stage, games: list[GameRecord], names: dict[bytes, str]) -> Check:
    losers = []
    for record in games:
        disputed = record.game.disputed
        if record.outcome is Outcome.CHALLENGER_LOST:
            losers.append(names.get(record.game.challenger, ""))
        elif record.outcome is Outcome.SEQUENCER_LOST:
            losers.append(names.get(disputed.sequencer, ""))
            is_claim = record.game.kind is Kind.CLAIM
            state_root = stage.world.replicas["verifier"].store.state_root
            truth = stage.diff_root(disputed.batch) if is_claim else state_root(disputed.batch)
            if disputed.root == truth and names.get(disputed.sequencer, "") in stage.honest:
                losers.append("a true claim of an honest sequencer")
    countered = sorted(set(losers) & stage.honest)
    honest = ", ".join(sorted(stage.honest))
    detail = f"honest are {honest}" + (f"; {', '.join(countered)} lost" if countered else "")
    return Check("no honest claim countered", not countered, detail)


def _conserved(stage: Stage, record: Record, games: list[GameRecord], names: dict[bytes, str]) -> Check:
    """Every party's balance, the contracts' and what was burnt, to the wei and apart from gas, as the rules say."""
    parameters = stage.world.parameters
    stake, bond = parameters.stake, parameters.challenger_bond
    expected: Counter[str] = Counter()

    def pay(giver: str, taker: str, amount: int) -> None:
        expected[giver] -= amount
        expected[taker] += amount

    for giver, taker, amount in stage.gifts:
        pay(giver, taker, amount)
    for event in record.events(TermBegan, TermEnded, SequencerSlashed):
        if isinstance(event, TermBegan):
            pay(names[event.sequencer], "rollup", stake)
        elif isinstance(event, TermEnded):
            pay("rollup", names[event.sequencer], stake)
        elif isinstance(event, SequencerSlashed):
            pay("rollup", names[event.winner], stake // 2)
            pay("rollup", "burnt", stake - stake // 2)
    for one in games:
        challenger = names[one.game.challenger]
        pay(challenger, "game", bond)
        if one.outcome is Outcome.CHALLENGER_LOST:
            pay("game", names[one.game.disputed.sequencer], bond // 2)
            pay("game", "burnt", bond - bond // 2)
        elif one.outcome is not None:
            pay("game", challenger, bond)

    wrong = []
    for name, after in record.after.items():
        net = after - record.before[name] + record.fees.get(name, 0)
        if net != expected[name]:
            wrong.append(f"{name} has {net - expected[name]:+,} wei")
    held = record.after["rollup"] - (stake if stage.claims().role is not Role.VACANT else 0)
    if held or record.after["game"]:
        wrong.append(f"the contracts keep {held + record.after['game']:,} wei that nobody is owed")
    burnt = expected["burnt"] / 10**18
    return Check("bonds conserved", not wrong, "; ".join(wrong) or f"to the wei; {burnt:g} ETH burnt")


def _one_reward(record: Record) -> Check:
    """A term is slashed once at most, a game ends once at most."""
    terms = Counter(event.term for event in record.events(SequencerSlashed))  # type: ignore[union-attr]
    ends = Counter(event.id for event in record.events(SequencerLost, ChallengerLost, Refunded))  # type: ignore[union-attr]
    twice = [f"term {term}" for term, count in terms.items() if count > 1]
    twice += [f"game {number}" for number, count in ends.items() if count > 1]
    rewards = len(terms) + len(record.events(ChallengerLost))
    return Check(
        "at most one reward",
        not twice,
        "; ".join(twice) or f"{rewards} for {len(ends)} {'game' if len(ends) == 1 else 'games'}",
    )


def _refusals(stage: Stage) -> list[Check]:
    return [Check(f"refused: {refusal.what}", refusal.is_right, refusal.answer) for refusal in stage.refusals]
