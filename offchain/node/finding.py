"""What a verifier finds wrong: a claim whose hash differs, and where it can be told, each entry that does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeVar

from offchain.evm.account import balance_of, code_size_of, nonce_of
from offchain.state.diff import Diff

__all__ = ["ClaimKind", "EntryDifference", "Finding", "differences"]

_Key = TypeVar("_Key")
_NO_ENTRY = "no entry"


class ClaimKind(StrEnum):
    """What was claimed."""

    DIFF = "h(D)"
    STATE = "h(S)"


@dataclass(frozen=True, slots=True)
class EntryDifference:
    """One key in words, with the value in the claimed diff and the one that execution gives."""

    key: str
    claimed: str
    computed: str

    def __str__(self) -> str:
        return f"{self.key}: claimed {self.claimed}, right is {self.computed}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim that differs. ``entries`` is empty where the claimed diff is not known; ``note`` says why."""

    kind: ClaimKind
    batch: int
    serial: int
    term: int
    final: bool
    claimed: bytes
    computed: bytes
    entries: tuple[EntryDifference, ...] = ()
    note: str = ""

    def summary(self) -> str:
        """One line."""
        return (
            f"batch {self.batch}: the claimed {self.kind} 0x{self.claimed.hex()} is false, right is "
            f"0x{self.computed.hex()} (serial {self.serial}, term {self.term}{', final' if self.final else ''})"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values; hashes as 0x hex."""
        return {
            "kind": str(self.kind),
            "batch": self.batch,
            "serial": self.serial,
            "term": self.term,
            "final": self.final,
            "claimed": f"0x{self.claimed.hex()}",
            "computed": f"0x{self.computed.hex()}",
            "entries": [asdict(entry) for entry in self.entries],
            "note": self.note,
        }


def differences(claimed: Diff, computed: Diff) -> tuple[EntryDifference, ...]:
    """Every key on which two diffs of one batch differ, accounts first, in the order of the plain keys."""
    found: list[EntryDifference] = []
    for address, one, other in _differing(claimed.accounts, computed.accounts):
        found += _account_difference(f"account 0x{address.hex()}", one, other)
    for (address, key), one, other in _differing(claimed.slots, computed.slots):
        found.append(
            EntryDifference(f"slot {key:#x} of contract 0x{address.hex()}", _word(one), _word(other))
        )
    for address, old, new in _differing(claimed.codes, computed.codes):
        found.append(EntryDifference(f"code of 0x{address.hex()}", _code(old), _code(new)))
    return tuple(found)


def _differing(claimed: Mapping[_Key, Any], computed: Mapping[_Key, Any]) -> Iterator[tuple[_Key, Any, Any]]:
    keys: list[Any] = list(claimed.keys() | computed.keys())
    for key in sorted(keys):
        one, other = claimed.get(key), computed.get(key)
        if one != other:
            yield key, one, other


def _account_difference(name: str, one: int | None, other: int | None) -> Iterator[EntryDifference]:
    if one is None or other is None:
        yield EntryDifference(name, _account(one), _account(other))
        return
    for what, part in (("balance", balance_of), ("nonce", nonce_of), ("code size", code_size_of)):
        if part(one) != part(other):
            yield EntryDifference(f"{name} {what}", str(part(one)), str(part(other)))


def _account(word: int | None) -> str:
    if word is None:
        return _NO_ENTRY
    if not word:
        return "deleted"
    return f"balance {balance_of(word)}, nonce {nonce_of(word)}, code size {code_size_of(word)}"


def _word(value: int | None) -> str:
    return _NO_ENTRY if value is None else f"{value:#x}"


def _code(code_hash: bytes | None) -> str:
    if code_hash is None:
        return _NO_ENTRY
    return f"hash 0x{code_hash.hex()}" if code_hash else "deleted"
