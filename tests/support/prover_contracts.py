"""The provers of phases in process, asked about proven steps."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

from eth_abi.abi import encode

from offchain.proofs.provers import Prover
from tests.support.in_process import InProcess, Reverted
from tests.support.step_proofs import ProvenStep

__all__ = ["all_in_gas", "assert_proven", "assert_witness_is_bound", "contract_of", "successor"]

_NAMES = {
    Prover.ITEM: "ItemProver",
    Prover.TRANSACTION: "TransactionProver",
    Prover.APPLY: "ApplyProver",
}


@cache
def contract_of(prover: Prover) -> InProcess:
    """The contract of a prover, one for all tests: it has no state."""
    if prover is Prover.TRANSACTION:
        precompiles = InProcess("PrecompileProver")
        return InProcess("TransactionProver", precompiles.address, beside=precompiles)
    return InProcess(_NAMES[prover])


def successor(step: ProvenStep, witness: bytes | None = None) -> bytes | None:
    """The contract's successor, None where it reverts."""
    witness = step.witness if witness is None else witness
    try:
        (after,) = contract_of(step.prover).call("prove", step.context_hash, step.unit, step.before, witness)
    except Reverted:
        return None
    return bytes(after)


def assert_proven(step: ProvenStep) -> None:
    """The contract finds the machine's own successor."""
    (after,) = contract_of(step.prover).call("prove", step.context_hash, step.unit, step.before, step.witness)
    assert after == step.after, step.phase.name


def all_in_gas(step: ProvenStep) -> int:
    """What an L1 transaction with this step costs: 21,000, execution and calldata, or the floor of EIP-7623."""
    assert_proven(step)
    execution = contract_of(step.prover).execution_gas
    calldata = bytes(4) + encode(
        ["bytes32", "uint256", "bytes32", "bytes"], [step.context_hash, step.unit, step.before, step.witness]
    )
    tokens = 4 * len(calldata) - 3 * calldata.count(0)
    return 21_000 + max(execution + 4 * tokens, 10 * tokens)


def _changed(witness: bytes, choices: random.Random, count: int) -> Iterator[bytes]:
    """Single changes of a witness behind its first byte."""
    for _ in range(count):
        at = choices.randrange(1, len(witness))
        match choices.randrange(4):
            case 0:
                yield witness[:at]
            case 1:
                yield witness + choices.randbytes(choices.randint(1, 40))
            case 2:
                yield witness[:at] + witness[at + 1 :]
            case _:
                yield witness[:at] + bytes([witness[at] ^ 1 << choices.randrange(8)]) + witness[at + 1 :]


def assert_witness_is_bound(step: ProvenStep, choices: random.Random, count: int = 20) -> None:
    """No change of the witness leads to the same successor."""
    for witness in _changed(step.witness, choices, count):
        assert successor(step, witness) != step.after, f"{step.phase.name}: {witness.hex()}"
