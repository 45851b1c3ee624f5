"""Jump targets are found by native loops over the whole code: they have to be those of the definition."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offchain.evm.code import Code

JUMPDEST, PUSH1, PUSH32 = 0x5B, 0x60, 0x7F


def plain_targets(raw: bytes) -> set[int]:
    """The definition (yellow paper, section 9.4.3)."""
    targets = set()
    at = 0
    while at < len(raw):
        if raw[at] == JUMPDEST:
            targets.add(at)
        at += raw[at] - PUSH1 + 2 if PUSH1 <= raw[at] <= PUSH32 else 1
    return targets


dense = st.lists(
    st.sampled_from([JUMPDEST, JUMPDEST, PUSH1, PUSH1 + 1, PUSH32, 0x5F, 0x80, 0x00, 0x0A]), max_size=120
)


@given(st.binary(max_size=200) | dense.map(bytes))
@example(b"")
@example(bytes([PUSH32]))
@example(bytes([PUSH32]) + bytes([JUMPDEST]) * 31)
@example(bytes([PUSH32]) + bytes([JUMPDEST]) * 33)
@example(bytes([JUMPDEST, PUSH1, JUMPDEST, JUMPDEST]))
def test_targets_are_the_jumpdests_outside_of_push_data(raw: bytes) -> None:
    assert Code(raw, b"").jump_targets == plain_targets(raw)


@pytest.mark.parametrize("size", range(1, 33))
def test_each_push_hides_as_many_bytes_as_it_has(size: int) -> None:
    raw = bytes([PUSH1 + size - 1]) + bytes([JUMPDEST]) * (size + 1)
    assert Code(raw, b"").jump_targets == {size + 1}
