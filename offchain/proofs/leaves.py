"""The leaves of the diff and of the scratch: which key an entry of the machine's maps has, and which value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from offchain.hashing import keccak
from offchain.state.keys import account_leaf, code_leaf, code_value, slot_leaf
from offchain.trees.code_pages import code_root

if TYPE_CHECKING:
    from offchain.evm.overlay import Overlay

__all__ = [
    "CREATED",
    "DESTROYED",
    "DIFF_MAPS",
    "SCRATCH_MAPS",
    "WARM_FLAG",
    "DiffLeaves",
    "flags_leaf",
    "scratch_leaf",
    "scratch_value",
    "transient_leaf",
    "warm_slot_leaf",
]

DIFF_MAPS: Final = ("accounts", "slots", "code_hashes")
SCRATCH_MAPS: Final = ("warm_addresses", "warm_slots", "created", "destroyed", "transient")

WARM_FLAG: Final = 1
CREATED: Final = 2
DESTROYED: Final = 4

_FLAGS_TAG: Final = b"\x03"
_WARM_SLOT_TAG: Final = b"\x04"
_TRANSIENT_TAG: Final = b"\x05"


class DiffLeaves:
    """Leaves of the diff of one overlay. A map's ``name`` is one of DIFF_MAPS."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self._code_roots: dict[bytes, bytes] = {}

    @staticmethod
    def leaf_of(name: str, key: Any) -> bytes:
        """The hashed key of an entry."""
        if name == "accounts":
            return account_leaf(key)
        return slot_leaf(*key) if name == "slots" else code_leaf(key)

    def value_of(self, name: str, value: Any) -> bytes:
        """The 32 bytes of a value, zeros where it is absent."""
        if name != "code_hashes":
            word: bytes = value.to_bytes(32, "big")
            return word
        return code_value(value, self.root_of_code(value)) if value else bytes(32)

    def change_of(self, name: str, key: Any, value: Any) -> bytes | None:
        """The leaf's value, None where the pre-state has the same: then the diff has no leaf."""
        before = getattr(self._overlay, f"pre_{name}")[key]
        return None if value == before else self.value_of(name, value)

    def root_of_code(self, code_hash: bytes) -> bytes:
        """The page root of a code that the pre-state or the batch has."""
        root = self._code_roots.get(code_hash)
        if root is None:
            overlay = self._overlay
            raw = overlay.new_code.get(code_hash)
            root = code_root(overlay.pre.code(code_hash) if raw is None else raw)
            self._code_roots[code_hash] = root
        return root


# Scratch


def flags_leaf(address: bytes) -> bytes:
    """The key of an account's flags."""
    return keccak(address + _FLAGS_TAG)


def warm_slot_leaf(slot: tuple[bytes, int]) -> bytes:
    """The key that says that a slot is warm."""
    return keccak(slot[0] + _WARM_SLOT_TAG + slot[1].to_bytes(32, "big"))


def transient_leaf(slot: tuple[bytes, int]) -> bytes:
    """The key of a transient value."""
    return keccak(slot[0] + _TRANSIENT_TAG + slot[1].to_bytes(32, "big"))


def scratch_leaf(name: str, key: Any) -> bytes:
    """The hashed key of an entry of a map of SCRATCH_MAPS; three of them share the flags."""
    if name == "warm_slots":
        return warm_slot_leaf(key)
    return transient_leaf(key) if name == "transient" else flags_leaf(key)


def scratch_value(name: str, key: Any, get: Callable[[str, Any], Any]) -> bytes | None:
    """The leaf's value, None for no leaf; ``get`` finds an entry of a map, None where it is absent."""
    if name == "transient":
        value = get("transient", key) or 0
    elif name == "warm_slots":
        value = 1 if get("warm_slots", key) else 0
    else:
        value = (
            (WARM_FLAG if get("warm_addresses", key) else 0)
            | (CREATED if get("created", key) else 0)
            | (DESTROYED if get("destroyed", key) else 0)
        )
    return value.to_bytes(32, "big") if value else None
