"""Any sequence of calls leaves the contract and the plain model in the same state, with the same refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offchain.l1.parameters import check_parameters
from tests.contracts.rollup.in_process import L1, Reverted, blockhash
from tests.contracts.rollup.model import ACTIVE, RETIRING, VACANT, Claim, Model, Refused
from tests.contracts.rollup.play import ALICE, BOB, CAROL, CONFIGURATION, ROOT, TINY, ZERO

ACCOUNTS = [ALICE, BOB, CAROL]
NO_CLAIM = (bytes(32), 0, 0, 0, 0)

accounts = st.sampled_from(ACCOUNTS)
roots = st.sampled_from([bytes(32), b"\x07" * 32, b"\x08" * 32])
slips = st.sampled_from([0] * 12 + [-1, 1])
"""Mostly right arguments, now and then one beside."""


class Rollup(RuleBasedStateMachine):
    """Random calls by three accounts and the game, at times on and beside every boundary."""

    @initialize()
    def deploy(self) -> None:
        check_parameters(TINY)
        self.l1 = L1()
        self.rollup = self.l1.deploy(
            "RollupManager", TINY.as_tuple(), self.l1.predict(1), ROOT, CONFIGURATION
        )
        self.game = self.l1.deploy("GameStub", self.rollup.address)
        self.model = Model.genesis(TINY, ROOT, CONFIGURATION, self.l1.time, self.l1.number)
        self.serials: list[tuple[int, int]] = [(0, 0)]
        for account in ACCOUNTS:
            self.l1.fund(account, 10**9)

    def both(self, call: Callable[[], Any], expected: Callable[[], Any]) -> None:
        """The contract answers what the model answers, or refuses with the same error."""
        try:
            want: Any = expected()
        except Refused as error:
            want = f"RollupManager_{error}"
        try:
            have = call()
        except Reverted as error:
            have = error.name
        if isinstance(want, str | bool) or isinstance(have, str):
            assert have == want

    # Time

    @rule(seconds=st.integers(0, 150))
    def wait(self, seconds: int) -> None:
        self.move_to(self.model.time + seconds)

    @rule(data=st.data(), beside=st.integers(-1, 1))
    def wait_for_a_boundary(self, data: st.DataObject, beside: int) -> None:
        m = self.model
        times = [claim.time + TINY.claim_window for claim in m.claims[:2]]
        times += [m.state.time + TINY.state_window] if m.state else []
        times += [max([m.term_began, *m.posted[-1:]]) + TINY.idle_time]
        times += [order.timestamp + TINY.batch_interval for order in m.orders[-1:]]
        times += [m.claim_deadline(o.batch, o.timestamp) for o in m.orders[m.claimed : m.claimed + 1]]
        self.move_to(max(m.time, data.draw(st.sampled_from(times)) + beside))

    def move_to(self, time: int) -> None:
        self.model.number = self.l1.number = self.l1.number + (time > self.l1.time)
        self.model.time = self.l1.time = time

    # The role

    @precondition(lambda self: self.model.role == VACANT)
    @rule(caller=accounts, slip=slips)
    def begin_term(self, caller: str, slip: int) -> None:
        value = TINY.stake + slip
        self.both(
            lambda: self.rollup("beginTerm", sender=caller, value=value) and None,
            lambda: self.model.begin_term(caller, value),
        )

    @precondition(lambda self: self.model.role == ACTIVE)
    @rule(luck=st.integers(0, 19), caller=accounts)
    def retire(self, luck: int, caller: str) -> None:
        if luck == 0:
            caller = self.model.sequencer or caller
            self.both(lambda: self.rollup("retire", sender=caller), lambda: self.model.retire(caller))

    @precondition(
        lambda self: (
            self.model.role == ACTIVE
            and self.model.time > max([self.model.term_began, *self.model.posted[-1:]]) + TINY.idle_time - 2
        )
    )
    @rule(caller=accounts)
    def retire_silent(self, caller: str) -> None:
        self.both(lambda: self.rollup("retireSilent", sender=caller), self.model.retire_silent)

    @precondition(lambda self: self.model.claimed < len(self.model.orders))
    @rule(slip=slips, caller=accounts)
    def retire_unclaimed(self, slip: int, caller: str) -> None:
        batch = min(max(self.model.claimed + 1 + slip, 1), len(self.model.orders))
        order = self.model.orders[batch - 1]
        self.both(
            lambda: self.rollup("retireUnclaimed", order.as_tuple(), sender=caller),
            lambda: self.model.retire_unclaimed(order),
        )

    @precondition(lambda self: self.model.role == RETIRING)
    @rule(caller=accounts)
    def end_term(self, caller: str) -> None:
        self.both(lambda: self.rollup("endTerm", sender=caller), self.model.end_term)

    @precondition(lambda self: self.model.credits)
    @rule(caller=accounts, account=accounts)
    def withdraw(self, caller: str, account: str) -> None:
        before = self.l1.balance(account)
        owed = self.model.credits.get(account, 0)
        self.both(
            lambda: self.rollup("withdraw", account, sender=caller), lambda: self.model.withdraw(account)
        )
        assert self.l1.balance(account) == before + owed

    # Orders and claims

    @precondition(lambda self: self.model.role == ACTIVE)
    @rule(count=st.integers(1, 6), payload=st.binary(max_size=40))
    def append_many(self, count: int, payload: bytes) -> None:
        """Orders at their earliest time, so that the lag limit is reached."""
        for _ in range(count):
            if self.model.orders:
                earliest = self.model.orders[-1].timestamp + TINY.batch_interval
                self.move_to(max(self.model.time, earliest))
            self.append_one(
                self.model.sequencer, 0, self.model.time, self.model.number - 1, None, b"\0" + payload
            )

    @precondition(lambda self: self.model.role == ACTIVE)
    @rule(
        caller=accounts,
        right=st.booleans(),
        parent=slips,
        age=st.sampled_from([0, 0, 0, 99, 100, 101, -1, 40]),
        depth=st.sampled_from([1, 1, 1, 256, 257, 0, -1]),
        lie=st.sampled_from([None, None, None, b"\x09" * 32]),
        data=st.sampled_from([b"\0", b"\0" * 300, b"", b"\1abc"]),
    )
    def append(
        self, caller: str, right: bool, parent: int, age: int, depth: int, lie: bytes | None, data: bytes
    ) -> None:
        if right and self.model.sequencer:
            caller = self.model.sequencer
        self.append_one(caller, parent, self.model.time - age, self.model.number - depth, lie, data)

    def append_one(
        self, caller: str, parent: int, timestamp: int, l1_block: int, lie: bytes | None, data: bytes
    ) -> None:
        parent_hash = self.model.hashes[-1] if not parent else b"\x0a" * 32
        prevrandao = lie or blockhash(l1_block)
        context = (timestamp, l1_block, prevrandao, caller)
        self.both(
            lambda: self.rollup("append", parent_hash, context, data, sender=caller) and None,
            lambda: self.model.append(caller, parent_hash, timestamp, l1_block, prevrandao, data),
        )

    @precondition(lambda self: self.model.role == ACTIVE)
    @rule(
        caller=accounts,
        right=st.sampled_from([True] * 5 + [False]),
        first=slips,
        serial=slips,
        wrong_hash=slips,
        count=st.sampled_from([0, 1, 1, 2, 3, 5, 7, 11]),
        root=roots,
    )
    def claim(
        self, caller: str, right: bool, first: int, serial: int, wrong_hash: int, count: int, root: bytes
    ) -> None:
        m = self.model
        if right and m.sequencer:
            caller = m.sequencer
            count = min(count, len(m.orders) - m.claimed)
        last = min(m.claimed + count, len(m.orders))
        last_hash = b"\x0b" * 32 if wrong_hash else m.hashes[last]
        first_batch, previous, diff_roots = m.claimed + 1 + first, max(m.serial + serial, 0), [root] * count
        self.both(
            lambda: self.rollup("claim", first_batch, last_hash, previous, diff_roots, sender=caller),
            lambda: m.claim(caller, first_batch, last_hash, previous, diff_roots),
        )
        self.serials += [(claim.batch, claim.serial) for claim in m.claims]

    @precondition(lambda self: self.model.claims)
    @rule(most=st.integers(0, 12), caller=accounts)
    def finalize(self, most: int, caller: str) -> None:
        self.both(
            lambda: self.rollup("finalize", most, sender=caller) and None, lambda: self.model.finalize(most)
        )

    @precondition(lambda self: self.model.role == ACTIVE and self.model.base < len(self.model.final))
    @rule(caller=accounts, right=st.booleans(), batch=st.integers(-1, 12), serial=slips, root=roots)
    def claim_state(self, caller: str, right: bool, batch: int, serial: int, root: bytes) -> None:
        m = self.model
        caller = m.sequencer if right and m.sequencer else caller
        batch = min(m.base + max(batch, 0), len(m.orders))
        previous = max(m.serial + serial, 0)
        self.both(
            lambda: self.rollup("claimState", batch, m.hashes[batch], previous, root, sender=caller),
            lambda: m.claim_state(caller, batch, m.hashes[batch], previous, root),
        )

    @precondition(lambda self: self.model.state)
    @rule(slip=slips, caller=accounts)
    def finalize_state(self, slip: int, caller: str) -> None:
        serial = max((self.model.state.serial if self.model.state else 0) + slip, 0)
        self.both(
            lambda: self.rollup("finalizeState", serial, sender=caller),
            lambda: self.model.finalize_state(serial),
        )

    @precondition(lambda self: self.model.role == ACTIVE)
    @rule(stages=st.integers(1, 6), count=st.integers(1, 8), root=roots)
    def diligent_round(self, stages: int, count: int, root: bytes) -> None:
        """What a diligent sequencer does, up to one of its stages."""
        m = self.model
        caller = m.sequencer
        if len(m.orders) - m.base < 2 * TINY.max_lag:
            self.append_many(count, root)
        if stages > 1 and m.claimed < len(m.orders):
            count = max(1, min(len(m.orders), m.base + TINY.max_lag) - m.claimed)
            self.claim(caller, True, 0, 0, 0, count, root)
        if stages > 2 and m.claims:
            self.move_to(max(m.time, m.claims[-1].time + TINY.claim_window + 1))
            self.finalize(12, caller)
        if stages > 3 and m.base < len(m.final):
            self.claim_state(caller, True, len(m.final) - m.base, 0, root)
        if stages > 4 and m.state:
            self.move_to(max(m.time, m.state.time + TINY.state_window + 1))
            self.finalize_state(0, caller)

    # The game

    @precondition(lambda self: self.model.claims or self.model.state)
    @rule(data=st.data(), outcome=st.sampled_from(["left open", "left open", "closed", "closed", "slashed"]))
    def dispute(self, data: st.DataObject, outcome: str) -> None:
        """A game inside its window, to one of its ends."""
        m = self.model
        names = [f"ClaimGame {n}" for n in range(len(m.claims))] + ["StateGame"] * bool(m.state)
        name, _, index = data.draw(st.sampled_from(names)).partition(" ")
        claim = m.claims[int(index)] if index else m.state
        assert claim is not None
        key = (claim.batch, claim.serial) if index else (claim.serial,)
        before = claim.games
        self.both(
            lambda: self.game(f"open{name}", *key),
            lambda: (m.open_claim_game if index else m.open_state_game)(*key),  # type: ignore[operator]
        )
        if outcome == "closed" and claim.games > before:
            self.both(
                lambda: self.game(f"close{name}", *key),
                lambda: (m.close_claim_game if index else m.close_state_game)(*key),  # type: ignore[operator]
            )
        elif outcome == "slashed" and claim.games > before:
            winner = data.draw(accounts)
            self.both(lambda: self.game("slash", m.term, winner), lambda: m.slash(m.term, winner))

    @precondition(lambda self: self.model.claims)
    @rule(data=st.data(), old=st.booleans())
    def open_claim_game(self, data: st.DataObject, old: bool) -> None:
        batch, serial = self.pick_claim(data, old)
        self.both(
            lambda: self.game("openClaimGame", batch, serial),
            lambda: self.model.open_claim_game(batch, serial),
        )

    @precondition(lambda self: any(claim.games for claim in self.model.claims))
    @rule(data=st.data(), old=st.booleans())
    def close_claim_game(self, data: st.DataObject, old: bool) -> None:
        batch, serial = self.pick_claim(data, old)
        self.both(
            lambda: self.game("closeClaimGame", batch, serial),
            lambda: self.model.close_claim_game(batch, serial),
        )

    def pick_claim(self, data: st.DataObject, old: bool) -> tuple[int, int]:
        standing = [(claim.batch, claim.serial) for claim in self.model.claims]
        return data.draw(st.sampled_from(self.serials if old or not standing else standing))

    @precondition(lambda self: self.model.state)
    @rule(slip=slips, opening=st.booleans())
    def state_game(self, slip: int, opening: bool) -> None:
        serial = max((self.model.state.serial if self.model.state else 0) + slip, 0)
        if opening:
            self.both(lambda: self.game("openStateGame", serial), lambda: self.model.open_state_game(serial))
        else:
            self.both(
                lambda: self.game("closeStateGame", serial), lambda: self.model.close_state_game(serial)
            )

    @precondition(lambda self: self.model.role != VACANT)
    @rule(luck=st.integers(0, 19), slip=slips, winner=accounts)
    def slash(self, luck: int, slip: int, winner: str) -> None:
        if luck == 0:
            term = max(self.model.term + slip, 0)
            self.both(lambda: self.game("slash", term, winner), lambda: self.model.slash(term, winner))

    # What has no chance of success most of the time

    @rule(data=st.data(), caller=accounts, which=st.integers(0, 11))
    def out_of_turn(self, data: st.DataObject, caller: str, which: int) -> None:
        m = self.model
        if which == 0 and m.role != VACANT:
            self.both(
                lambda: self.rollup("beginTerm", sender=caller, value=TINY.stake),
                lambda: m.begin_term(caller, TINY.stake),
            )
        elif which == 1:
            self.both(lambda: self.rollup("retire", sender=caller), lambda: m.retire(caller))
        elif which == 2:
            self.both(lambda: self.rollup("retireSilent", sender=caller), m.retire_silent)
        elif which == 3:
            self.end_term(caller)
        elif which == 4:
            self.withdraw(caller, caller)
        elif which == 5:
            self.finalize(1, caller)
        elif which == 6:
            self.finalize_state(0, caller)
        elif which == 7:
            self.state_game(0, data.draw(st.booleans()))
        elif which == 8:
            self.close_claim_game(data, True)
        elif which == 9:
            self.open_claim_game(data, True)
        elif which == 10:
            self.claim(caller, False, 0, 0, 0, 1, bytes(32))
        else:
            self.claim_state(caller, False, 1, 0, bytes(32))

    # After every call

    @invariant()
    def same_state(self) -> None:
        m = self.model
        assert self.rollup("seat") == (m.sequencer or ZERO, m.role, m.term)
        assert self.rollup("heads") == (len(m.orders), m.claimed, len(m.final), m.serial)
        assert self.rollup("base") == (m.state_root, m.base)
        state = m.state
        pending = (state.root, state.serial, state.batch, state.time, state.games) if state else NO_CLAIM
        assert self.rollup("pendingState") == pending
        assert [self.rollup("orderHash", n) for n in range(len(m.hashes) + 1)][-3:] == [*m.hashes, bytes(32)][
            -3:
        ]
        standing = [*m.final, *m.claims]
        for batch in range(max(0, len(m.final) - 1), len(m.orders) + 2):
            expected = _stored(standing[batch - 1]) if 0 < batch <= m.claimed else NO_CLAIM
            assert self.rollup("claimOf", batch) == expected
        for order in m.orders[m.claimed :]:
            deadline = m.claim_deadline(order.batch, order.timestamp)
            assert self.rollup("claimDeadline", order.batch, order.timestamp) == deadline

    @invariant()
    def ether_is_neither_made_nor_stuck(self) -> None:
        m = self.model
        assert self.l1.balance(self.rollup.address) == m.stake_held + sum(m.credits.values())
        assert self.l1.balance(ZERO) == m.burnt
        assert all(self.rollup("creditOf", account) == m.credits.get(account, 0) for account in ACCOUNTS)

    @invariant()
    def the_chain_of_claims_is_sound(self) -> None:
        m = self.model
        assert m.base <= len(m.final) <= m.claimed <= len(m.orders)
        assert m.claimed - m.base <= TINY.max_lag
        serials = [claim.serial for claim in (*m.final, *m.claims)]
        assert len(set(serials)) == len(serials)
        assert all(claim.term == m.term for claim in m.claims)
        assert not m.claims or m.role != VACANT


def _stored(claim: Claim) -> tuple[bytes, int, int, int, int]:
    return (claim.root, claim.serial, claim.term, claim.time, claim.games)


TestRollup = Rollup.TestCase
TestRollup.settings = settings(
    max_examples=60, stateful_step_count=120, deadline=None, suppress_health_check=list(HealthCheck)
)
