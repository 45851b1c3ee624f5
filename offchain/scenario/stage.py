"""A scenario while it is played: who takes part, who is honest, and the loop that lets everybody move in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from ape.exceptions import ApeException, ContractLogicError

from offchain.batches.codec import encode_order
from offchain.errors import DeltarollError, NetworkError
from offchain.faults.knowledge import Lying
from offchain.faults.players import NextMove
from offchain.faults.replay import Replay
from offchain.game.knowledge import Knowledge
from offchain.game.moves import Refund
from offchain.game.players import challenger_move, sequencer_move
from offchain.l1.claims import ClaimBook, Role
from offchain.l1.games import GameBook
from offchain.l1.refusals import name_and_values
from offchain.l1.sender import Sent
from offchain.node.agent import Acted, Agent, Reading
from offchain.node.challenger import Challenger
from offchain.node.defender import Defender
from offchain.scenario.workload import BATCHES
from offchain.scenario.world import Party, World

__all__ = ["Refusal", "Stage"]

_ROUNDS: Final = 400
_AgentKind = TypeVar("_AgentKind", Defender, Challenger)


class _Playing(Challenger):
    """A challenger that opens nothing by itself."""

    def act(self) -> list[Acted]:
        """See `Agent.act`."""
        return self.play(self.read())


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that L1 had to refuse, with the error that it had to name and what L1 said."""

    what: str
    demanded: str
    answer: str

    @property
    def is_right(self) -> bool:
        """Whether the demanded error was named."""
        return self.demanded in self.answer


