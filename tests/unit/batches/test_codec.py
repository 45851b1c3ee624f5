"""The wire format of T_n (docs/batches.md): what each malformed case means, in a test of its name."""

from __future__ import annotations

from collections.abc import Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given

from offchain.batches.codec import MAX_ORDER_SIZE, decode_items, encode_order
from offchain.batches.executor import BatchResult, PythonExecutor
from offchain.errors import InputError
from offchain.evm.account import nonce_of, pack_account
from offchain.evm.context import BatchContext, MemoryState
from offchain.evm.history import HISTORY_ADDRESS, HISTORY_CODE
from offchain.evm.items import MAX_ITEM_SIZE, MAX_ITEMS
from offchain.evm.reason import Reason
from offchain.evm.receipt import Status
from offchain.evm.signing import address_of_key, sign_transaction
from offchain.hashing import keccak

KEY = keccak(b"the sender of the codec tests")
SENDER = address_of_key(KEY)
RECIPIENT = b"\x22" * 20
CONTRACT_CODE = b"\x00"
CONTEXT = BatchContext(
    chain_id=26,
    number=1,
    timestamp=1_800_000_000,
    prevrandao=bytes(32),
    parent_order_hash=b"\x01" * 32,
    coinbase=b"\xcc" * 20,
    gas_limit=1 << 24,
    base_fee=7,
)

items = st.lists(st.binary(min_size=1, max_size=40), max_size=8)


def state(*, balance: int = 10**18, nonce: int = 0, code: bytes = b"") -> MemoryState:
    accounts = {
        SENDER: pack_account(nonce, balance, len(code)),
        HISTORY_ADDRESS: pack_account(1, 0, len(HISTORY_CODE)),
    }
    hashes = {HISTORY_ADDRESS: keccak(HISTORY_CODE)} | ({SENDER: keccak(code)} if code else {})
    return MemoryState(accounts, {}, hashes, {keccak(HISTORY_CODE): HISTORY_CODE, keccak(code): code})


def transfer(nonce: int = 0, **changes: int) -> bytes:
    fields = {"gas_limit": 21_000, "max_fee": 7, "value": 1} | changes
    return sign_transaction(KEY, chain_id=26, nonce=nonce, to=RECIPIENT, **fields)  # type: ignore[arg-type]


def run(data: bytes, pre: MemoryState | None = None) -> BatchResult:
    return PythonExecutor().execute(state() if pre is None else pre, CONTEXT, data)


def statuses(data: bytes) -> list[Status]:
    return [receipt.status for receipt in run(data).receipts]


def framed(*parts: bytes) -> bytes:
    return b"\x00" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


# The framing: nothing in it can fail, it can only end the batch.


@given(items)
def test_items_are_read_as_they_were_written(written: list[bytes]) -> None:
    data = encode_order(written)
    assert data == framed(*written)
    assert list(decode_items(data)) == written


@given(items, st.binary(max_size=3))
def test_fewer_than_four_bytes_left_end_the_batch(written: list[bytes], tail: bytes) -> None:
    assert list(decode_items(encode_order(written) + tail)) == written


@given(items, st.binary(max_size=60))
def test_length_zero_ends_the_batch(written: list[bytes], tail: bytes) -> None:
    assert list(decode_items(encode_order(written) + bytes(4) + tail)) == written


@given(items, st.binary(max_size=20), st.integers(1, (1 << 32) - 21))
def test_a_length_past_the_end_ends_the_batch(written: list[bytes], tail: bytes, more: int) -> None:
    length = len(tail) + more
    assert list(decode_items(encode_order(written) + length.to_bytes(4, "big") + tail)) == written


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_an_order(data: bytes) -> None:
    read = list(decode_items(data))
    assert all(read)
    assert data[1:].startswith(framed(*read)[1:])


def test_an_item_that_fills_the_order_to_its_last_byte_is_read() -> None:
    assert list(decode_items(framed(b"ab"))) == [b"ab"]
    assert list(decode_items(framed(b"ab")[:-1])) == []


def test_item_4095_ends_the_batch() -> None:
    data = framed(*[b"\x01"] * (MAX_ITEMS + 1))
    assert MAX_ITEMS == 4_094
    assert len(list(decode_items(data))) == MAX_ITEMS
    assert len(run(data).receipts) == MAX_ITEMS


def test_an_order_of_the_version_byte_alone_is_an_empty_batch() -> None:
    assert list(decode_items(b"\x00")) == []
    assert run(b"\x00").receipts == ()


def test_what_comes_after_the_end_is_never_executed() -> None:
    data = framed(transfer(0)) + bytes(4) + framed(transfer(1))[1:]
    assert statuses(data) == [Status.SUCCESS]


