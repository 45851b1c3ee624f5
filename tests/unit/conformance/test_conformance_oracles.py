"""The oracles: the MPT root, the digests and EELS. Each must tell any two different outcomes apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.conformance.case import EMPTY_LOGS_HASH, Account
from offchain.conformance.eels import run_on_eels
from offchain.conformance.machine import apply_diff, blob_base_fee, machine, memory_state
from offchain.conformance.outcome import Outcome, differences, logs_hash, state_digest
from offchain.conformance.state_root import state_root
from offchain.conformance.time_limit import TimeLimitError, time_limit
from offchain.conformance.verdicts import TIMED_OUT, VerdictStore, verdict_of
from offchain.errors import FixtureError
from offchain.evm.account import pack_account
from offchain.hashing import keccak
from offchain.state.diff import Diff
from tests.support.state_tests import CONTRACT, SENDER, cases_of, changed, state_test

# keccak256(rlp("")): the root of the empty trie.
EMPTY_ROOT = keccak(b"\x80")

words = st.integers(1, 2**256 - 1)
accounts = st.builds(
    Account,
    nonce=st.integers(0, 2**64 - 2),
    balance=st.integers(0, 2**160 - 1),
    code=st.binary(max_size=8),
    storage=st.dictionaries(st.integers(0, 2**256 - 1), words, max_size=3),
)
states = st.dictionaries(st.binary(min_size=20, max_size=20), accounts, max_size=5)


def test_the_empty_state_has_the_empty_root() -> None:
    assert state_root({}) == EMPTY_ROOT
    assert state_root({bytes(20): Account(0, 0, b"")}) == EMPTY_ROOT


def test_the_empty_logs_have_their_hash() -> None:
    assert logs_hash(()) == EMPTY_LOGS_HASH


@given(states, st.randoms(use_true_random=False))
def test_root_and_digest_do_not_depend_on_the_order(state: dict[bytes, Account], random: object) -> None:
    items = list(state.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert state_root(dict(items)) == state_root(state)
    assert state_digest(dict(items)) == state_digest(state)


@given(states, states)
def test_root_digest_and_differences_agree_on_what_is_equal(
    one: dict[bytes, Account], other: dict[bytes, Account]
) -> None:
    first, second = (Outcome("success", "", 1, (), state) for state in (one, other))
    equal = not list(differences(first, second))
    assert (state_digest(one) == state_digest(other)) == equal
    assert (state_root(one) == state_root(other)) == equal


@pytest.mark.parametrize(
    "fields", [{"nonce": 9}, {"balance": 77}, {"code": b"\x01"}, {"storage": {}}, {"storage": {1: 8}}]
)
def test_every_field_of_an_account_counts(fields: dict[str, object]) -> None:
    (case,) = cases_of(state_test())
    outcome = run_on_eels(case)
    other = replace(outcome, post=changed(dict(outcome.post), CONTRACT, **fields))
    assert state_root(other.post) != state_root(outcome.post)
    assert state_digest(other.post) != state_digest(outcome.post)
    assert len(list(differences(other, outcome))) == 1


@pytest.mark.parametrize("fields", [{"status": "failure"}, {"gas_used": 1}, {"logs": ()}])
def test_every_field_of_a_receipt_counts(fields: dict[str, object]) -> None:
    (case,) = cases_of(state_test())
    outcome = run_on_eels(case)
    other = replace(outcome, **fields)  # type: ignore[arg-type]
    assert verdict_of(other) != verdict_of(outcome)
    assert len(list(differences(other, outcome))) == 1


def test_eels_stores_logs_and_pays() -> None:
    (case,) = cases_of(state_test())
    outcome = run_on_eels(case)
    assert outcome.status == "success"
    assert outcome.post[CONTRACT].storage == {1: 7}
    assert outcome.logs == ((CONTRACT, ((5).to_bytes(32, "big"),), bytes(32)),)
    assert outcome.post[SENDER].balance == 10**18 - 12 * outcome.gas_used - 1


def test_eels_leaves_the_state_of_a_refused_transaction() -> None:
    (case,) = cases_of(state_test(nonce="0x05"))
    outcome = run_on_eels(case)
    assert outcome.status == "rejected"
    assert outcome.reason.startswith("NonceMismatchError")
    assert outcome.post == case.pre


@pytest.mark.parametrize(
    "raw", [b"", b"\x05", b"\x7f\x00", b"\xc0", b"\x02\xc0", b"\xf8", b"\x04" + b"\xff" * 40]
)
def test_eels_refuses_bytes_that_are_no_transaction(raw: bytes) -> None:
    (case,) = cases_of(state_test())
    assert run_on_eels(replace(case, raw=raw)).status == "rejected"


def test_our_machine_and_eels_agree_on_the_own_test() -> None:
    (case,) = cases_of(state_test())
    assert list(differences(machine("interpreter")(case), run_on_eels(case))) == []


def test_a_diff_is_applied_to_accounts_slots_and_codes() -> None:
    gone, kept, made = (bytes([number]) * 20 for number in (1, 2, 3))
    pre = {gone: Account(1, 0, b"\x00", {5: 6}), kept: Account(0, 9, b"", {1: 1, 2: 2})}
    code_hash = keccak(b"\x60\x00")
    diff = Diff(
        accounts={gone: 0, made: pack_account(1, 4, 2)},
        slots={(gone, 5): 0, (kept, 1): 0, (kept, 3): 3},
        codes={gone: b"", made: code_hash},
        code={code_hash: b"\x60\x00"},
    )
    post = apply_diff(pre, diff)
    assert post == {kept: Account(0, 9, b"", {2: 2, 3: 3}), made: Account(1, 4, b"\x60\x00")}
    assert pre[kept].storage == {1: 1, 2: 2}, "the state before is left alone"


def test_the_flat_state_holds_what_the_fixture_says() -> None:
    (case,) = cases_of(state_test())
    flat = memory_state(case.pre)
    code = case.pre[CONTRACT].code
    assert flat.account(CONTRACT) == pack_account(1, 0, len(code))
    assert flat.slot(CONTRACT, 1) == 3
    assert flat.code(flat.code_hash(CONTRACT)) == code


@pytest.mark.parametrize(("excess", "fee"), [(0, 1), (0x080000, 1), (5_007_716, 2), (10 * 5_007_716, 22026)])
def test_the_blob_base_fee_is_an_exponential(excess: int, fee: int) -> None:
    assert blob_base_fee(excess) == fee


def test_a_verdict_is_remembered(tmp_path: Path) -> None:
    (case,) = cases_of(state_test())
    first = VerdictStore(tmp_path, limit=60)
    verdict = first.verdict(case)
    first.close()
    second = VerdictStore(tmp_path, limit=60)
    assert second.verdict(case) == verdict == verdict_of(run_on_eels(case))
    assert (first.executed, second.executed) == (1, 0)
    second.verdict(replace(case, raw=b"\x00"))
    assert second.executed == 1
    second.close()


def test_a_case_past_the_limit_is_tried_again_with_a_larger_one(tmp_path: Path) -> None:
    (case,) = cases_of(state_test(code="5b5f56", gasLimit=["0x061a80"]))
    hasty = VerdictStore(tmp_path, limit=0.01)
    assert hasty.verdict(case).status == TIMED_OUT
    hasty.close()
    (quick,) = cases_of(state_test())
    patient = VerdictStore(tmp_path, limit=60)
    assert patient.verdict(quick).status == "success"
    assert patient.verdict(case).status == "failure"
    patient.close()


def test_a_foreign_file_is_no_cache(tmp_path: Path) -> None:
    store = VerdictStore(tmp_path, limit=60)
    store.close()
    store.path.write_bytes(b"not a database, but long enough to be looked at as one" * 40)
    with pytest.raises(FixtureError, match="the cache of verdicts can't be used"):
        VerdictStore(tmp_path, limit=60)


def test_no_handler_of_an_evm_swallows_the_time_limit() -> None:
    with pytest.raises(TimeLimitError), time_limit(0.01):
        while True:
            try:
                while True:
                    pass
            except Exception:  # noqa: BLE001
                pass
