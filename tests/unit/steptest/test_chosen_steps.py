"""Which steps of a long case are asked about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from offchain.steptest.steps import FULL_LIMIT, LONG_SAMPLE, chosen_steps


@given(st.integers(1, 40_000), st.none() | st.integers(1, 3_000), st.binary(max_size=4))
def test_as_many_steps_as_asked_for_all_of_the_case(total: int, sample: int | None, seed: bytes) -> None:
    chosen = chosen_steps(total, sample, seed)
    limit = sample or (LONG_SAMPLE if total > FULL_LIMIT else total)
    assert len(chosen) == min(total, limit)
    assert all(0 <= index < total for index in chosen)
    assert set(chosen) == set(chosen_steps(total, sample, seed))


@given(st.integers(FULL_LIMIT + 1, 100_000))
def test_a_long_case_has_its_ends_in_the_sample(total: int) -> None:
    chosen = chosen_steps(total, None, b"")
    assert {*range(200), *range(total - 200, total)} <= set(chosen)
    assert len(chosen) == 2_000
