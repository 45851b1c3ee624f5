"""One state test case: a state, a block environment, a signed transaction, and what is expected after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offchain.hashing import EMPTY_CODE_HASH, keccak

__all__ = ["EMPTY_LOGS_HASH", "Account", "BlockEnvironment", "StateCase", "fake_block_hash"]

#: keccak256(rlp([])): the logs hash of a transaction without logs.
EMPTY_LOGS_HASH = keccak(b"\xc0")


@dataclass(frozen=True, slots=True)
class Account:
    """An account with all of its storage. ``storage`` holds non-zero words only."""

    nonce: int
    balance: int
    code: bytes
    storage: Mapping[int, int] = field(default_factory=dict)

    @property
    def code_hash(self) -> bytes:
        """keccak256 of the code, also of an empty one."""
        return keccak(self.code) if self.code else EMPTY_CODE_HASH

    @property
    def is_empty(self) -> bool:
        """No nonce, balance or code (EIP-161); storage does not count."""
        return not (self.nonce or self.balance or self.code)


@dataclass(frozen=True, slots=True)
class BlockEnvironment:
    """The block that the transaction runs in. ``excess_blob_gas`` gives the blob base fee (EIP-4844).

    ``block_hashes`` maps a number to what BLOCKHASH gives; without it the rule of state tests holds.
    """

    number: int
    timestamp: int
    prevrandao: bytes
    coinbase: bytes
    gas_limit: int
    base_fee: int
    excess_blob_gas: int
    chain_id: int
    block_hashes: Mapping[int, bytes] | None = None

    def block_hash(self, number: int) -> bytes:
        """The hash of a block that lies at most 256 back."""
        if self.block_hashes is None:
            return fake_block_hash(number)
        return self.block_hashes.get(number, bytes(32))


@dataclass(frozen=True, slots=True)
class StateCase:
    """One entry of ``post`` of one test.

    ``fork`` is the fork that the entry was filled for; ``expected_root`` and ``expected_logs`` hold under it
    only. ``expected_exception`` is the fixture's word for why the transaction must be rejected.
    """

    path: str
    name: str
    fork: str
    environment: BlockEnvironment
    pre: Mapping[bytes, Account]
    raw: bytes
    expected_root: bytes
    expected_logs: bytes
    expected_exception: str | None
    test_hash: bytes

    @property
    def key(self) -> bytes:
        """32 bytes that name what is executed: state, environment and transaction, not what is expected."""
        return keccak(self.test_hash + self.raw)


def fake_block_hash(number: int) -> bytes:
    """BLOCKHASH in a state test: keccak256 of the block number's decimal digits."""
    return keccak(str(number).encode())
