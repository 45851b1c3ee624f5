"""Keys and values of the state, and the leaves of a diff, as protocol section 1 defines them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from offchain.hashing import keccak
from offchain.state import keys
from offchain.state.diff import Diff
from offchain.trees.code_pages import code_root
from offchain.trees.sparse_merkle_tree import EMPTY_ROOT, leaf_hash, root_of

ADDRESS = bytes(range(20))
addresses = st.binary(min_size=20, max_size=20)
words = st.integers(0, (1 << 256) - 1)


def test_hashed_keys_follow_the_protocol() -> None:
    assert keys.account_leaf(ADDRESS) == keccak(ADDRESS + b"\x00")
    assert keys.code_leaf(ADDRESS) == keccak(ADDRESS + b"\x01")
    assert keys.slot_leaf(ADDRESS, 5) == keccak(ADDRESS + b"\x02" + bytes(31) + b"\x05")
    assert keys.code_value(b"h" * 32, b"r" * 32) == keccak(b"h" * 32 + b"r" * 32)


@given(addresses, words)
def test_a_plain_key_is_the_preimage_of_its_hashed_key(address: bytes, key: int) -> None:
    assert keccak(keys.account_key(address)) == keys.account_leaf(address)
    assert keccak(keys.code_key(address)) == keys.code_leaf(address)
    assert keccak(keys.slot_key(address, key)) == keys.slot_leaf(address, key)


@given(words)
def test_stored_numbers_have_no_leading_zeros_and_come_back(value: int) -> None:
    stored = keys.stored_int(value)
    assert int.from_bytes(stored, "big") == value
    assert stored[:1] != b"\x00"


def test_a_diff_keeps_deletions_as_leaves_with_the_value_zero() -> None:
    diff = Diff(accounts={ADDRESS: 0}, slots={(ADDRESS, 7): 0}, codes={ADDRESS: b""})
    assert diff.leaves() == {
        keys.account_leaf(ADDRESS): bytes(32),
        keys.slot_leaf(ADDRESS, 7): bytes(32),
        keys.code_leaf(ADDRESS): bytes(32),
    }
    assert diff.root() != EMPTY_ROOT


def test_a_diff_binds_code_by_its_hash_and_its_pages() -> None:
    code = b"\x5b" * 1000
    code_hash = keccak(code)
    diff = Diff(accounts={ADDRESS: 9}, codes={ADDRESS: code_hash}, code={code_hash: code})
    leaves = {
        keys.account_leaf(ADDRESS): (9).to_bytes(32, "big"),
        keys.code_leaf(ADDRESS): keccak(code_hash + code_root(code)),
    }
    assert diff.leaves() == leaves
    assert diff.root() == root_of(leaves)


def test_the_root_of_an_empty_diff_is_zero_and_of_one_entry_its_leaf() -> None:
    assert Diff().root() == bytes(32)
    one = Diff(slots={(ADDRESS, 1): 2})
    assert one.root() == leaf_hash(keys.slot_leaf(ADDRESS, 1), (2).to_bytes(32, "big"))


@given(
    st.dictionaries(addresses, words, max_size=5),
    st.dictionaries(st.tuples(addresses, words), words, max_size=5),
)
def test_every_entry_of_a_diff_has_exactly_one_leaf(
    accounts: dict[bytes, int], slots: dict[tuple[bytes, int], int]
) -> None:
    leaves = Diff(accounts, slots).leaves()
    assert len(leaves) == len(accounts) + len(slots)
    for (address, key), value in slots.items():
        assert leaves[keys.slot_leaf(address, key)] == value.to_bytes(32, "big")
