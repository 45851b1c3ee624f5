"""ECRECOVER and P256VERIFY on signatures made here."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.evm.precompiles.ecrecover import ecrecover, ecrecover_gas
from offchain.evm.precompiles.p256 import N as P256_N
from offchain.evm.precompiles.p256 import p256_verify, p256_verify_gas
from offchain.evm.signature import SECP256K1_N
from offchain.evm.signing import address_of_key, sign_digest
from tests.support.transactions import keys

digests = st.binary(min_size=32, max_size=32)


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


@given(keys, digests)
def test_ecrecover_gives_the_signer_for_low_and_high_s(key: bytes, digest: bytes) -> None:
    y_parity, r, s = sign_digest(digest, key)
    signer = bytes(12) + address_of_key(key)
    assert ecrecover(digest + word(27 + y_parity) + word(r) + word(s)) == signer
    assert ecrecover(digest + word(28 - y_parity) + word(r) + word(SECP256K1_N - s) + b"ignored") == signer
    assert ecrecover(digest + word(28 - y_parity) + word(r) + word(s)) != signer


@given(digests)
def test_ecrecover_gives_nothing_where_nothing_can_be_recovered(digest: bytes) -> None:
    for v, r, s in [
        (0, 1, 1),
        (29, 1, 1),
        (27, 0, 1),
        (27, 1, 0),
        (27, SECP256K1_N, 1),
        (27, 1, SECP256K1_N),
        (27, 5, 1),
    ]:
        assert ecrecover(digest + word(v) + word(r) + word(s)) == b""
    assert ecrecover(b"") == b""
    assert ecrecover_gas(b"") == 3_000


@settings(deadline=None, max_examples=50)
@given(st.integers(1, P256_N - 1), digests, st.integers(0, 160 * 8 - 1))
def test_p256_verify_takes_a_signature_and_no_change_of_it(secret: int, digest: bytes, bit: int) -> None:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
    public = key.public_key().public_numbers()
    data = digest + word(r) + word(s) + word(public.x) + word(public.y)
    assert p256_verify(data) == word(1)
    assert p256_verify(digest + word(r) + word(P256_N - s) + data[96:]) == word(1)
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    assert p256_verify(bytes(changed)) == b""


def test_p256_verify_never_fails() -> None:
    for data in (b"", bytes(159), bytes(160), bytes(161), b"\xff" * 160):
        assert p256_verify(data) == b""
        assert p256_verify_gas(data) == 6_900
