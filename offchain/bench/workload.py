"""What a workload is: a first state, and orders of signed transactions on it. Always the same, run by run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from offchain.evm.context import BatchContext
from offchain.evm.signing import address_of_key, sign_transaction
from offchain.hashing import keccak
from offchain.state.genesis import GenesisAccount

__all__ = [
    "BASE_FEE",
    "CHAIN_ID",
    "ETHER",
    "Sender",
    "Workload",
    "call_data",
    "context_of",
    "make_senders",
    "named_address",
]

CHAIN_ID: Final = 43_112
BASE_FEE: Final = 7
MAX_FEE: Final = 50
TIP: Final = 3
ETHER: Final = 10**18
COINBASE: Final = bytes.fromhex("c0") * 20
BATCH_GAS: Final = 1 << 40  # the workload decides how much is in a batch


@dataclass(frozen=True, slots=True)
class Workload:
    """Orders to execute on a first state.

    ``batches`` are the items of each order. ``counts_gas``: the rate is in gas, else in transactions. ``target``
    is the least rate that the project asks of itself, in transactions or gas a second. ``py_evm_items`` and
    ``eels_items``: how many items of the first batch slower engines run.
    """

    name: str
    title: str
    genesis: Mapping[bytes, GenesisAccount]
    batches: tuple[tuple[bytes, ...], ...]
    counts_gas: bool
    target: int | None
    py_evm_items: int
    eels_items: int


class Sender:
    """A key with its next nonce."""

    __slots__ = ("address", "key", "nonce")

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.address = address_of_key(key)
        self.nonce = 0

    def sign(self, to: bytes | None, *, gas: int, value: int = 0, data: bytes = b"") -> bytes:
        """The next transaction of the key, of type 2."""
        raw = sign_transaction(
            self.key,
            chain_id=CHAIN_ID,
            nonce=self.nonce,
            gas_limit=gas,
            max_fee=MAX_FEE,
            max_priority_fee=TIP,
            to=to,
            value=value,
            data=data,
        )
        self.nonce += 1
        return raw


def make_senders(workload: str, count: int) -> list[Sender]:
    """``count`` keys that belong to the workload of that name."""
    return [Sender(keccak(f"deltaroll bench {workload} {index}".encode())) for index in range(count)]


def named_address(name: str, index: int = 0) -> bytes:
    """An address that nobody has the key of."""
    return keccak(f"deltaroll bench address {name} {index}".encode())[12:]


def call_data(signature: str, *words: int) -> bytes:
    """Selector and arguments of a call, each argument one word."""
    return keccak(signature.encode())[:4] + b"".join([word.to_bytes(32) for word in words])


def context_of(number: int) -> BatchContext:
    """The context of batch ``number``, from 1."""
    return BatchContext(
        chain_id=CHAIN_ID,
        number=number,
        timestamp=1_700_000_000 + 12 * number,
        prevrandao=keccak(b"prevrandao" + number.to_bytes(8)),
        parent_order_hash=keccak(b"order" + (number - 1).to_bytes(8)),
        coinbase=COINBASE,
        gas_limit=BATCH_GAS,
        base_fee=BASE_FEE,
    )


def cut(items: list[bytes], size: int) -> tuple[tuple[bytes, ...], ...]:
    """The items in batches of ``size``."""

    def batches() -> Iterator[tuple[bytes, ...]]:
        for start in range(0, len(items), size):
            yield tuple(items[start : start + size])

    return tuple(batches())
