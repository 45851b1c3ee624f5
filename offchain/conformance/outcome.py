"""What executing a case gave, in one form for every EVM, so that any two can be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import rlp

from offchain.conformance.case import Account
from offchain.hashing import keccak

__all__ = ["REJECTED", "Log", "Outcome", "differences", "logs_hash", "state_digest"]

#: The status of a transaction that is not included.
REJECTED: Final = "rejected"

Log = tuple[bytes, tuple[bytes, ...], bytes]

_NO_ACCOUNT = Account(0, 0, b"")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole state after the transaction and its receipt.

    ``status`` is "success", "failure" (included, but reverted or halted) or "rejected" (not included; then
    ``reason`` says why, in that EVM's own words, and ``post`` is the state before). ``logs`` are (address,
    topics, data). ``notes`` are facts that Deltaroll declares impossible, see `offchain.conformance.skips`.
    """

    status: str
    reason: str
    gas_used: int
    logs: tuple[Log, ...]
    post: Mapping[bytes, Account]
    notes: tuple[str, ...] = ()


def logs_hash(logs: tuple[Log, ...]) -> bytes:
    """keccak256(rlp(logs)), the digest of logs in state tests."""
    return keccak(rlp.encode([[address, list(topics), data] for address, topics, data in logs]))


def state_digest(post: Mapping[bytes, Account]) -> bytes:
    """A digest of 32 bytes over every account, its code and every non-zero slot.

    An account without nonce, balance, code and storage is the same as none.
    """
    digest = hashlib.sha256()
    for address in sorted(post):
        account = post[address]
        if account.is_empty and not account.storage:
            continue
        digest.update(
            b"%b%b%b%b%b"
            % (
                address,
                account.nonce.to_bytes(8, "big"),
                account.balance.to_bytes(32, "big"),
                account.code_hash,
                len(account.storage).to_bytes(8, "big"),
            )
        )
        for key in sorted(account.storage):
            digest.update(key.to_bytes(32, "big") + account.storage[key].to_bytes(32, "big"))
    return digest.digest()


def differences(ours: Outcome, theirs: Outcome) -> Iterator[str]:
    """Each field in which two outcomes differ, as "what: ours <value>, oracle <value>"."""
    if ours.status != theirs.status:
        yield f"status: ours {ours.status} ({ours.reason}), oracle {theirs.status} ({theirs.reason})"
    if ours.gas_used != theirs.gas_used:
        yield f"gas used: ours {ours.gas_used}, oracle {theirs.gas_used}"
    if ours.logs != theirs.logs:
        yield f"logs: ours {_show_logs(ours.logs)}, oracle {_show_logs(theirs.logs)}"
    for address in sorted(ours.post.keys() | theirs.post.keys()):
        mine, other = ours.post.get(address, _NO_ACCOUNT), theirs.post.get(address, _NO_ACCOUNT)
        if mine is other or mine == other:
            continue
        for field in ("nonce", "balance"):
            have, want = getattr(mine, field), getattr(other, field)
            if have != want:
                yield f"{field} of 0x{address.hex()}: ours {have}, oracle {want}"
        if mine.code != other.code:
            yield f"code of 0x{address.hex()}: ours {_show_code(mine.code)}, oracle {_show_code(other.code)}"
        for key in sorted(mine.storage.keys() | other.storage.keys()):
            have, want = mine.storage.get(key, 0), other.storage.get(key, 0)
            if have != want:
                yield f"slot {key:#x} of 0x{address.hex()}: ours {have:#x}, oracle {want:#x}"


def _show_code(code: bytes) -> str:
    return f"{len(code)} bytes 0x{code[:24].hex()}{'..' if len(code) > 24 else ''}"


def _show_logs(logs: tuple[Log, ...]) -> str:
    return f"{len(logs)} with hash 0x{logs_hash(logs).hex()[:16]}"
