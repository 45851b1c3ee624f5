"""A rollup with its real game in an in-process L1, and the moves as `offchain.game` makes them.

Every move is made twice, by the contract and by `offchain/game/rules.py`, and the hashes are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from offchain.game.games import Form, Game, Stage
from offchain.game.moves import Agree, Choose, Move, Object, Point, Reveal
from offchain.game.players import GameView
from offchain.game.rules import Rules
from offchain.game.vectors import Opening, open_at
from offchain.l1.orders import Order, genesis_hash
from offchain.l1.parameters import Parameters
from offchain.node.config import ChainConfig
from tests.contracts.game.calldata import account_call, calldata, id_call
from tests.contracts.game.logs import Event, game_of, take_log
from tests.contracts.game.toy import APPLICATION_END, EXECUTION_END, Toy
from tests.contracts.rollup.in_process import L1, Contract, _reason
from tests.contracts.rollup.play import ALICE, BOB, CAROL, ROOT, TINY, ZERO, Play

__all__ = ["CONFIG", "DAVE", "GARBAGE", "NOBODY", "Table", "address", "config_tuple", "openings"]

DAVE = "0x" + "a4" * 20
CONFIG = ChainConfig(chain_id=77, base_fee=7, batch_gas_limit=30_000_000, batch_interval=TINY.batch_interval)
GARBAGE = b"\xee" * 32
NOBODY = "0x" + "ff" * 20
EVERYBODY = (ALICE, BOB, CAROL, DAVE, ZERO)


def address(account: bytes) -> str:
    """An address as the harness writes it."""
    return "0x" + account.hex()


def config_tuple(config: ChainConfig) -> tuple[int, ...]:
    """The struct as the contract's constructor takes it."""
    return (
        config.chain_id,
        config.base_fee,
        config.blob_base_fee,
        config.batch_gas_limit,
        config.batch_interval,
    )


