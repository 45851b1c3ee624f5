"""What one transaction remembers and the next forgets: warm addresses and slots, creations, transient storage.

The scratch tree of docs/machine.md in dictionaries. Sets are dictionaries too, so that the journal can treat
all maps alike. Precompiles are warm by rule and have no entry (EIP-2929).
"""

from __future__ import annotations

from offchain.evm.gas import COLD_ACCOUNT, COLD_SLOT, WARM
from offchain.evm.journal import JournalEntry
from offchain.evm.precompiles import PRECOMPILES

__all__ = ["Scratch"]


class Scratch:
    """Scratch of one transaction; every change goes into the journal that it shares with the overlay."""

    __slots__ = ("created", "destroyed", "journal", "transient", "warm_addresses", "warm_slots")

    def __init__(self, journal: list[JournalEntry]) -> None:
        self.journal = journal
        self.warm_addresses: dict[bytes, bool] = {}
        self.warm_slots: dict[tuple[bytes, int], bool] = {}
        self.created: dict[bytes, bool] = {}
        self.destroyed: dict[bytes, bool] = {}
        self.transient: dict[tuple[bytes, int], int] = {}

    def warm_address(self, address: bytes) -> int:
        """Make the address warm and return what the access cost (EIP-2929)."""
        if address in self.warm_addresses or address in PRECOMPILES:
            return WARM
        self.warm_addresses[address] = True
        self.journal.append((self.warm_addresses, address, None))
        return COLD_ACCOUNT

    def warm_slot(self, slot: tuple[bytes, int]) -> int:
        """Make the slot warm and return what the access cost (EIP-2929)."""
        if slot in self.warm_slots:
            return WARM
        self.warm_slots[slot] = True
        self.journal.append((self.warm_slots, slot, None))
        return COLD_SLOT

    def mark_created(self, address: bytes) -> None:
        """Remember that this transaction created the contract (EIP-6780)."""
        self.created[address] = True
        self.journal.append((self.created, address, None))

    def mark_destroyed(self, address: bytes) -> bool:
        """Remember that the contract goes with this transaction; False if that was known."""
        if address in self.destroyed:
            return False
        self.destroyed[address] = True
        self.journal.append((self.destroyed, address, None))
        return True

    def is_destroyed(self, address: bytes) -> bool:
        """Whether the contract goes with this transaction."""
        return address in self.destroyed

    def get_transient(self, slot: tuple[bytes, int]) -> int:
        """Read transient storage (EIP-1153)."""
        return self.transient.get(slot, 0)

    def set_transient(self, slot: tuple[bytes, int], value: int) -> None:
        """Write transient storage (EIP-1153)."""
        self.journal.append((self.transient, slot, self.transient.get(slot)))
        self.transient[slot] = value
