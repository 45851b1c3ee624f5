"""The overlay and the scratch of a machine that makes witnesses: each proven read and write leaves its proof.

A key's value is proven once a step, at the first read, and so is its value in the pre-state; every write opens the
diff anew. The provers on L1 do the same reads and writes in the same order (`contracts/osp/StateAccess.sol`,
`ScratchAccess.sol`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from offchain.evm.code import DELEGATION_SIZE
from offchain.evm.gas import WARM
from offchain.evm.overlay import Overlay
from offchain.evm.precompiles import PRECOMPILES
from offchain.evm.scratch import Scratch
from offchain.hashing import keccak
from offchain.proofs.leaves import (
    CREATED,
    DESTROYED,
    DIFF_MAPS,
    SCRATCH_MAPS,
    WARM_FLAG,
    DiffLeaves,
    flags_leaf,
    scratch_leaf,
    scratch_value,
    transient_leaf,
    warm_slot_leaf,
)
from offchain.proofs.trees import MirroredTree, TrackedDict
from offchain.state.keys import slot_leaf

if TYPE_CHECKING:
    from offchain.evm.code import Code, CodeCache
    from offchain.evm.context import PreState
    from offchain.evm.journal import JournalEntry
    from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["CREATED", "DESTROYED", "WARM_FLAG", "ProvingOverlay", "ProvingScratch", "Record"]

Record = Callable[[bytes], None]
"""Takes one part of the witness of the step in progress."""


class ProvingOverlay(Overlay):
    """An overlay with a tree beside it. ``pre_tree`` is the tree of the pre-state."""

    def __init__(
        self,
        pre: PreState,
        pre_tree: SparseMerkleTree,
        codes: CodeCache,
        journal: list[JournalEntry],
        record: Record,
    ) -> None:
        super().__init__(pre, codes, journal)
        self.pre_tree = pre_tree
        self._record = record
        self._known: set[tuple[str, Any]] = set()
        self._known_before: set[bytes] = set()
        self._leaves = DiffLeaves(self)
        maps = {name: TrackedDict() for name in DIFF_MAPS}
        self.accounts = maps["accounts"]
        self.slots = maps["slots"]
        self.code_hashes = maps["code_hashes"]
        self.mirror = MirroredTree(maps, self._leaves.leaf_of, self._diff_value_of)

    def forget(self) -> None:
        """Forget what was proven: a step begins, or a checkpoint was put back."""
        self._known.clear()
        self._known_before.clear()

    # Reads

    def account(self, address: bytes) -> int:
        """See `Overlay.account`."""
        self._prove_read("accounts", address)
        return super().account(address)

    def slot(self, slot: tuple[bytes, int]) -> int:
        """See `Overlay.slot`."""
        self._prove_read("slots", slot)
        return super().slot(slot)

    def code_hash(self, address: bytes) -> bytes:
        """See `Overlay.code_hash`. The proof opens the value as code hash and code root."""
        if ("code_hashes", address) not in self._known:
            self._prove_read("code_hashes", address)
            code_hash = super().code_hash(address)
            if code_hash:
                self._record(code_hash + self._leaves.root_of_code(code_hash))
        return super().code_hash(address)

    def delegate_of(self, code: Code) -> bytes | None:
        """See `Overlay.delegate_of`. Code of a delegation's size is shown whole; its hash has been proven."""
        if code.size == DELEGATION_SIZE:
            self._record(code.raw)
        return super().delegate_of(code)

    def original_slot(self, slot: tuple[bytes, int], tree: SparseMerkleTree) -> None:
        """Prove the value that the transaction started with (EIP-2200), in the diff of that moment."""
        leaf = slot_leaf(*slot)
        self._record(tree.prove(leaf))
        if tree.get(leaf) is None:
            self._prove_before(leaf)

    # Writes

    def set_account(self, address: bytes, account: int) -> None:
        """See `Overlay.set_account`."""
        old = Overlay.account(self, address)
        self._prove_write("accounts", address, account)
        self.journal.append((self.accounts, address, old))
        self.accounts[address] = account

    def set_slot(self, slot: tuple[bytes, int], value: int) -> None:
        """See `Overlay.set_slot`."""
        old = Overlay.slot(self, slot)
        self._prove_write("slots", slot, value)
        self.journal.append((self.slots, slot, old))
        self.slots[slot] = value

    def set_code(self, address: bytes, raw: bytes) -> None:
        """See `Overlay.set_code`: a read of the account, the code's entry, then the account with its size."""
        self.account(address)
        old = Overlay.code_hash(self, address)
        code_hash = keccak(raw) if raw else b""
        if raw:
            self.codes.add(raw, code_hash)
            self.new_code[code_hash] = raw
        self._prove_write("code_hashes", address, code_hash)
        self.journal.append((self.code_hashes, address, old))
        self.code_hashes[address] = code_hash
        self.set_code_size(address, len(raw))

    # Proofs

    def _prove_read(self, name: str, key: Any) -> None:
        if (name, key) in self._known:
            return
        self._known.add((name, key))
        leaf = self._leaves.leaf_of(name, key)
        tree = self.mirror.tree
        self._record(tree.prove(leaf))
        if tree.get(leaf) is None:
            self._prove_before(leaf)

    def _prove_write(self, name: str, key: Any, value: Any) -> None:
        self._known.add((name, key))
        leaf = self._leaves.leaf_of(name, key)
        tree = self.mirror.tree
        self._prove_before(leaf)
        is_old = self._leaves.value_of(name, value) == self._leaves.value_of(
            name, getattr(self, f"pre_{name}")[key]
        )
        if is_old and tree.get(leaf) is not None:
            self._record(tree.prove_remove(leaf))
        else:
            self._record(tree.prove(leaf))

    def _prove_before(self, leaf: bytes) -> None:
        if leaf not in self._known_before:
            self._known_before.add(leaf)
            self._record(self.pre_tree.prove(leaf))

    def _diff_value_of(self, name: str, key: Any) -> bytes | None:
        return self._leaves.change_of(name, key, getattr(self, name)[key])