class Table(Play):
    """Alice is the sequencer, Bob the challenger, unless a call says otherwise. `truth` is what the orders mean."""

    def __init__(
        self, arity: int = 2, game: str = "TinyBisectionGame", parameters: Parameters = TINY
    ) -> None:
        self.parameters = replace(parameters, arity=arity)
        self.l1 = L1()
        self.rollup = self.l1.deploy(
            "RollupManager", self.parameters.as_tuple(), self.l1.predict(2), ROOT, CONFIG.hash()
        )
        self.verifier = self.l1.deploy("ToyVerifier")
        self.game = self.l1.deploy(game, self.rollup.address, self.verifier.address, config_tuple(CONFIG))
        # Both refuse on behalf of the game.
        self.game.abi += [e for e in self.rollup.abi + self.verifier.abi if e["type"] == "error"]
        tiny = game == "TinyBisectionGame"
        ends = (EXECUTION_END, APPLICATION_END) if tiny else ()
        self.rules = Rules(arity, CONFIG.batch_gas_limit, *ends)
        self.orders: list[Order] = []
        self.hashes = [genesis_hash(CONFIG.hash(), ROOT)]
        self.truth = Toy(CONFIG, self.orders, ROOT)
        self.vectors: dict[int, tuple[bytes, ...]] = {}
        self.log: list[Event] = []
        for account in (ALICE, BOB, CAROL, DAVE):
            self.l1.fund(account, 10**30)

    @property
    def bond(self) -> int:
        return self.parameters.challenger_bond

    # Claims

    def claim_roots(self, roots: Sequence[bytes], sequencer: str = ALICE) -> int:
        """Claim the next batches with these h(D_n); the first serial given out."""
        _, claimed, _, serial = self.rollup("heads")
        last = self.hashes[claimed + len(roots)]
        self.rollup("claim", claimed + 1, last, serial, list(roots), sender=sequencer)
        return int(serial) + 1

    def prepared(self, batches: int, wrong: Sequence[int] = (), final: int = 0) -> Toy:
        """Alice in office; orders, the first ones final, all claimed, some wrong. The claims' sequencer's replay."""
        self.begin()
        self.append_many(batches)
        liar = Toy(CONFIG, self.orders, ROOT, frozenset(wrong))
        roots = [liar.diff_root(n) for n in range(1, batches + 1)]
        if final:
            self.claim_roots(roots[:final])
            self.wait(self.parameters.claim_window + 1)
            self.finalize()
        if roots[final:]:
            self.claim_roots(roots[final:])
        return liar

    # Games

    def open(self, batch: int, parent_root: bytes | None = None, sender: str = BOB, **changes: Any) -> Game:
        """Dispute a claim."""
        parent = self.truth.state_root(batch - 1) if parent_root is None else parent_root
        serial = changes.get("serial", self.rollup("claimOf", batch)[1])
        order = changes.get("order", self.orders[batch - 1]).as_tuple()
        root = changes.get("root", self.rollup("claimOf", batch)[0])
        bond = changes.get("bond", self.bond)
        self.game("openClaimGame", order, serial, root, parent, sender=sender, value=bond)
        return self._opened()

    def open_state(self, sender: str = BOB, **changes: Any) -> Game:
        """Dispute the pending state claim."""
        serial = changes.get("serial", self.rollup("pendingState")[1])
        root = changes.get("root", self.rollup("pendingState")[0])
        self.game("openStateGame", serial, root, sender=sender, value=changes.get("bond", self.bond))
        return self._opened()

    def _opened(self) -> Game:
        (event,) = take_log(self.l1, self.game.address)
        self.log.append(event)
        game = game_of(event)
        assert game.hash() == event["gameHash"] == self.game("gameHash", game.id)
        return game

    def call(self, game: Game, move: Move, sender: str | None = None, order: Order | None = None) -> None:
        """The contract's part of a move; by the side whose move it is unless somebody else is named."""
        if isinstance(move, Choose):
            order = order or self.orders[move.batch - 1]
        if sender is None:
            by_sequencer = isinstance(move, Agree | Object | Reveal)
            sender = address(game.disputed.sequencer if by_sequencer else game.challenger)
        try:
            self.l1.call(sender, self.game.address, calldata(game, move, order), 0)
        except RuntimeError as error:
            raise _reason(self.game.abi, error) from error

    def choice(self, form: Form, batch: int) -> Choose:
        """The choice of a trace, with the claim as it stands."""
        return Choose(form, batch, self.rollup("claimOf", batch)[0])

    def stored(self, number: int) -> bytes:
        """The hash that L1 keeps of a game."""
        return self.l1.call(NOBODY, self.game.address, id_call("gameHash", number), 0)

    def move(self, game: Game, move: Move, sender: str | None = None) -> Game | None:
        """Make a move; the game behind it as contract, log and twin say, None if it is over."""
        self.call(game, move, sender)
        events = take_log(self.l1, self.game.address)
        self.log += events
        told = events[-1]
        stored = self.stored(game.id)
        after = self._twin(game, move, told)
        if after is None:
            assert stored == bytes(32) and told.name in ("SequencerLost", "ChallengerLost", "Refunded")
            return None
        assert after.hash() == stored == told["gameHash"], move
        assert told["time"] == self.l1.time and told["id"] == game.id
        if isinstance(move, Reveal):
            self.vectors[game.id] = move.hashes
        return after

    def _twin(self, game: Game, move: Move, told: Event) -> Game | None:
        now = self.l1.time
        match move:
            case Agree():
                return self.rules.agree(game, now)
            case Object(parent_root):
                return self.rules.object(game, now, parent_root)
            case Reveal(hashes):
                assert tuple(told["hashes"]) == hashes
                return self.rules.reveal(game, now, hashes)
            case Point(segment, start, end):
                return self.rules.point(game, now, segment, start.hash, end.hash)
            case Choose(form, batch, diff):
                context = self.truth.context_hash(form, batch, game.low_hash)
                assert (told["form"], told["diffRoot"], told["contextHash"]) == (form, diff, context)
                return self.rules.choose(game, now, form, diff, context)
        return None

    def view(self, game: Game) -> GameView:
        """What L1 shows of a game."""
        high = game.high if game.stage is Stage.BATCHES else game.batch
        return GameView(
            game=game,
            vector=self.vectors.get(game.id, ()),
            time=self.l1.time,
            live=self.rollup("isLive", game.disputed.term),
            finalized=self.rollup("heads")[2],
            diff_root=self.rollup("claimOf", high)[0],
            arity=self.parameters.arity,
        )

    # Money

    def burnt(self) -> int:
        return self.l1.balance(ZERO)

    def owed(self, account: str) -> int:
        """By the game."""
        return self._credit(self.game, account)

    def game_is_solvent(self, running: int) -> bool:
        """The balance is the bonds of the running games and the credits of everybody here."""
        credits = sum(self._credit(self.game, account) for account in EVERYBODY)
        return self.l1.balance(self.game.address) == running * self.bond + credits

    def solvent(self) -> bool:
        """Of the rollup: the balance is the stake held and the credits of everybody here."""
        held = self.parameters.stake if self.rollup("seat")[1] != 0 else 0
        credits = sum(self._credit(self.rollup, account) for account in EVERYBODY)
        return self.l1.balance(self.rollup.address) == held + credits

    def ether(self) -> int:
        """All that there is."""
        return sum(map(self.l1.balance, (*EVERYBODY, self.game.address, self.rollup.address)))

    def _credit(self, contract: Contract, account: str) -> int:
        return int.from_bytes(self.l1.call(NOBODY, contract.address, account_call("creditOf", account), 0))


def openings(view: GameView, segment: int) -> tuple[Opening, Opening]:
    """Both ends of a segment, as anybody can open them."""
    hashes = [view.game.low_hash, *view.vector, view.game.high_hash]

    def end(index: int) -> Opening:
        inner = 0 < index < len(hashes) - 1
        return open_at(view.vector, index - 1) if inner else Opening(hashes[index])

    return end(segment), end(segment + 1)
