"""JSON from outside is read as `json` reads it, and never ends the process."""

from __future__ import annotations

import json
import sys

import hypothesis.strategies as st
import pytest
from hypothesis import given

from offchain.json_text import MAX_DEPTH, parse_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_a_value_is_read_as_it_was_written(value: object) -> None:
    assert parse_json(json.dumps(value)) == value


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_deep_nesting_is_refused_whatever_the_recursion_limit(bracket: str) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)  # as py_ecc and py-evm leave it, or worse
    try:
        with pytest.raises(ValueError, match="nested deeper"):
            parse_json(bracket * 10**6)
    finally:
        sys.setrecursionlimit(limit)


def test_brackets_in_strings_do_not_count() -> None:
    text = json.dumps(["[" * 1_000, '\\"[' * 1_000])
    assert parse_json(text) == json.loads(text)


def test_the_greatest_depth_is_read() -> None:
    parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)


@pytest.mark.parametrize("text", ['"' + '\\"' * 200_000, '"' + '\\"' * 200_000 + "\\", '"'])
def test_a_string_that_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="string"):
        parse_json(text)
