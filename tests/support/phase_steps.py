"""Batches whose steps around the frames the provers of phases have agreed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from offchain.evm.authorization import Authorization
from offchain.evm.phase import Phase
from offchain.evm.signing import sign_authorization
from offchain.proofs.provers import Prover
from tests.support.assembly import assemble, push
from tests.support.batches import CALLEE, CONTEXT, CONTRACT, KEYS, OTHER, SENDERS, World, transaction
from tests.support.prover_contracts import assert_proven
from tests.support.step_proofs import ProvenStep, proven_steps, proving_machine

__all__ = [
    "AUTHORITY",
    "SERVED",
    "STORE",
    "WORLD",
    "created_by",
    "phases_of",
    "run",
    "steps_of",
    "suicidal",
    "tuple_of",
]

AUTHORITY: Final = SENDERS[3]
SERVED: Final = (Prover.ITEM, Prover.TRANSACTION)
STORE: Final = assemble(1, 1, "SSTORE", 0, 2, "SSTORE")
WORLD: Final = World.of({CONTRACT: STORE, CALLEE: assemble(0, 0, "REVERT")})


def steps_of(items: Sequence[bytes], world: World = WORLD) -> list[ProvenStep]:
    """The steps of the phases, once the contracts have agreed on all of them."""
    steps = [step for step in proven_steps(proving_machine(world, items)) if step.prover in SERVED]
    for step in steps[1:]:  # the begin leaves the EIP-2935 account alone here
        assert_proven(step)
    return steps


def phases_of(steps: Sequence[ProvenStep]) -> Counter[Phase]:
    """How many steps each phase has."""
    return Counter(step.phase for step in steps)


def run(*args: Any, world: World = WORLD, **fields: Any) -> Counter[Phase]:
    """How many steps of each phase one transaction makes."""
    return phases_of(steps_of([transaction(*args, **fields)], world))


def tuple_of(key: bytes = KEYS[3], **changes: Any) -> Authorization:
    """A tuple signed by AUTHORITY, unless the key says otherwise."""
    fields: dict[str, Any] = {"chain_id": CONTEXT.chain_id, "address": CALLEE, "nonce": 0}
    return sign_authorization(key, **(fields | changes))


def suicidal(slots: int, heir: bytes = OTHER) -> bytes:
    """Initcode that fills slots and destroys itself."""
    stores = b"".join(assemble(slot + 1, slot, "SSTORE") for slot in range(slots))
    return stores + assemble(push(int.from_bytes(heir)), "SELFDESTRUCT")


def created_by(inits: Sequence[bytes], tail: bytes = b"") -> bytes:
    """Code that runs each of the initcodes in a creation of its own."""
    code = b""
    for init in inits:
        assert len(init) <= 32
        word = int.from_bytes(init.ljust(32, b"\0"), "big")
        code += assemble(word, 0, "MSTORE", len(init), 0, 1, "CREATE", "POP")
    return code + tail
