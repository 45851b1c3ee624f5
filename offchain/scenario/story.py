"""What is told of a scenario that was played: by lines for people, by values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from offchain.scenario.demands import Check

__all__ = ["Balance", "GameStory", "Line", "Story", "counted", "total"]

_ETHER: Final = 10**18


@dataclass(frozen=True, slots=True)
class Line:
    """One transaction: who sent it, what it did, its gas."""

    block: int
    who: str
    call: str
    what: str
    gas: int


@dataclass(frozen=True, slots=True)
class GameStory:
    """One game. ``rounds``: vectors revealed. ``step``: the disputed step in words, "" where it never came to one.

    ``sequencer_value`` and ``true_value``: the state behind it as the sequencer has it, and as L1 found it.
    """

    id: int
    challenger: str
    disputed: str
    ending: str
    rounds: int
    sequencer_gas: int
    challenger_gas: int
    step: str
    sequencer_value: str
    true_value: str


@dataclass(frozen=True, slots=True)
class Balance:
    """Wei of a party before and after, and what it paid for gas."""

    name: str
    before: int
    after: int
    fees: int

    @property
    def net(self) -> int:
        """The change apart from gas."""
        return self.after - self.before + self.fees


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario that was played to its end. ``lies``: what was false, in words."""

    name: str
    sentence: str
    network: str
    arity: int
    lies: tuple[str, ...]
    lines: tuple[Line, ...]
    games: tuple[GameStory, ...]
    balances: tuple[Balance, ...]
    checks: tuple[Check, ...]
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether everything came out as the protocol demands."""
        return all(check.holds for check in self.checks)

    @property
    def gas(self) -> int:
        """Of all games together."""
        return sum(game.sequencer_gas + game.challenger_gas for game in self.games)

    @property
    def rounds(self) -> int:
        """Of all games together."""
        return sum(game.rounds for game in self.games)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "scenario": self.name,
            "sentence": self.sentence,
            "network": self.network,
            "arity": self.arity,
            "right": self.is_right,
            "lies": list(self.lies),
            "moves": [asdict(line) for line in self.lines],
            "games": [asdict(game) for game in self.games],
            "gas": self.gas,
            "rounds": self.rounds,
            "balances": [asdict(balance) | {"net": balance.net} for balance in self.balances],
            "checks": [asdict(check) for check in self.checks],
        }

    def line(self) -> str:
        """For people, in one line."""
        endings = "; ".join(game.ending for game in self.games) or "no game"
        return (
            f"{'yes' if self.is_right else 'NO '}  {self.name}: {endings}; "
            f"{counted(self.rounds, 'round')}, {self.gas:,} gas, {self.seconds:.1f} s"
        )

    def text(self) -> str:
        """The whole story, for people."""
        lines = [f"{self.name} (k = {self.arity}, {self.network}): {self.sentence}"]
        lines += [f"  the lie: {lie}" for lie in self.lies]
        width = max([len(line.who) for line in self.lines], default=0)
        for line in self.lines:
            what = f": {line.what}" if line.what else ""
            lines.append(f"  {line.who:<{width}}  {line.gas:>9,} gas  {line.call}{what}")
        for game in self.games:
            lines += _tell_game(game)
        for balance in self.balances:
            if balance.net:
                lines.append(
                    f"  {balance.name}: {_ether(balance.before)} ETH before, {_ether(balance.after)} after, "
                    f"apart from gas {balance.net / _ETHER:+g}"
                )
        lines += [
            f"  {'yes' if check.holds else 'NO '}  {check.name}: {check.detail}" for check in self.checks
        ]
        word = "as the protocol demands" if self.is_right else "NOT as the protocol demands"
        lines.append(f"  {word}, in {self.seconds:.1f} s")
        return "\n".join(lines)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its word, such as "1 round" and "2 rounds"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def total(stories: Sequence[Story]) -> str:
    """One line on all of them."""
    wrong = [story.name for story in stories if not story.is_right]
    text = f"{counted(len(stories), 'scenario')}, {len(stories) - len(wrong)} as the protocol demands"
    return text + (f", wrong: {', '.join(wrong)}" if wrong else "")


def _tell_game(game: GameStory) -> list[str]:
    text = [
        f"  game {game.id} about {game.disputed}: {game.ending}; {counted(game.rounds, 'round')}, gas of the sequencer "
        f"{game.sequencer_gas:,}, of the challenger {game.challenger_gas:,}"
    ]
    if game.step:
        text.append(f"    the disputed step: {game.step}")
        text.append(f"    behind it: the sequencer has {game.sequencer_value}, right is {game.true_value}")
    return text


def _ether(wei: int) -> str:
    return f"{wei / _ETHER:,.4f}"
