"""The gas of each call of the game, calldata included: `python -m tests.contracts.game.measure_gas`.

Games are played in process; each call is sent to anvil besides, as a transaction of its own on the state before it.
The last step is the toy verifier's: what the
machine's own steps cost is in docs/one-step-proofs.md. Of several calls of a name the dearest counts.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import tests.conftest  # noqa: F401  it puts the project's anvil on the path
from offchain.game.games import Form, Game, Phase, Side
from offchain.game.moves import Point, Refund, TimeOut
from offchain.game.players import challenger_move, sequencer_move
from tests.contracts.game.table import DAVE, GARBAGE, Table, openings
from tests.contracts.game.toy import Toy
from tests.contracts.rollup.in_process import L1
from tests.contracts.rollup.play import BOB, CAROL, TINY

__all__ = ["Anvil", "Meter"]

GAS = 100_000_000
ARITIES = (2, 4, 16, 64)
_STORAGE = re.compile(r"(0x[0-9a-f]{40}): Account \{.*?storage: \{(.*?)\}, status")
_SLOT = re.compile(r"(\d+): StorageSlot \{ previous_or_original_value: \d+, present_value: (\d+) \}")


class Anvil:
    """A client that counts gas as L1 does. Each call finds the state before it and nothing else, all slots cold."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = ["anvil", "--port", str(port), "--silent", "--auto-impersonate", "--gas-limit", str(GAS)]
        self.process = subprocess.Popen(command)
        for _ in range(100):
            try:
                self.ask([("eth_chainId", [])])
                break
            except URLError:
                time.sleep(0.1)

    def ask(self, calls: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        """The answers to these calls, sent at once."""
        body = [{"jsonrpc": "2.0", "id": i, "method": m, "params": p} for i, (m, p) in enumerate(calls)]
        request = Request(self.url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urlopen(request) as answer:
            results = sorted(json.load(answer), key=lambda one: int(one["id"]))
        assert all("result" in one for one in results), [one for one in results if "error" in one]
        return [one["result"] for one in results]

    def gas(self, l1: L1, caller: str, to: str, data: bytes, value: int) -> int:
        """Gas of a call as a transaction; it leaves ``l1`` as it is."""
        calls: list[tuple[str, list[Any]]] = [("anvil_reset", [])]
        for account, info in l1.evm.journal_state.items():
            calls.append(("anvil_setBalance", [account, hex(info.balance)]))
            if len(info.code or b"") > 1:  # pyrevm shows no code as one zero byte
                calls.append(("anvil_setCode", [account, "0x" + info.code.hex()]))
        for account, slots in _STORAGE.findall(l1.evm.journal_str):
            for slot, present in _SLOT.findall(slots):
                words = [f"0x{int(word):064x}" for word in (slot, present)]
                calls.append(("anvil_setStorageAt", [account, *words]))
        calls.append(("anvil_setBalance", [caller, hex(10**24)]))
        calls.append(("evm_setNextBlockTimestamp", [l1.time]))
        self.ask(calls)
        sent = {"from": caller, "to": to, "data": "0x" + data.hex(), "value": hex(value), "gas": hex(10**7)}
        (number,) = self.ask([("eth_sendTransaction", [sent])])
        receipt = None
        while receipt is None:  # it mines behind its answer
            (receipt,) = self.ask([("eth_getTransactionReceipt", [number])])
        assert receipt["status"] == "0x1"
        return int(receipt["gasUsed"], 16)


@dataclass
class Meter:
    """Hears the calls of a table that are not views: gas and bytes of each, by name."""

    table: Table
    anvil: Anvil
    gas: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    bytes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        """The first call of the game inside is this one."""
        l1, inner = self.table.l1, self.table.l1.call
        waiting = True

        def heard(caller: str, to: str, data: bytes, value: int) -> bytes:
            nonlocal waiting
            if waiting and to == self.table.game.address:
                waiting = False
                self.gas[name].append(self.anvil.gas(l1, caller, to, data, value))
                self.bytes[name].append(len(data))
            return inner(caller, to, data, value)

        l1.call = heard  # type: ignore[method-assign]
        yield
        del l1.call

    def play(self, game: Game, liar: Toy, form: Form | None = None) -> None:
        """To the end, the challenger's form as given."""
        after: Game | None = game
        while after is not None:
            view = self.table.view(after)
            move = sequencer_move(view, liar) or challenger_move(view, self.table.truth)
            if after.phase is Phase.CHOOSE and form is not None:
                move = self.table.choice(form, after.high)
            assert move is not None
            name = type(move).__name__
            with self.call(name):
                after = self.table.move(after, move)


def all_calls(arity: int, anvil: Anvil) -> Meter:
    """Everything that can be called, at this k."""
    table = Table(arity, "BisectionGame")
    meter = Meter(table, anvil)
    liar = table.prepared(4, wrong=(2, 4))
    with meter.call("openClaimGame"):
        void = table.open(4)
    agreed = table.open(2, sender=CAROL)
    meter.play(agreed, liar)
    with meter.call("Refund"):
        table.move(void, Refund())
    with meter.call("withdraw"):
        table.game("withdraw", BOB, sender=CAROL)

    table.begin()
    table.claim_roots([liar.diff_root(n) for n in range(1, 5)])
    meter.play(table.open(4), liar)

    table.begin()
    table.claim_roots([table.truth.diff_root(n) for n in range(1, 5)])
    game = table.open(1)
    revealed = table.move(game, sequencer_move(table.view(game), table.truth))  # type: ignore[arg-type]
    assert revealed is not None
    table.wait(TINY.clock + 1)
    with meter.call("TimeOut against the challenger"):
        table.move(revealed, TimeOut(), DAVE)
    game = table.open(1, sender=CAROL)
    while game.phase is not Phase.STEP:  # a wrong challenge, to its last step
        view = table.view(game)
        move = sequencer_move(view, table.truth) or Point(0, *openings(view, 0))
        game = table.move(game, move) or game
    shown = challenger_move(table.view(game), table.truth)
    assert shown is not None
    with meter.call("ProveStep against the challenger"):
        table.move(game, shown)
    game = table.open(4, GARBAGE)
    table.wait(TINY.clock + 1)
    with meter.call("TimeOut against the sequencer"):
        table.move(game, TimeOut(), DAVE)

    state = Table(arity, "BisectionGame")
    meter.table = state
    state.prepared(2, final=2)
    state.claim_state(1, GARBAGE)
    with meter.call("openStateGame"):
        game = state.open_state()
    meter.play(game, Toy(state.truth.config, state.orders, GARBAGE))
    return meter


def game_gas(arity: int, batches: int, anvil: Anvil) -> dict[str, int]:
    """One game in case B over ``batches`` - 1 batches with the execution behind it: gas of each side, moves."""
    parameters = replace(TINY, max_lag=max(batches, 16), clock=60, idle_time=800)
    table = Table(arity, "BisectionGame", parameters)
    meter = Meter(table, anvil)
    liar = table.prepared(batches, wrong=(2, batches))
    with meter.call("challenger"):
        game: Game | None = table.open(batches)
    while game is not None:
        view = table.view(game)
        side = "sequencer" if game.turn is Side.SEQUENCER else "challenger"
        move = sequencer_move(view, liar) or challenger_move(view, table.truth)
        assert move is not None
        with meter.call(side):
            game = table.move(game, move)
    return {
        **{f"{side} gas": sum(gas) for side, gas in meter.gas.items()},
        **{f"{side} calls": len(gas) for side, gas in meter.gas.items()},
        "bytes": sum(sum(sizes) for sizes in meter.bytes.values()),
    }


def main() -> None:
    """A line for each call, a column for each k; then whole games."""
    anvil = Anvil()
    try:
        report(anvil)
    finally:
        anvil.process.terminate()


def report(anvil: Anvil) -> None:
    meters = {arity: all_calls(arity, anvil) for arity in ARITIES}
    names = list(dict.fromkeys(name for meter in meters.values() for name in meter.gas))
    for what in ("gas", "bytes"):
        print(what.ljust(34), *[f"k={arity}".rjust(9) for arity in ARITIES])
        for name in names:
            row = [f"{max(getattr(meter, what)[name]):,}".rjust(9) for meter in meters.values()]
            print(name.ljust(34), *row)
    for batches in (2, 4, 64):
        for arity in ARITIES:
            print(f"n - r = {batches}, k = {arity}:", game_gas(arity, batches, anvil))


if __name__ == "__main__":
    main()
