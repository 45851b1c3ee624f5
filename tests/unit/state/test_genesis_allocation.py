"""The first state: what it holds, and each invariant that is refused."""

from __future__ import annotations

import pytest

from offchain.errors import InputError
from offchain.evm.account import pack_account
from offchain.evm.history import HISTORY_ADDRESS, HISTORY_CODE
from offchain.hashing import keccak
from offchain.state.genesis import GenesisAccount, allocation

A, B = b"\x0a" * 20, b"\x0b" * 20


def test_accounts_become_a_diff_with_the_history_account() -> None:
    diff = allocation(
        {
            A: GenesisAccount(balance=5, nonce=2, code=b"\x60\x00", storage={1: 2, 3: 0}),
            B: GenesisAccount(),
        }
    )
    assert diff.accounts == {
        A: pack_account(2, 5, 2),
        HISTORY_ADDRESS: pack_account(1, 0, len(HISTORY_CODE)),
    }
    assert diff.slots == {(A, 1): 2}
    assert diff.codes == {A: keccak(b"\x60\x00"), HISTORY_ADDRESS: keccak(HISTORY_CODE)}
    assert set(diff.code.values()) == {b"\x60\x00", HISTORY_CODE}


@pytest.mark.parametrize(
    ("accounts", "complaint"),
    [
        ({b"short": GenesisAccount(1)}, "an address has 20 bytes"),
        ({A: GenesisAccount(1 << 160)}, "is not below 2\\^160"),
        ({A: GenesisAccount(-1)}, "is not below 2\\^160"),
        ({A: GenesisAccount((1 << 160) - 1), B: GenesisAccount(1)}, "add up to 2\\^160"),
        ({A: GenesisAccount(nonce=(1 << 64) - 1)}, "is not below 2\\^64 - 1"),
        ({A: GenesisAccount(code=bytes(24_577))}, "more than 24576"),
        ({bytes(19) + b"\x01": GenesisAccount(code=b"\x00")}, "a precompile has no code"),
        ({bytes(18) + b"\x01\x00": GenesisAccount(code=b"\x00")}, "a precompile has no code"),
        ({A: GenesisAccount(1, storage={1: 1})}, "storage without code or nonce"),
        ({A: GenesisAccount(nonce=1, storage={1 << 256: 1})}, "not below 2\\^256"),
        ({A: GenesisAccount(nonce=1, storage={1: -1})}, "not below 2\\^256"),
        ({HISTORY_ADDRESS: GenesisAccount(nonce=1)}, "must have the code of EIP-2935"),
    ],
)
def test_a_state_that_breaks_an_invariant_is_refused(
    accounts: dict[bytes, GenesisAccount], complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        allocation(accounts)
    assert str(caught.value).startswith("genesis: ")
