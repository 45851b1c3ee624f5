"""Published diffs are read as they were written, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from offchain.errors import DecodeError, InputError
from offchain.hashing import keccak
from offchain.node.diff_file import decode_diff, diff_path, encode_diff, read_diff, write_diff
from offchain.node.finding import differences
from offchain.state.diff import Diff

addresses = st.binary(min_size=20, max_size=20)
words = st.integers(0, (1 << 256) - 1)


@st.composite
def diffs(draw: st.DrawFn) -> Diff:
    codes = draw(st.dictionaries(addresses, st.binary(max_size=40), max_size=3))
    return Diff(
        draw(st.dictionaries(addresses, words, max_size=4)),
        draw(st.dictionaries(st.tuples(addresses, words), words, max_size=4)),
        {address: keccak(code) if code else b"" for address, code in codes.items()},
        {keccak(code): code for code in codes.values() if code},
    )


@given(diffs())
def test_a_diff_is_read_as_it_was_written(diff: Diff) -> None:
    assert decode_diff(encode_diff(diff)) == diff


@given(diffs(), diffs())
def test_equal_texts_are_equal_diffs_and_equal_hashes(one: Diff, other: Diff) -> None:
    assert (encode_diff(one) == encode_diff(other)) == (one == other)
    assert (one.root() == other.root()) == (not differences(one, other))


@given(diffs())
def test_a_diff_does_not_differ_from_itself(diff: Diff) -> None:
    assert differences(diff, diff) == ()


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(DecodeError):
        decode_diff(text)


ADDRESS = "0x" + "11" * 20
GOOD = json.loads(encode_diff(Diff()))


@pytest.mark.parametrize(
    "change",
    [
        {"format": "deltaroll diff 2"},
        {"accounts": []},
        {"accounts": {ADDRESS: {"balance": str(1 << 160), "nonce": 0, "codeSize": 0}}},
        {"accounts": {ADDRESS: {"balance": "1", "nonce": -1, "codeSize": 0}}},
        {"accounts": {ADDRESS: {"balance": "1"}}},
        {"accounts": {"0x11": {"balance": "1", "nonce": 0, "codeSize": 0}}},
        {"slots": {ADDRESS: {"0x0": hex(1 << 256)}}},
        {"slots": {ADDRESS: 5}},
        {"codes": {ADDRESS: "11" * 32}},
        {"codes": {ADDRESS: "11"}},
        {"code": {"11" * 32: "00"}},
    ],
)
def test_a_file_with_a_fault_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(DecodeError):
        decode_diff(json.dumps(GOOD | change))


def test_a_file_is_found_by_batch_and_hash(tmp_path: Path) -> None:
    diff = Diff({bytes(20): 5})
    folder = tmp_path / "diffs"
    path = write_diff(folder, 7, diff)
    assert path == diff_path(folder, 7, diff.root())
    assert read_diff(folder, 7, diff.root()) == diff
    assert [file.name for file in folder.iterdir()] == [path.name]
    with pytest.raises(DecodeError, match="no diff is published"):
        read_diff(folder, 8, diff.root())


def test_a_disk_that_takes_nothing_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "diffs").write_text("a file where a folder should be")
    with pytest.raises(InputError, match="can't be written"):
        write_diff(tmp_path / "diffs", 1, Diff())
