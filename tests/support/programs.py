"""Whole scenarios out of bytes: contracts that call and create each other, and transactions that start them.

``scenarios()`` is the hypothesis strategy; `scenario` makes the same from any bytes, for longer runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st

from offchain.evm.code import delegation_to
from offchain.evm.signing import sign_authorization
from tests.support.batches import COINBASE, CONTEXT, KEYS, SENDERS, World, address, transaction
from tests.support.choices import Choices
from tests.support.program_builder import ProgramBuilder

__all__ = ["CONTRACTS", "Call", "Scenario", "scenario", "scenarios"]

CONTRACTS: Final = tuple(address(number) for number in (0xA1, 0xB2, 0xC3))
NOBODY: Final = address(0xDEAD)
PRECOMPILES: Final = (1, 2, 3, 4, 5, 6, 7, 9, 0x100)
CALLABLE: Final = (*CONTRACTS, CONTRACTS[0], *SENDERS, COINBASE, NOBODY)
TARGETS: Final = (*(int.from_bytes(at, "big") for at in CALLABLE), *PRECOMPILES, 0)
GAS_LIMITS: Final = (400_000, 400_000, 150_000, 60_000, 900_000)
MAX_FRAGMENTS: Final = 14


@dataclass(frozen=True)
class Call:
    """A transaction that is still to be signed."""

    key: bytes
    to: bytes | None
    fields: dict[str, Any]

    def raw(self, **changes: Any) -> bytes:
        """The signed bytes, with some fields changed."""
        return transaction(self.to, self.key, **(self.fields | changes))


@dataclass(frozen=True)
class Scenario:
    """A world and the transactions of one batch."""

    world: World
    calls: tuple[Call, ...]

    @property
    def items(self) -> list[bytes]:
        """The signed transactions."""
        return [call.raw() for call in self.calls]


def scenario(data: bytes) -> Scenario:
    """The scenario that the bytes describe. The first bytes decide about transactions, the rest about code."""
    cut = min(len(data) // 4, 60)
    choices = Choices(data[:cut])
    code_bytes = data[cut:]
    third = max(len(code_bytes) // 3, 1)
    codes = {
        at: ProgramBuilder(Choices(code_bytes[n * third : (n + 1) * third]), TARGETS).build(MAX_FRAGMENTS)
        for n, at in enumerate(CONTRACTS)
    }
    return Scenario(_world(choices, codes), _calls(choices, codes[CONTRACTS[2]]))


def _world(choices: Choices, codes: dict[bytes, bytes]) -> World:
    world = World.of(codes)
    for at in CONTRACTS:
        world = world.with_account(at, storage={0: 1, 1: (1 << 256) - 1} if choices.below(2) == 0 else {})
    delegate = choices.pick((CONTRACTS[0], CONTRACTS[1], address(4), SENDERS[3]))
    world = world.with_account(SENDERS[2], code=delegation_to(delegate))
    if choices.below(2):
        world = world.with_account(SENDERS[3], code=delegation_to(CONTRACTS[2]))
    if choices.seldom(8):
        world = world.with_account(CONTRACTS[0], nonce=(1 << 64) - 1)
    coinbase = choices.pick((COINBASE, COINBASE, SENDERS[0], CONTRACTS[1], NOBODY))
    return world.with_context(coinbase=coinbase)


def _calls(choices: Choices, initcode: bytes) -> tuple[Call, ...]:
    nonces = [0] * len(KEYS)
    calls = []
    for _ in range(1 + choices.below(3)):
        who = choices.pick((0, 1, 0, 2))
        kind = choices.pick((2, 0, 1, 4, 2))
        to = choices.pick((CONTRACTS[0], CONTRACTS[0], CONTRACTS[1], SENDERS[2], SENDERS[3], None, NOBODY))
        if kind == 4 and to is None:
            to = CONTRACTS[0]
        fields: dict[str, Any] = {
            "type": kind,
            "nonce": nonces[who],
            "gas_limit": choices.pick(GAS_LIMITS),
            "value": choices.pick((0, 0, 1, 1_000)),
            "data": initcode if to is None else bytes(choices.below(256) for _ in range(choices.below(6))),
            "max_priority_fee": choices.pick((2, 0, 13)),
        }
        if kind:
            fields["access_list"] = _access_list(choices)
        nonces[who] += 1
        if kind == 4:
            fields["authorizations"] = _authorizations(choices, nonces)
        if choices.seldom(16):
            fields["nonce"] += 1  # it will be skipped, and so will all that follow from this sender
        calls.append(Call(KEYS[who], to, fields))
    return tuple(calls)


def _access_list(choices: Choices) -> list[tuple[bytes, Sequence[int]]]:
    places = (CONTRACTS[0], CONTRACTS[1], NOBODY)
    return [(choices.pick(places), list(range(choices.below(3)))) for _ in range(choices.below(3))]


def _authorizations(choices: Choices, nonces: list[int]) -> list[Any]:
    tuples = []
    for _ in range(1 + choices.below(3)):
        who = choices.pick((3, 1, 2, 0))
        nonce = nonces[who]
        if choices.seldom(6):
            nonce += 1
        else:
            nonces[who] += 1
        to = choices.pick((CONTRACTS[0], CONTRACTS[2], bytes(20), address(1), SENDERS[2], NOBODY))
        chain_id = choices.pick((CONTEXT.chain_id, 0, CONTEXT.chain_id + 1))
        tuples.append(sign_authorization(KEYS[who], chain_id=chain_id, address=to, nonce=nonce))
    return tuples


def scenarios() -> st.SearchStrategy[Scenario]:
    """Scenarios of all sizes; they shrink to small ones."""
    sizes = (
        st.binary(max_size=80),
        st.binary(min_size=80, max_size=400),
        st.binary(min_size=300, max_size=900),
    )
    return st.one_of(*sizes).map(scenario)
