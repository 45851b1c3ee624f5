"""The demo's sequencer, who lies when it is told to."""

from __future__ import annotations

from dataclasses import replace

from offchain.demo.actors import ETHER
from offchain.node.sequencer import Sequencer
from offchain.state.diff import Diff

__all__ = ["DishonestSequencer"]


class DishonestSequencer(Sequencer):
    """Executes truly and, from `lie_for` on, claims a diff in which one account got an ether too much."""

    favourite: bytes | None = None
    lie = ""

    def lie_for(self, address: bytes) -> None:
        """The account that the next claims favour."""
        self.favourite = address

    def claimed_diff(self, batch: int, diff: Diff) -> Diff:
        """See `Sequencer.claimed_diff`."""
        del batch
        if self.favourite is None:
            return diff
        right = diff.accounts[self.favourite]
        claimed = right + ETHER
        balance = right & ((1 << 160) - 1)
        self.lie = f"account 0x{self.favourite.hex()} balance: claimed {balance + ETHER}, right is {balance}"
        return replace(diff, accounts={**diff.accounts, self.favourite: claimed})
