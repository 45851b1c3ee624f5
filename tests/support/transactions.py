"""Keys, hypothesis strategies and hand-built transactions for the tests of decoding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from offchain.evm.rlp import Encodable, encode
from offchain.evm.signing import sign_authorization, sign_digest, sign_transaction
from offchain.hashing import keccak

CHAIN_ID = 901
KEY = b"\x01" * 32
RECIPIENT = b"\x22" * 20

keys = st.binary(min_size=32, max_size=32).filter(lambda key: 0 < int.from_bytes(key, "big") < 1 << 255)
addresses = st.binary(min_size=20, max_size=20)
word_integers = st.integers(0, (1 << 256) - 1) | st.integers(0, 300)
access_lists = st.lists(st.tuples(addresses, st.lists(word_integers, max_size=3)), max_size=3)


@st.composite
def transaction_fields(draw: st.DrawFn) -> dict[str, Any]:
    """Keyword arguments of `sign_transaction` that make a valid transaction of any type."""
    kind = draw(st.sampled_from([0, 1, 2, 4]))
    max_fee = draw(st.integers(0, (1 << 231) - 1) | st.integers(0, 200))
    fields: dict[str, Any] = {
        "type": kind,
        "chain_id": CHAIN_ID if kind else draw(st.sampled_from([CHAIN_ID, None])),
        "nonce": draw(st.integers(0, (1 << 64) - 2) | st.integers(0, 200)),
        "gas_limit": draw(st.integers(1 << 20, 1 << 24)),
        "max_fee": max_fee,
        "to": draw(addresses) if kind == 4 else draw(addresses | st.none()),
        "value": draw(word_integers),
        "data": draw(st.binary(max_size=100) | st.binary(max_size=60).map(lambda data: data + bytes(300))),
    }
    if kind:
        fields["access_list"] = draw(access_lists)
    if kind >= 2:
        fields["max_priority_fee"] = draw(st.integers(0, max_fee))
    if kind == 4:
        signed = st.builds(
            lambda key, chain_id, address, nonce: sign_authorization(
                key, chain_id=chain_id, address=address, nonce=nonce
            ),
            keys,
            word_integers,
            addresses,
            st.integers(0, (1 << 64) - 1),
        )
        fields["authorizations"] = draw(st.lists(signed, min_size=1, max_size=3))
    return fields


def signed(**changes: Any) -> bytes:
    """A plain transfer of type 2 with some fields changed."""
    fields: dict[str, Any] = {
        "chain_id": CHAIN_ID,
        "nonce": 7,
        "gas_limit": 100_000,
        "max_fee": 10**9,
        "max_priority_fee": 10**8,
        "to": RECIPIENT,
        "value": 10**18,
    }
    return sign_transaction(KEY, **(fields | changes))


def signed_fields(
    kind: int, fields: Sequence[Encodable], signature: Sequence[Encodable] | None = None
) -> bytes:
    """Any fields under a type byte (none for type 0), properly signed, or with the signature given."""
    head = bytes([kind]) if kind else b""
    if signature is None:
        y_parity, r, s = sign_digest(keccak(head + encode(fields)), KEY)
        signature = [y_parity if kind else 27 + y_parity, r, s]
    return head + encode([*fields, *signature])