@given(st.binary(min_size=1, max_size=200))
def test_the_machine_reads_the_items_that_the_codec_reads(data: bytes) -> None:
    assert [receipt.hash for receipt in run(data).receipts] == [keccak(item) for item in decode_items(data)]


# Writing: what would not be read back is refused.


def test_an_empty_item_is_refused() -> None:
    with pytest.raises(InputError, match="item 1 is empty"):
        encode_order([b"a", b""])


def test_more_than_4094_items_are_refused() -> None:
    encode_order([b"a"] * MAX_ITEMS)
    with pytest.raises(InputError, match="at most 4094 items"):
        encode_order([b"a"] * (MAX_ITEMS + 1))


def test_an_order_over_1048576_bytes_is_refused() -> None:
    largest = [bytes(MAX_ORDER_SIZE // 2 - 4), bytes(MAX_ORDER_SIZE // 2 - 5)]
    assert len(encode_order(largest)) == MAX_ORDER_SIZE == 1_048_576
    with pytest.raises(InputError, match="at most 1,048,576 bytes, not 1,048,577"):
        encode_order([*largest[:1], largest[1] + b"a"])


# Items that are framed well and invalid: skipped, and the next one is executed. The reasons that need no
# state have their tests in tests/unit/evm/test_transaction_reasons.py.


def skipped(invalid: bytes, following: Sequence[bytes], pre: MemoryState | None = None) -> str:
    """The reason for which the first item is skipped, all that follow being executed."""
    result = run(framed(invalid, *following), pre)
    first, *others = result.receipts
    assert (first.status, first.gas_used, first.logs) == (Status.SKIPPED, 0, ())
    assert [receipt.status for receipt in others] == [Status.SUCCESS] * len(following)
    return first.reason


def test_bad_rlp_inside_a_well_framed_item_is_skipped() -> None:
    assert skipped(transfer()[:-1], [transfer()]).startswith(Reason.MALFORMED_RLP)


def test_item_too_large() -> None:
    def padded(size: int) -> bytes:
        """A valid transaction of exactly so many bytes."""
        data = size
        while True:
            item = sign_transaction(
                KEY, chain_id=26, nonce=0, gas_limit=1 << 22, max_fee=7, to=RECIPIENT, data=bytes(data)
            )
            if len(item) == size:
                return item
            data -= len(item) - size

    assert run(framed(padded(MAX_ITEM_SIZE))).receipts[0].status is Status.SUCCESS
    assert skipped(padded(MAX_ITEM_SIZE + 1), [transfer()]) == "item too large: 98305 bytes"


def test_batch_gas() -> None:
    rest = CONTEXT.gas_limit - 21_000
    greedy = transfer(1, gas_limit=rest + 1)
    result = run(framed(transfer(), greedy, transfer(1, gas_limit=rest)))
    assert [receipt.status for receipt in result.receipts] == [
        Status.SUCCESS,
        Status.SKIPPED,
        Status.SUCCESS,
    ]
    assert result.receipts[1].reason.startswith(Reason.BATCH_GAS)


def test_fee_below_base_fee() -> None:
    assert skipped(transfer(max_fee=6), [transfer()]).startswith(Reason.FEE_BELOW_BASE_FEE)


def test_nonce_mismatch() -> None:
    for nonce in (0, 2):
        reason = skipped(transfer(nonce), [transfer(1)], state(nonce=1))
        assert reason.startswith(Reason.NONCE_MISMATCH)


def test_insufficient_funds() -> None:
    exact = 21_000 * 7 + 1
    assert skipped(transfer(value=2), [transfer()], state(balance=exact)).startswith(
        Reason.INSUFFICIENT_FUNDS
    )
    assert skipped(transfer(value=1 << 160), [transfer()]).startswith(Reason.INSUFFICIENT_FUNDS)


def test_sender_has_code() -> None:
    assert skipped(transfer(), [], state(code=CONTRACT_CODE)) == Reason.SENDER_HAS_CODE
    delegation = b"\xef\x01\x00" + RECIPIENT
    assert run(framed(transfer()), state(code=delegation)).receipts[0].status is Status.SUCCESS


def test_a_skipped_item_changes_nothing() -> None:
    diff = run(framed(transfer(9), transfer(max_fee=1), b"\xff")).diff
    assert not diff.accounts
    assert {address for address, _ in diff.slots} == {HISTORY_ADDRESS}


def test_a_skipped_item_takes_no_nonce() -> None:
    diff = run(framed(transfer(1), transfer(0), transfer(1))).diff
    assert nonce_of(diff.accounts[SENDER]) == 2
