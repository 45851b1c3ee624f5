"""The few views of RollupManager that a node compares its reading of the events with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from offchain.errors import NetworkError
from offchain.hashing import keccak
from offchain.l1.claims import Claim, ClaimBook, Role, StateClaim
from offchain.l1.parameters import WIDTHS, Parameters
from offchain.l1.source import L1Source

__all__ = ["Heads", "RollupViews", "Seat"]

_ROLES: Final = (Role.VACANT, Role.ACTIVE, Role.RETIRING)
_PARAMETER_KINDS: Final = [f"uint{WIDTHS.get(field.name, 32)}" for field in fields(Parameters)]


@dataclass(frozen=True, slots=True)
class Heads:
    """The last batch ordered, claimed and final, and the last serial given out."""

    ordered: int
    claimed: int
    finalized: int
    serial: int


@dataclass(frozen=True, slots=True)
class Seat:
    """Who holds the role: 20 bytes, None where it is vacant."""

    sequencer: bytes | None
    role: Role
    term: int

    @classmethod
    def of(cls, book: ClaimBook) -> Seat:
        """What the events say of it."""
        return cls(book.sequencer, book.role, book.term)


class RollupViews:
    """The contract at a 20-byte address. Each method asks for the state after an L1 block."""

    def __init__(self, source: L1Source, address: bytes) -> None:
        self._source = source
        self._address = address

    def chain_config_hash(self, block: int) -> bytes:
        """Hash of the configuration that every batch is executed under."""
        return bytes(self._ask("chainConfigHash()", [], ["bytes32"], block)[0])

    def order_hash(self, batch: int, block: int) -> bytes:
        """Hash of an order, 0 if there is none; order 0 is the genesis."""
        return bytes(self._ask("orderHash(uint256)", [batch], ["bytes32"], block)[0])

    def heads(self, block: int) -> Heads:
        """See `Heads`."""
        return Heads(*self._ask("heads()", [], ["uint64"] * 4, block))

    def base(self, block: int) -> tuple[int, bytes]:
        """(r, h(S_r))."""
        root, batch = self._ask("base()", [], ["bytes32", "uint64"], block)
        return batch, root

    def parameters(self, block: int) -> Parameters:
        """The frozen parameters."""
        return Parameters(*self._ask("parameters()", [], _PARAMETER_KINDS, block))

    def seat(self, block: int) -> Seat:
        """See `Seat`."""
        sequencer, role, term = self._ask("seat()", [], ["address", "uint8", "uint64"], block)
        if role >= len(_ROLES):
            raise NetworkError(f"the contract at 0x{self._address.hex()} is no rollup: its role is {role}")
        address = bytes.fromhex(sequencer[2:])
        return Seat(None if _ROLES[role] is Role.VACANT else address, _ROLES[role], term)

    def claims(self, batches: Sequence[int], block: int) -> list[Claim | None]:
        """The standing claim of each batch, None where there is none."""
        signature, kinds = "claimOf(uint256)", ["bytes32", "uint64", "uint64", "uint64", "uint64"]
        requests = [_call_data(signature, [batch]) for batch in batches]
        answers = self._source.calls(self._address, requests, block)
        found: list[Claim | None] = []
        for batch, answer in zip(batches, answers, strict=True):
            root, serial, term, time, _ = self._read(signature, answer, kinds)
            found.append(Claim(batch, root, serial, term, time) if serial else None)
        return found

    def pending_state(self, term: int, block: int) -> StateClaim | None:
        """The pending state claim, None if there is none. It is always of the running term, which is not in it."""
        kinds = ["bytes32", "uint64", "uint64", "uint64", "uint64"]
        root, serial, batch, time, _ = self._ask("pendingState()", [], kinds, block)
        return StateClaim(batch, root, serial, term, time) if serial else None

    def _ask(self, signature: str, arguments: list[Any], results: list[str], block: int) -> tuple[Any, ...]:
        answer = self._source.call(self._address, _call_data(signature, arguments), block)
        return self._read(signature, answer, results)

    def _read(self, signature: str, answer: bytes, results: list[str]) -> tuple[Any, ...]:
        try:
            return tuple(decode(results, answer))
        except (DecodingError, OverflowError) as error:
            raise NetworkError(
                f"the contract at 0x{self._address.hex()} is no rollup: {signature.partition('(')[0]} "
                f"answers {len(answer)} bytes"
            ) from error


def _call_data(signature: str, arguments: list[Any]) -> bytes:
    kinds = signature.partition("(")[2][:-1]
    return keccak(signature.encode())[:4] + encode([kind for kind in kinds.split(",") if kind], arguments)
