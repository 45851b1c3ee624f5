"""The compiled verifier with its provers, how it is put on a chain, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from offchain.hashing import keccak
from offchain.proofs.provers import Prover

__all__ = [
    "COMPILING",
    "Artifacts",
    "Deploy",
    "all_in_gas",
    "calldata_of",
    "deploy_verifier",
    "load_artifacts",
]

Deploy = Callable[[bytes], bytes]
"""Takes creation code with its arguments, gives the contract's address."""

#: What a command says before it compiles.
COMPILING: Final = "compiling the contracts, about 40 s"

_STEP: Final = keccak(b"step(bytes32,uint256,bytes32,bytes)")[:4]
_WITNESS_AT: Final = (128).to_bytes(32, "big")
_TRANSACTION_GAS: Final = 21_000


@dataclass(frozen=True, slots=True)
class Artifacts:
    """Creation code: of the entry, of the provers by their numbers, of the runner of precompiles.

    ``takes_precompiles``: the provers whose constructor takes that runner's address.
    """

    entry: bytes
    provers: tuple[bytes, ...]
    precompiles: bytes
    takes_precompiles: frozenset[int]


def load_artifacts(before_compiling: Callable[[], None] = lambda: None) -> Artifacts:
    """Compile the project's contracts where they changed, having said so. Raises InputError where that fails."""
    from offchain.l1.contracts import are_compiled, load_contracts  # ape takes a second to load

    if not are_compiled():
        before_compiling()
    contracts = load_contracts()
    codes: list[bytes] = []
    takers: set[int] = set()
    for name in ("OneStepVerifier", "PrecompileProver", *(f"{p.name.capitalize()}Prover" for p in Prover)):
        compiled = contracts[name].contract_type
        codes.append(bytes.fromhex(compiled.deployment_bytecode.bytecode.removeprefix("0x")))
        if compiled.constructor.inputs:
            takers.add(len(codes) - 3)
    return Artifacts(codes[0], tuple(codes[2:]), codes[1], frozenset(takers - {-2}))


def deploy_verifier(deploy: Deploy, artifacts: Artifacts) -> bytes:
    """Deploy everything; the entry's address."""
    precompiles = deploy(artifacts.precompiles).rjust(32, b"\0")
    provers = [
        deploy(code + precompiles if number in artifacts.takes_precompiles else code)
        for number, code in enumerate(artifacts.provers)
    ]
    return deploy(artifacts.entry + b"".join(at.rjust(32, b"\0") for at in provers) + precompiles)


def calldata_of(context_hash: bytes, unit: int, before: bytes, witness: bytes) -> bytes:
    """The call of `OneStepVerifier.step`."""
    return b"".join(
        (
            _STEP,
            context_hash,
            unit.to_bytes(32, "big"),
            before,
            _WITNESS_AT,
            len(witness).to_bytes(32, "big"),
            witness,
            bytes(-len(witness) % 32),
        )
    )


def all_in_gas(calldata: bytes, execution: int) -> int:
    """What a transaction with this calldata costs on L1, whose floor is that of EIP-7623."""
    tokens = 4 * len(calldata) - 3 * calldata.count(0)
    return _TRANSACTION_GAS + max(execution + 4 * tokens, 10 * tokens)
