"""The small chain that every scenario is about: loops, deep calls, creations, precompiles, an invalid transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from offchain.demo.actors import CONFIG, ETHER, Actor
from offchain.hashing import keccak
from offchain.node.genesis import Genesis
from offchain.state.genesis import GenesisAccount
from offchain.steptest.assembly import assemble, push

__all__ = ["BATCHES", "CHAIN", "UNITS", "PlannedBatch", "genesis", "plan"]

CHAIN: Final = replace(CONFIG, batch_interval=600)
"""The demo's chain, with ten minutes between orders: MAX_LAG is small, so that its limit can be reached."""

BATCHES: Final = 6
UNITS: Final = {
    "transfer": 1,
    "loop": 2,
    "deep": 3,
    "invalid": 4,
    "create": 5,
    "precompile": 6,
    "last": 7,
}
"""The transactions of the last batch, by what they do."""

_NAMES: Final = ("ada", "ben", "cy", "dot")
_LOOP, _DEEP, _MAKER, _ORACLE = (bytes.fromhex(f"{n:02x}" * 20) for n in (0x10, 0xDE, 0xC2, 0x0A))
_GAS: Final = 400_000


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """The items of one batch under a title."""

    title: str
    items: tuple[bytes, ...]


def genesis() -> Genesis:
    """Four people with ether, four contracts."""
    people = {actor.address: GenesisAccount(1_000 * ETHER) for actor in _people().values()}
    codes = {_LOOP: _loop_code(), _DEEP: _deep_code(), _MAKER: _maker_code(), _ORACLE: _oracle_code()}
    contracts = {at: GenesisAccount(0, nonce=1, code=code) for at, code in codes.items()}
    return Genesis(CHAIN, people | contracts)


def plan() -> list[PlannedBatch]:
    """The batches, the richest last."""
    people = _people()
    ada, ben, cy, dot = people.values()

    def call(actor: Actor, to: bytes, number: int) -> bytes:
        return actor.sign(to, number.to_bytes(32), gas=_GAS)

    def pay(actor: Actor, to: Actor, value: int = ETHER) -> bytes:
        return actor.sign(to.address, value=value, gas=40_000)

    batches = [
        PlannedBatch("a transfer and a loop", (pay(ada, ben), call(ben, _LOOP, 5))),
        PlannedBatch("deep calls", (call(ada, _DEEP, 4), pay(cy, dot))),
        PlannedBatch("a creation", (call(ben, _MAKER, 0), pay(dot, ada))),
        PlannedBatch("a precompile", (call(cy, _ORACLE, 4), call(ada, _LOOP, 3))),
        PlannedBatch("deep calls again", (call(dot, _DEEP, 3), pay(ada, cy))),
    ]
    first = (pay(ada, ben), call(ben, _LOOP, 12), call(cy, _DEEP, 6))
    dot.nonce += 1
    invalid = pay(dot, ada, 3 * ETHER)
    last = (invalid, call(ada, _MAKER, 0), call(ben, _ORACLE, 6), pay(cy, ada))
    return [*batches, PlannedBatch("everything, and a transaction with a wrong nonce", first + last)]


def _people() -> dict[str, Actor]:
    return {name: Actor(name, keccak(f"deltaroll scenario: {name}".encode())) for name in _NAMES}


def _loop_code() -> bytes:
    """Adds up 0 .. n - 1 in a loop, on top of slot 0."""
    return assemble(
        *(0, "CALLDATALOAD", 0, ":loop", "SWAP1", "DUP1", "ISZERO", "@end", "JUMPI"),
        *(1, "SWAP1", "SUB", "SWAP1", "DUP2", "ADD", "@loop", "JUMP"),
        *(":end", "POP", 0, "SLOAD", "ADD", 0, "SSTORE", "STOP"),
    )


def _deep_code() -> bytes:
    """Calls itself n deep; every level adds one to what the next one returns, and keeps it in slot n."""
    return assemble(
        *(0, "CALLDATALOAD", "DUP1", "ISZERO", "@bottom", "JUMPI"),
        *(1, "DUP2", "SUB", 0, "MSTORE", 32, 32, 32, 0, 0, "ADDRESS", "GAS", "CALL", "POP"),
        *(32, "MLOAD", 1, "ADD", "DUP1", "DUP3", "SSTORE", 0, "MSTORE", 32, 0, "RETURN"),
        *(":bottom", 0, "SLOAD", 7, "ADD", "DUP1", 0, "SSTORE", 0, "MSTORE", 32, 0, "RETURN"),
    )


def _maker_code() -> bytes:
    """Creates a contract, which stores a number when it is called, and calls it."""
    runtime = assemble(42, 0, "SSTORE", "STOP")
    initcode = assemble(push(int.from_bytes(runtime)), 0, "MSTORE", len(runtime), 32 - len(runtime), "RETURN")
    size = len(initcode)
    return assemble(
        *(push(int.from_bytes(initcode)), 0, "MSTORE", size, 32 - size, 0, "CREATE"),
        *(0, 0, 0, 0, 0, "DUP6", "GAS", "CALL", "POP", 0, "SSTORE", "STOP"),
    )


def _oracle_code() -> bytes:
    """Keeps the SHA-256 of its input in slot 0."""
    return assemble(
        *(0, "CALLDATALOAD", 0, "MSTORE", 32, 32, 32, 0, 2, "GAS", "STATICCALL", "POP"),
        *(32, "MLOAD", 0, "SSTORE", "STOP"),
    )
