"""Where the parts of the transaction in progress lie in the order's bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from offchain.evm.phase import Phase
from offchain.evm.rlp import read_header

__all__ = ["NO_LAYOUT", "OrderLayout", "layout_of"]

_NOWHERE = (0, 0, bytes(20))


@dataclass(frozen=True, slots=True)
class OrderLayout:
    """Offsets in `T_n`; a list that the transaction does not have, or that is empty, lies at 0.

    ``access_entries``: for each entry, address or key, `(listCursor, keysEnd, listAddress)` of the state before it.
    ``authorizations``: where each tuple begins.
    """

    data: int
    access_list_end: int
    authorizations_start: int
    authorizations_end: int
    access_entries: tuple[tuple[int, int, bytes], ...]
    authorizations: tuple[int, ...]

    def list_position(self, phase: Phase, done: int) -> tuple[int, int, bytes]:
        """`(listCursor, keysEnd, listAddress)` in a phase with ``done`` entries behind."""
        if phase is Phase.ACCESS_LIST:
            return self.access_entries[done]
        if phase is Phase.AUTHORIZATION:
            return self.authorizations[done], 0, bytes(20)
        return _NOWHERE


NO_LAYOUT: Final = OrderLayout(0, 0, 0, 0, (), ())
"""Outside of transactions."""


def layout_of(order: bytes, start: int, size: int) -> OrderLayout:
    """The layout of a valid transaction at ``order[start:start + size]``."""
    end = start + size
    first = order[start]
    type_ = 0 if first >= 0xC0 else first
    _, at, end = read_header(order, start + (1 if type_ else 0), end)
    fields: list[tuple[int, int]] = []
    while at < end:
        _, begin, stop = read_header(order, at, end)
        fields.append((begin, stop))
        at = stop
    data = fields[{0: 5, 1: 6, 2: 7, 4: 7}[type_]][0]
    if not type_:
        return OrderLayout(data, 0, 0, 0, (), ())
    list_start, list_end = fields[7 if type_ == 1 else 8]
    entries: list[tuple[int, int, bytes]] = []
    at = list_start
    while at < list_end:
        _, begin, stop = read_header(order, at, list_end)
        entries.append((at, 0, bytes(20)))
        address = order[begin + 1 : begin + 21]
        _, keys, keys_end = read_header(order, begin + 21, stop)
        entries += [(key, keys_end, address) for key in range(keys, keys_end, 33)]
        at = stop
    authorizations: list[int] = []
    authorizations_start = authorizations_end = 0
    if type_ == 4:
        authorizations_start, authorizations_end = fields[9]
        at = authorizations_start
        while at < authorizations_end:
            authorizations.append(at)
            _, _, at = read_header(order, at, authorizations_end)
    return OrderLayout(
        data,
        list_end if entries else 0,
        authorizations_start,
        authorizations_end,
        tuple(entries),
        tuple(authorizations),
    )
