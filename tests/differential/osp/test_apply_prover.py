"""ApplyProver and StateDiffVerifier apply diffs as Python does, whatever the diff and the state hold."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.errors import ProofError
from offchain.proofs.application import SNAPSHOT_DISTANCE, Application, apply_next
from offchain.proofs.encoding import apply_hash, state_hash
from offchain.proofs.fixed_points import state_witness
from offchain.proofs.provers import Prover
from offchain.state.keys import account_leaf, code_leaf, slot_leaf
from offchain.trees.sparse_merkle_proof import expect_end
from offchain.trees.sparse_merkle_tree import SparseMerkleTree
from tests.support.in_process import InProcess, Reverted
from tests.support.prover_contracts import contract_of

ZERO = bytes(32)
CONTEXT, UNIT = b"\x77" * 32, 3

near_keys = st.integers(0, 7).map(lambda n: n.to_bytes(32, "big"))
keys = near_keys | st.binary(min_size=32, max_size=32)
values = st.sampled_from([b"\x01" * 32, b"\x02" * 32])
states = st.dictionaries(keys, values, max_size=8)
diffs = st.dictionaries(keys, values | st.just(ZERO), max_size=8)


def contract_successor(before: bytes, witness: bytes) -> bytes | None:
    try:
        (after,) = contract_of(Prover.APPLY).call("prove", CONTEXT, UNIT, before, witness)
    except Reverted:
        return None
    return bytes(after)


def diff_verifier() -> InProcess:
    return InProcess("StateDiffVerifier")


def applied(state: dict[bytes, bytes], diff: dict[bytes, bytes]) -> dict[bytes, bytes]:
    return {key: value for key, value in (state | diff).items() if value != ZERO}


@settings(max_examples=150, deadline=None)
@given(state=states, diff=diffs)
def test_an_application_ends_in_the_state_with_the_diff(
    state: dict[bytes, bytes], diff: dict[bytes, bytes]
) -> None:
    tree = SparseMerkleTree(state)
    application = Application(tree, diff)
    assert application.hash(0) == apply_hash(tree.root, SparseMerkleTree(diff).root)
    end = SparseMerkleTree(applied(state, diff)).root
    assert application.hash(len(diff)) == apply_hash(end, ZERO)
    assert application.length == len(diff) + 1
    for index in range(application.length):
        have = contract_successor(application.hash(index), application.witness(index))
        assert have == application.hash(index + 1) != application.hash(index)
    for index in (application.length, application.length + 1, 1 << 18):
        assert application.hash(index) == state_hash(end)
        assert application.witness(index) == state_witness(end)
    assert tree.root == SparseMerkleTree(state).root


def test_an_entry_that_changes_nothing_is_no_fault() -> None:
    one, two = b"\x01" * 32, b"\x02" * 32
    state = {one: one}
    for diff in ({one: one}, {two: ZERO}, {one: ZERO, two: ZERO}, {}):
        application = Application(SparseMerkleTree(state), diff)
        for index in range(application.length):
            have = contract_successor(application.hash(index), application.witness(index))
            assert have == application.hash(index + 1)
    assert Application(SparseMerkleTree(state), {one: ZERO}).hash(2) == state_hash(ZERO)


def test_states_far_apart_may_be_asked_for_in_any_order() -> None:
    choices = random.Random(1)
    state = {choices.randbytes(32): choices.randbytes(32) for _ in range(3_000)}
    diff = {key: ZERO if choices.random() < 0.5 else choices.randbytes(32) for key in list(state)[::2]}
    diff |= {choices.randbytes(32): choices.randbytes(32) for _ in range(1_000)}
    application = Application(SparseMerkleTree(state), diff)
    hashes = [application.hash(index) for index in range(application.length + 1)]
    assert len(set(hashes)) == len(hashes) == len(diff) + 2 > 2 * SNAPSHOT_DISTANCE
    for index in (
        len(diff),
        0,
        1_500,
        1_499,
        SNAPSHOT_DISTANCE,
        SNAPSHOT_DISTANCE - 1,
        2_100,
        3,
        len(diff) + 1,
    ):
        assert Application(SparseMerkleTree(state), diff).hash(index) == hashes[index]
        assert application.hash(index) == hashes[index]
        if index < application.length:
            have = contract_successor(hashes[index], application.witness(index))
            assert have == hashes[index + 1]
    with pytest.raises(IndexError):
        application.hash(-1)


def some_application() -> Application:
    choices = random.Random(2)
    state = {choices.randbytes(32): choices.randbytes(32) for _ in range(40)}
    diff = {key: ZERO if number % 2 else b"\x05" * 32 for number, key in enumerate(list(state)[:12])}
    diff |= {choices.randbytes(32): ZERO if number % 3 else b"\x06" * 32 for number in range(9)}
    return Application(SparseMerkleTree(state), diff)


def test_a_changed_witness_leads_nowhere() -> None:
    application = some_application()
    choices = random.Random(3)
    for index in range(application.length):
        before, after, witness = (
            application.hash(index),
            application.hash(index + 1),
            application.witness(index),
        )
        changed = [witness[:at] for at in (1, 33, 64, 65, len(witness) - 1) if at < len(witness)]
        changed += [witness + b"\x00", application.witness((index + 1) % application.length)]
        for _ in range(80):
            at = choices.randrange(1, len(witness))
            changed.append(
                witness[:at] + bytes([witness[at] ^ 1 << choices.randrange(8)]) + witness[at + 1 :]
            )
        for bad in changed:
            assert contract_successor(before, bad) is None
        for other in {application.hash(n) for n in range(application.length + 1)} - {before}:
            assert contract_successor(other, witness) is None
        assert contract_successor(before, witness) == after


def test_a_removed_key_can_not_keep_its_leaf() -> None:
    one, two = b"\x01" * 32, b"\x81" * 32
    state = SparseMerkleTree({one: one, two: two})
    rest = SparseMerkleTree({one: ZERO})
    head = bytes([Prover.APPLY]) + state.root + rest.root + rest.prove_leftmost()
    before = apply_hash(state.root, rest.root)
    assert contract_successor(before, head + state.prove(one)) is None
    assert contract_successor(before, head + state.prove_remove(one)) is not None


# The verifier of states and diffs


@settings(max_examples=60, deadline=None)
@given(state=states, diff=diffs.filter(bool))
def test_both_languages_apply_one_entry_alike(state: dict[bytes, bytes], diff: dict[bytes, bytes]) -> None:
    verifier = diff_verifier()
    application = Application(SparseMerkleTree(state), diff)
    for index, after in pairwise(range(len(diff) + 1)):
        witness = application.witness(index)
        root, rest, proof = witness[1:33], witness[33:65], witness[65:]
        new_root, new_rest, end = apply_next(root, rest, proof)
        expect_end(proof, end)
        assert apply_hash(new_root, new_rest) == application.hash(after)
        assert verifier.call("applyNext", root, rest, proof) == (new_root, new_rest)
        for bad in (proof + b"\x00", proof[:-1], proof[:33] + bytes([proof[33] ^ 1]) + proof[34:]):
            with pytest.raises(Reverted):
                verifier.call("applyNext", root, rest, bad)
            with pytest.raises(ProofError):
                expect_end(bad, apply_next(root, rest, bad)[2])


def test_what_states_and_diffs_hold_can_be_shown_by_their_hashes() -> None:
    verifier = diff_verifier()
    account, key = b"\x0a" * 20, 77
    leaves = {
        account_leaf(account): b"\x01" * 32,
        code_leaf(account): b"\x02" * 32,
        slot_leaf(account, key): ZERO,
    }
    assert verifier.call("accountKey", account) == (account_leaf(account),)
    assert verifier.call("codeKey", account) == (code_leaf(account),)
    assert verifier.call("slotKey", account, key) == (slot_leaf(account, key),)
    diff = SparseMerkleTree(leaves)
    state = SparseMerkleTree({leaf: value for leaf, value in leaves.items() if value != ZERO})
    absent = slot_leaf(account, key + 1)
    for leaf in (*leaves, absent):
        assert verifier.call("valueInState", state.root, leaf, state.prove(leaf)) == (leaves.get(leaf, ZERO),)
        assert verifier.call("entryOfDiff", diff.root, leaf, diff.prove(leaf)) == (
            leaf in leaves,
            leaves.get(leaf, ZERO),
        )
        for tree, function in ((state, "valueInState"), (diff, "entryOfDiff")):
            proof = tree.prove(leaf)
            for root, given_leaf, bad in (
                (tree.root, leaf, proof + b"\x00"),
                (tree.root, leaf, proof[:-1]),
                (b"\x01" * 32, leaf, proof),
                (tree.root, bytes([leaf[0] ^ 0x80]) + leaf[1:], proof),
            ):
                with pytest.raises(Reverted):
                    verifier.call(function, root, given_leaf, bad)