class ProvingScratch(Scratch):
    """A scratch with a tree beside it."""

    def __init__(self, journal: list[JournalEntry], record: Record) -> None:
        super().__init__(journal)
        self._record = record
        maps = {name: TrackedDict() for name in SCRATCH_MAPS}
        self.warm_addresses = maps["warm_addresses"]
        self.warm_slots = maps["warm_slots"]
        self.created = maps["created"]
        self.destroyed = maps["destroyed"]
        self.transient = maps["transient"]
        self.mirror = MirroredTree(maps, scratch_leaf, self._value_of)

    def warm_address(self, address: bytes) -> int:
        """See `Scratch.warm_address`. Precompiles have no leaf and need no proof."""
        if address in PRECOMPILES:
            return WARM
        self._prove(flags_leaf(address))
        return super().warm_address(address)

    def warm_slot(self, slot: tuple[bytes, int]) -> int:
        """See `Scratch.warm_slot`."""
        self._prove(warm_slot_leaf(slot))
        return super().warm_slot(slot)

    def mark_created(self, address: bytes) -> None:
        """See `Scratch.mark_created`."""
        self._prove(flags_leaf(address))
        super().mark_created(address)

    def mark_destroyed(self, address: bytes) -> bool:
        """See `Scratch.mark_destroyed`."""
        self._prove(flags_leaf(address))
        return super().mark_destroyed(address)

    def is_destroyed(self, address: bytes) -> bool:
        """See `Scratch.is_destroyed`."""
        self._prove(flags_leaf(address))
        return super().is_destroyed(address)

    def get_transient(self, slot: tuple[bytes, int]) -> int:
        """See `Scratch.get_transient`."""
        self._prove(transient_leaf(slot))
        return super().get_transient(slot)

    def set_transient(self, slot: tuple[bytes, int], value: int) -> None:
        """See `Scratch.set_transient`."""
        leaf = transient_leaf(slot)
        tree = self.mirror.tree
        if not value and tree.get(leaf) is not None:
            self._record(tree.prove_remove(leaf))
        else:
            self._record(tree.prove(leaf))
        super().set_transient(slot, value)

    def _prove(self, leaf: bytes) -> None:
        self._record(self.mirror.tree.prove(leaf))

    def _value_of(self, name: str, key: Any) -> bytes | None:
        return scratch_value(name, key, lambda name, key: getattr(self, name).get(key))
