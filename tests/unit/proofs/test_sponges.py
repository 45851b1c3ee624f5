"""Sponges: one after another, resumed, and many in step are the same."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.evm.pending import KECCAK_BLOCK
from offchain.hashing import keccak
from offchain.proofs.sponge import Sponges, absorb_many, sponge_bytes

BLOCKS = st.lists(st.integers(1, 9), min_size=1, max_size=4)


def content(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


@given(st.binary(max_size=600))
def test_the_sponge_of_the_padded_content_holds_its_hash(data: bytes) -> None:
    padded = bytearray(data + b"\x01").ljust((len(data) // KECCAK_BLOCK + 1) * KECCAK_BLOCK, b"\0")
    padded[-1] ^= 0x80
    lanes = sponge_bytes(bytes(padded))
    assert b"".join(lanes[8 * i : 8 * i + 8][::-1] for i in range(4)) == keccak(data)


@settings(deadline=None, max_examples=30)
@given(st.lists(BLOCKS, min_size=1, max_size=6))
def test_contents_absorbed_in_step_have_the_sponges_that_each_has_alone(wanted: list[list[int]]) -> None:
    contents = [content(seed, max(blocks) * KECCAK_BLOCK + 50) for seed, blocks in enumerate(wanted)]
    ends = [{count * KECCAK_BLOCK for count in blocks} for blocks in wanted]
    for data, places, states in zip(
        contents, ends, absorb_many(list(zip(contents, ends, strict=True))), strict=True
    ):
        assert set(states) == places
        for at, lanes in states.items():
            assert b"".join(lane.to_bytes(8, "big") for lane in lanes) == sponge_bytes(data[:at])


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 9), st.booleans()), max_size=20))
def test_sponges_do_not_depend_on_what_was_asked_before(questions: list[tuple[int, int, bool]]) -> None:
    contents = [content(seed, 10 * KECCAK_BLOCK) for seed in range(8)]
    sponges = Sponges()
    for number, (which, blocks, ahead) in enumerate(questions):
        at = blocks * KECCAK_BLOCK
        if ahead:
            sponges.want(contents[which], at)
            sponges.want(contents[(which + 3) % 8], 2 * KECCAK_BLOCK)
            sponges.absorb_wanted()
        elif number % 5 == 4:
            sponges.forget()
        assert sponges.bytes_at(contents[which], at) == (sponge_bytes(contents[which][:at]) if at else b"")
