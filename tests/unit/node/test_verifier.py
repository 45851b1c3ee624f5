"""The verifier rebuilds the state from L1 alone and names the first claim that differs."""

from __future__ import annotations

import json

import pytest

from offchain.errors import NetworkError, StoreError
from offchain.evm.account import balance_of
from offchain.node.finding import ClaimKind
from offchain.node.sequencer import Sequencer
from offchain.state.diff import Diff
from offchain.state.flat_store import FlatStore
from tests.unit.node.conftest import FRIEND, GENESIS, USER, World


class Liar(Sequencer):
    """Gives its friend a wei too much in batch 3, and no less in its own state."""

    lies_in = 3

    def claimed_diff(self, batch: int, diff: Diff) -> Diff:
        if batch != self.lies_in:
            return diff
        accounts = {**diff.accounts, FRIEND: diff.accounts[FRIEND] + 1}
        return Diff(accounts, diff.slots, diff.codes, diff.code)


def test_every_honest_claim_is_found_right(world: World) -> None:
    sequencer = world.sequencer()
    world.post(sequencer, 4)
    verdict = world.verifier().check()
    assert verdict.is_right
    assert (verdict.ordered, verdict.claimed, verdict.applied, verdict.checked) == (4, 4, 4, 4)


def test_the_verifier_reaches_the_same_state_as_the_sequencer(world: World) -> None:
    sequencer, verifier = world.sequencer(), world.verifier()
    world.post(sequencer, 3)
    verifier.check()
    mine, theirs = verifier.replica.store, sequencer.replica.store
    assert mine.state_root(3) == theirs.state_root(3)
    assert balance_of(mine.account(FRIEND)) == 3
    assert mine.account(USER) == theirs.account(USER)


def test_a_false_claim_is_named_with_batch_key_and_both_values(world: World) -> None:
    world.post(world.sequencer(kind=Liar), 5)
    verdict = world.verifier().check()
    assert not verdict.is_right
    assert verdict.false_claims == 1
    first = verdict.first
    assert first is not None
    assert (first.kind, first.batch, first.final) == (ClaimKind.DIFF, 3, False)
    assert [str(entry) for entry in first.entries] == [
        f"account 0x{FRIEND.hex()} balance: claimed 4, right is 3"
    ]


def test_without_the_published_diff_the_batch_is_named_alone(world: World) -> None:
    world.post(world.sequencer(kind=Liar), 3)
    for path in world.diffs.iterdir():
        path.unlink()
    first = world.verifier().check().first
    assert first is not None
    assert first.batch == 3
    assert first.entries == ()
    assert "no diff is published" in first.note


def test_a_published_diff_that_does_not_have_the_claimed_hash_is_not_believed(world: World) -> None:
    world.post(world.sequencer(kind=Liar), 3)
    (path,) = world.diffs.glob("3-*")
    content = json.loads(path.read_text())
    content["accounts"][f"0x{FRIEND.hex()}"]["balance"] = "77"
    path.write_text(json.dumps(content))
    first = world.verifier().check().first
    assert first is not None
    assert first.entries == ()
    assert "does not have the claimed hash" in first.note


def test_a_missing_entry_and_a_needless_one_are_both_named(world: World) -> None:
    class Forgetful(Sequencer):
        def claimed_diff(self, batch: int, diff: Diff) -> Diff:
            accounts = {address: word for address, word in diff.accounts.items() if address != FRIEND}
            return Diff(accounts, {**diff.slots, (FRIEND, 5): 6}, diff.codes, diff.code)

    world.post(world.sequencer(kind=Forgetful))
    first = world.verifier().check().first
    assert first is not None
    assert [str(entry) for entry in first.entries] == [
        f"account 0x{FRIEND.hex()}: claimed no entry, right is balance 1, nonce 0, code size 0",
        f"slot 0x5 of contract 0x{FRIEND.hex()}: claimed 0x6, right is no entry",
    ]


def test_a_false_state_claim_is_named(world: World) -> None:
    sequencer = world.sequencer()
    world.post(sequencer, 3)
    world.l1.advance(1_000)
    sequencer.finalize()
    book = sequencer.replica.sync().book
    note = sequencer.replica.note(2)
    world.l1.claim_state(2, note.order_hash, book.serial, b"\x07" * 32)
    verdict = world.verifier().check()
    first = verdict.first
    assert first is not None
    assert (first.kind, first.batch, first.claimed) == (ClaimKind.STATE, 2, b"\x07" * 32)
    assert first.computed == sequencer.replica.store.state_root(2)


def test_a_right_state_claim_is_checked_before_and_after_it_is_final(world: World) -> None:
    sequencer, verifier = world.sequencer(), world.verifier()
    world.post(sequencer, 3)
    world.l1.advance(1_000)
    sequencer.finalize()
    sequencer.claim_state(2)
    assert (verifier.check().checked_states, verifier.check().is_right) == (1, True)
    sequencer.finalize_state()
    verdict = verifier.check()
    assert (verdict.base, verdict.checked_states, verdict.is_right) == (2, 1, True)


def test_claims_deleted_by_a_verdict_are_not_held_against_anybody(world: World) -> None:
    sequencer, verifier = world.sequencer(kind=Liar), world.verifier()
    world.post(sequencer, 4)
    assert not verifier.check().is_right
    world.l1.slash()
    verdict = verifier.check()
    assert verdict.is_right
    assert (verdict.ordered, verdict.claimed) == (4, 0)


def test_the_same_orders_are_claimed_again_after_a_verdict(world: World) -> None:
    world.post(world.sequencer(kind=Liar), 4)
    world.l1.slash()
    world.l1.begin_term(1)
    honest = world.sequencer("another")
    posted = honest.post_batch()
    assert posted.batch == 5
    verdict = world.verifier().check()
    assert (verdict.claimed, verdict.is_right) == (5, True)


def test_a_verifier_goes_on_from_its_store(world: World) -> None:
    sequencer, verifier = world.sequencer(), world.verifier()
    world.post(sequencer, 3)
    assert verifier.check().applied == 3
    verifier.replica.store.close()
    world.post(sequencer, 2)
    verdict = world.verifier().check()
    assert (verdict.applied, verdict.checked, verdict.is_right) == (2, 5, True)


def test_checking_twice_changes_nothing(world: World) -> None:
    world.post(world.sequencer(), 2)
    verifier = world.verifier()
    first, second = verifier.check(), verifier.check()
    assert (second.applied, second.checked) == (0, first.checked)


def test_a_killed_verifier_goes_on_after_the_last_whole_batch(world: World) -> None:
    world.post(world.sequencer(), 6)
    verifier = world.verifier()

    def kill(done: int, total: int) -> None:
        assert total == 6
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verifier.check(kill)
    verifier.replica.store.close()
    verdict = world.verifier().check()
    assert (verdict.applied, verdict.ordered, verdict.is_right) == (2, 6, True)


def test_a_second_verifier_on_the_same_store_is_refused(world: World) -> None:
    world.verifier()
    with pytest.raises(StoreError, match="locked by another writer"):
        world.verifier()


def test_a_store_of_another_rollup_is_refused(world: World) -> None:
    FlatStore.create(world.folder / "verifier", GENESIS.allocation(), b"\x01" * 32).close()
    with pytest.raises(StoreError, match="belongs to another chain"):
        world.verifier()


def test_another_genesis_than_the_deployment_s_is_refused(world: World) -> None:
    object.__setattr__(world.l1.rollup, "genesis_state_root", b"\x01" * 32)
    with pytest.raises(NetworkError, match="another first state"):
        world.verifier()
