"""The rollup as a plain Python model: lists of what exists, no index arithmetic, no packing.

Each method does what the contract's function of the same name should, or raises `Refused` with the name of
the error, without its prefix. Checks stand in the order of the contract's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from offchain.l1.orders import Order, genesis_hash
from offchain.l1.parameters import Parameters
from offchain.trees.paged_bytes import paged_root
from tests.contracts.rollup.in_process import blockhash

__all__ = ["ACTIVE", "RETIRING", "VACANT", "Claim", "Model", "Refused"]

VACANT, ACTIVE, RETIRING = range(3)


class Refused(Exception):  # noqa: N818
    """The call reverts with this error."""


@dataclass
class Claim:
    """A claim of h(D_n) or of h(S_m)."""

    batch: int
    root: bytes
    serial: int
    term: int
    time: int
    games: int = 0


@dataclass
class Model:
    """All of the rollup's state, and L1's clock."""

    parameters: Parameters
    state_root: bytes
    time: int
    number: int
    orders: list[Order] = field(default_factory=list)
    posted: list[int] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    final: list[Claim] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    state: Claim | None = None
    base: int = 0
    role: int = VACANT
    sequencer: str = ""
    term: int = 0
    term_began: int = 0
    term_base: int = 0
    serial: int = 0
    stake_held: int = 0
    credits: dict[str, int] = field(default_factory=dict)
    burnt: int = 0

    @classmethod
    def genesis(
        cls, parameters: Parameters, root: bytes, configuration: bytes, time: int, number: int
    ) -> Model:
        """The model of a rollup that was just deployed."""
        return cls(parameters, root, time, number, hashes=[genesis_hash(configuration, root)])

    @property
    def claimed(self) -> int:
        return len(self.final) + len(self.claims)

    def begin_term(self, caller: str, value: int) -> None:
        _require(self.role == VACANT, "WrongRole")
        _require(value == self.parameters.stake, "WrongStake")
        self.role, self.sequencer, self.term = ACTIVE, caller, self.term + 1
        self.term_began, self.term_base, self.stake_held = self.time, self.base, value

    def append(
        self, caller: str, parent: bytes, timestamp: int, l1_block: int, prevrandao: bytes, data: bytes
    ) -> None:
        self._only_sequencer(caller)
        _require(parent == self.hashes[-1], "ParentChanged")
        _require(0 < len(data) <= 1 << 20, "SizeOutOfRange")
        _require(data[0] == 0, "UnknownVersion")
        if self.orders:
            earliest = self.orders[-1].timestamp + self.parameters.batch_interval
            _require(timestamp >= earliest, "TimestampTooEarly")
        _require(timestamp <= self.time, "TimestampInFuture")
        _require(timestamp >= self.time - self.parameters.max_order_age, "TimestampTooOld")
        _require(self.number - 256 <= l1_block < self.number, "L1BlockOutOfReach")
        _require(prevrandao == blockhash(l1_block), "PrevrandaoDiffers")
        coinbase = bytes.fromhex(caller[2:])
        order = Order(
            parent, len(self.orders) + 1, paged_root(data), len(data), timestamp, prevrandao, coinbase
        )
        self.orders.append(order)
        self.hashes.append(order.hash())
        self.posted.append(self.time)

    def claim(self, caller: str, first: int, last_hash: bytes, serial: int, roots: list[bytes]) -> None:
        self._only_sequencer(caller)
        _require(len(roots) > 0, "NoClaims")
        _require(first == self.claimed + 1, "ClaimOutOfTurn")
        _require(serial == self.serial, "SerialChanged")
        last = self.claimed + len(roots)
        _require(last <= len(self.orders), "OrderAbsent")
        _require(last - self.base <= self.parameters.max_lag, "LagTooLong")
        _require(last_hash == self.hashes[last], "OrderHashDiffers")
        for root in roots:
            self.serial += 1
            self.claims.append(Claim(self.claimed + 1, root, self.serial, self.term, self.time))

    def finalize(self, most: int) -> None:
        count = 0
        while self.claims and count < most:
            lowest = self.claims[0]
            if lowest.games or self.time <= lowest.time + self.parameters.claim_window:
                break
            self.final.append(self.claims.pop(0))
            count += 1
        _require(count > 0, "NothingToFinalize")

    def claim_state(self, caller: str, batch: int, order_hash: bytes, serial: int, root: bytes) -> None:
        self._only_sequencer(caller)
        _require(self.state is None, "StateClaimPending")
        _require(self.base < batch <= len(self.final), "StateBatchOutOfRange")
        _require(order_hash == self.hashes[batch], "OrderHashDiffers")
        _require(serial == self.serial, "SerialChanged")
        self.serial += 1
        self.state = Claim(batch, root, self.serial, self.term, self.time)

    def finalize_state(self, serial: int) -> None:
        state = self._pending(serial)
        _require(state.games == 0, "GamesOpen")
        _require(self.time > state.time + self.parameters.state_window, "WindowOpen")
        self.base, self.state_root, self.state = state.batch, state.root, None

    def retire(self, caller: str) -> None:
        self._only_sequencer(caller)
        self.role = RETIRING

    def retire_silent(self) -> None:
        since = max([self.term_began, *self.posted[-1:]])
        _require(self.time > since + self.parameters.idle_time, "NotIdle")
        self._retire()

    def retire_unclaimed(self, order: Order) -> None:
        _require(order.batch == self.claimed + 1, "ClaimOutOfTurn")
        _require(order.batch <= len(self.orders), "OrderAbsent")
        _require(order == self.orders[order.batch - 1], "OrderHashDiffers")
        _require(self.time > self.claim_deadline(order.batch, order.timestamp), "NotIdle")
        self._retire()

    def claim_deadline(self, batch: int, timestamp: int) -> int:
        # A diligent sequencer's reach, cycle by cycle.
        reach, since = self.term_base + self.parameters.max_lag, self.term_began
        while batch > reach:
            reach, since = reach + self.parameters.max_lag, since + self.parameters.settlement_cycle()
        return max(timestamp, since) + self.parameters.idle_time

    def end_term(self) -> None:
        _require(self.role == RETIRING, "WrongRole")
        _require(not self.claims, "ClaimsPending")
        _require(self.state is None, "StateClaimPending")
        self._owe(self.sequencer, self.stake_held)
        self._vacate()

    def withdraw(self, account: str) -> int:
        _require(self.credits.get(account, 0) > 0, "NothingOwed")
        return self.credits.pop(account)

    def open_claim_game(self, batch: int, serial: int) -> None:
        claim = self._standing(batch, serial)
        _require(claim is not None, "ClaimAbsent")
        assert claim is not None
        _require(self.time <= claim.time + self.parameters.claim_window, "WindowClosed")
        claim.games += 1

    def open_state_game(self, serial: int) -> None:
        state = self._pending(serial)
        _require(self.time <= state.time + self.parameters.state_window, "WindowClosed")
        state.games += 1

    def close_claim_game(self, batch: int, serial: int) -> bool:
        claim = self._standing(batch, serial)
        return claim is not None and self._close(claim)

    def close_state_game(self, serial: int) -> bool:
        return self.state is not None and self.state.serial == serial and self._close(self.state)

    def slash(self, term: int, winner: str) -> bool:
        if self.role == VACANT or term != self.term:
            return False
        self.claims.clear()
        self.state = None
        reward = self.stake_held // 2
        self._owe(winner, reward)
        self.burnt += self.stake_held - reward
        self._vacate()
        return True

    def _only_sequencer(self, caller: str) -> None:
        _require(self.role == ACTIVE, "WrongRole")
        _require(caller == self.sequencer, "CallerIsNotSequencer")

    def _standing(self, batch: int, serial: int) -> Claim | None:
        return next((c for c in self.claims if (c.batch, c.serial) == (batch, serial)), None)

    def _pending(self, serial: int) -> Claim:
        if self.state is None or self.state.serial != serial:
            raise Refused("StateSerialDiffers")
        return self.state

    def _close(self, claim: Claim) -> bool:
        _require(claim.games > 0, "NoGameOpen")
        claim.games -= 1
        return True

    def _retire(self) -> None:
        _require(self.role == ACTIVE, "WrongRole")
        self.role = RETIRING

    def _owe(self, account: str, amount: int) -> None:
        self.credits[account] = self.credits.get(account, 0) + amount

    def _vacate(self) -> None:
        self.role, self.sequencer, self.stake_held = VACANT, "", 0


def _require(condition: bool, error: str) -> None:
    if not condition:
        raise Refused(error)