@dataclass
class Stage:
    """One play on one world. ``honest`` are names of parties."""

    world: World
    agents: list[Agent] = field(default_factory=list)
    honest: set[str] = field(default_factory=lambda: {"verifier", "successor"})
    refusals: list[Refusal] = field(default_factory=list)
    tells: list[str] = field(default_factory=list)
    others: dict[str, bytes] = field(default_factory=dict)
    """Contracts that take part, by name."""
    gifts: list[tuple[str, str, int]] = field(default_factory=list)
    """What parties gave each other besides, in wei: from, to, how much."""

    @property
    def truth(self) -> Replay:
        """The batches as they are."""
        return self.world.truth

    def party(self, name: str) -> Party:
        """Somebody by name."""
        return self.world.parties[name]

    def claims(self) -> ClaimBook:
        """The claims as L1 has them now."""
        return self.world.replicas["verifier"].sync().book

    def games(self) -> GameBook:
        """The games as L1 has them now."""
        return self.world.watch().book(self.world.head())

    def diff_root(self, batch: int) -> bytes:
        """The true h(D), also of orders that a scenario posted itself."""
        return self.world.replicas["verifier"].note(batch).diff_root

    # What parties do with claims

    def claim(self, lie: Lying | None = None, last: int = BATCHES, by: str = "sequencer") -> None:
        """Claims all that is unclaimed up to batch ``last``: the truth but for what the lie says."""
        book = self.claims()
        roots = []
        for batch in range(book.claimed + 1, last + 1):
            false = lie.diff_roots.get(batch) if lie is not None else None
            roots.append(false or self.diff_root(batch))
        last_hash = self.world.orders[last - 1].hash()
        self.party(by).rollup.claim(book.claimed + 1, last_hash, book.serial, roots)
        if lie is not None and lie.tells:
            self.tells.append(lie.tells)

    def finalize(self) -> None:
        """Waits for the windows of all claims and makes them final."""
        self.world.network.advance(self.world.parameters.claim_window + 1)
        self.party("stranger").rollup.finalize(BATCHES + 16)

    def claim_state(self, batch: int, root: bytes) -> None:
        """Claims h(S_batch)."""
        order_hash = self.world.orders[batch - 1].hash()
        self.party("sequencer").rollup.claim_state(batch, order_hash, self.claims().serial, root)

    def post(self, items: Sequence[bytes] = (), by: str = "sequencer") -> None:
        """Orders one more batch."""
        self.world.post(self.party(by), encode_order(items))

    # Who plays

    def defend(self, lie: Knowledge | None = None, player: NextMove = sequencer_move) -> Defender:
        """The sequencer answers its games. Without a lie and with its own strategy it is honest."""
        if lie is None and player is sequencer_move:
            self.honest.add("sequencer")
        knowledge = self.world.known["sequencer"] if lie is None else lie
        return self._add(Defender, "sequencer", knowledge, player)

    def verify(self, player: NextMove = challenger_move) -> Challenger:
        """The honest verifier opens what it has to and plays its games."""
        return self._add(Challenger, "verifier", self.world.known["verifier"], player)

    def challenge(
        self,
        by: str,
        knowledge: Knowledge | None = None,
        player: NextMove = challenger_move,
        *,
        opens: bool = False,
    ) -> Challenger:
        """Somebody else plays its games; ``opens``: it also opens what differs from its knowledge."""
        knowledge = self.world.known["verifier"] if knowledge is None else knowledge
        return self._add(Challenger if opens else _Playing, by, knowledge, player)

    def open(self, by: str, batch: int = BATCHES, parent_root: bytes | None = None) -> Sent:
        """Opens a game about the claim of a batch; with the true h(S_{n-1}) unless another is given."""
        claim = self.claims().claims[batch]
        root = self.truth.state_root(batch - 1) if parent_root is None else parent_root
        order = self.world.orders[batch - 1]
        bond = self.world.parameters.challenger_bond
        return self.party(by).game.open_claim_game(order, claim.serial, claim.diff_root, root, bond)

    def open_state(self, by: str) -> Sent:
        """Opens a game about the pending state claim."""
        pending = self.claims().pending_state
        assert pending is not None, "nothing is claimed"
        bond = self.world.parameters.challenger_bond
        return self.party(by).game.open_state_game(pending.serial, pending.state_root, bond)

    def refused(self, what: str, demanded: str, call: Callable[[], object]) -> None:
        """A call that has to be refused with this error of the contracts."""
        try:
            call()
            answer = "L1 took it"
        except ContractLogicError as error:
            answer = name_and_values(error, self.world.rollup)[1]
        except (DeltarollError, ApeException) as error:
            answer = " ".join(str(error).split())
        self.refusals.append(Refusal(what, demanded, answer))

    # The loop

    def run(self, until: Callable[[Reading], bool] | None = None) -> None:
        """Everybody moves, over and over, until no game is left; where nobody moves, the clock runs out.

        ``until``: stop as soon as it holds of what L1 shows.
        """
        for _ in range(_ROUNDS):
            acted = [one for agent in self.agents for one in agent.act()]
            if until is not None and until(self.agents[0].read()):
                return
            if any(one.sent is not None for one in acted):
                continue
            if not self._pass_time():
                return
        raise NetworkError(f"the games are not over after {_ROUNDS} rounds")

    def settle(self) -> None:
        """What comes after every dispute: refunds, a successor that claims the truth, finality, all credits paid."""
        book = self.claims()
        for record in self.games().going_on():
            if record.is_void(book):
                self.party("stranger").game.make(record.game, Refund())
        if book.role is Role.VACANT:
            self.party("successor").rollup.begin_term(self.world.parameters.stake)
            if book.finalized < self.world.replicas["verifier"].store.head:
                self.claim(last=self.world.replicas["verifier"].store.head, by="successor")
        if self.claims().claimed > book.finalized:
            self.finalize()
        self.withdraw()

    def withdraw(self) -> None:
        """Everybody's credit is paid out, by a stranger."""
        stranger = self.party("stranger").account
        for party in self.world.parties.values():
            for contract in (self.world.rollup, self.world.game):
                if contract.creditOf(party.account.address):
                    contract.withdraw(party.account.address, sender=stranger)

    def _pass_time(self) -> bool:
        """Goes behind the nearest deadline of a live game; False where none goes on."""
        book = self.claims()
        games = self.games().going_on()
        deadlines = [record.game.deadline for record in games if not record.is_void(book)]
        if not deadlines:
            return False
        self.world.network.advance(max(min(deadlines) + 1 - self.world.head().timestamp, 1))
        return True

    def _add(self, kind: type[_AgentKind], name: str, knowledge: Knowledge, player: NextMove) -> _AgentKind:
        party = self.party(name)
        replica = self.world.replicas["sequencer" if name == "sequencer" else "verifier"]
        agent = kind(replica, self.world.watch(), party.game, party.address, knowledge, player)
        self.agents.append(agent)
        return agent
