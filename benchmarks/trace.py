"""How long the rounds of a dispute take: `.venv/bin/python benchmarks/trace.py [WORKLOAD...]`.

Each workload is one transaction with all the gas that one may have (2**24). A process of its own first runs it to its
end, as the first round of a game does, and then answers the inner points of one round after another, with 2**18, 2**12,
2**6 and 1 step between them, on the way to a step in the middle; at last it makes that step's witness.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Final

from offchain.batches.codec import encode_order
from offchain.conformance.case import Account
from offchain.conformance.machine import memory_state
from offchain.evm.context import BatchContext
from offchain.evm.intrinsic_gas import MAX_TRANSACTION_GAS
from offchain.evm.signing import address_of_key, sign_transaction
from offchain.proofs.execution_trace import execution_trace
from offchain.state.diff import Diff
from offchain.steptest.assembly import assemble, push
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

KEY: Final = b"\x01" * 32
SELF: Final = 0xC0DE
CALLEE: Final = 0xCA11EE
POINTS: Final = 64
CONTEXT: Final = BatchContext(
    chain_id=901,
    number=1_000,
    timestamp=1_700_000_000,
    prevrandao=b"\x7a" * 32,
    parent_order_hash=b"\x0d" * 32,
    coinbase=b"\xc0" * 20,
    gas_limit=30_000_000,
    base_fee=7,
)


def loop(body: bytes, before: bytes = b"") -> bytes:
    """Code that runs until its gas is used up."""
    return before + assemble("JUMPDEST") + body + assemble(push(len(before), 2), "JUMP")


def call(to: int, input_size: int = 0, output_size: int = 0) -> bytes:
    """CALL with all gas."""
    return assemble(output_size, 0, push(input_size, 3), 0, 0, to, "GAS", "CALL", "POP")


MEBIBYTE: Final = 1 << 20
GROW: Final = assemble(1, push(MEBIBYTE - 32, 3), "MSTORE")
HASH_ALL: Final = assemble(push(MEBIBYTE, 3), 0, "KECCAK256", "POP")
STIR: Final = assemble("GAS", "GAS", push(MEBIBYTE - 32, 3), "AND", "MSTORE")
CLIMB: Final = assemble(push(8_200, 2), "ADD", push(MEBIBYTE - 32, 3), "AND", "GAS", "DUP2", "MSTORE")
WRITE_SLOT: Final = assemble(1, "ADD", "DUP1", 255, "AND", "DUP1", "SLOAD", "POP", "DUP2", "SWAP1", "SSTORE")
WRITE_AND_REVERT: Final = assemble("GAS", "GAS", "TSTORE", 1, 1, "TSTORE", 0, 0, "REVERT")

WORKLOADS: Final[dict[str, dict[int, bytes]]] = {
    "one gas a step": {SELF: loop(assemble(*["JUMPDEST"] * 24_000))},
    "arithmetic": {SELF: loop(assemble("DUP1", "MUL", 3, "ADD"), assemble(7))},
    "SSTORE, SLOAD": {SELF: loop(WRITE_SLOT, assemble(0))},
    "cold SLOAD": {SELF: loop(assemble(1, "ADD", "DUP1", "SLOAD", "POP"), assemble(0))},
    "MSTORE over 1 MiB": {SELF: loop(CLIMB, GROW + assemble(0))},
    "KECCAK256 of 1 MiB": {SELF: loop(STIR + HASH_ALL, GROW)},
    "KECCAK256 of a word in 1 MiB": {SELF: loop(assemble(32, 0, "KECCAK256", "POP"), GROW)},
    "MCOPY of a word in 1 MiB": {SELF: loop(assemble(32, 0, 64, "MCOPY"), GROW)},
    "CALL with 1 MiB": {SELF: loop(call(CALLEE, MEBIBYTE), GROW)},
    "identity in 1 MiB": {SELF: loop(call(4, 32), GROW)},
    "recursion": {SELF: loop(assemble("GAS", 0, "MSTORE", 1, "GAS", "TSTORE") + call(SELF, 32))},
    "recursion, half back": {SELF: loop(assemble(0, 0, 32, 0, 0, SELF, 3_000, "GAS", "SUB", "CALL", "POP"))},
    "reverts": {SELF: loop(call(CALLEE)), CALLEE: WRITE_AND_REVERT},
}


def measure(name: str) -> str:
    """One line of the table."""
    accounts = {code.to_bytes(20, "big"): Account(1, 1_000, raw) for code, raw in WORKLOADS[name].items()}
    accounts[address_of_key(KEY)] = Account(0, 10**20, b"")
    pre = memory_state(accounts)
    state = Diff(accounts=pre.accounts, slots={}, codes=pre.code_hashes, code=pre.codes)
    item = sign_transaction(
        KEY,
        chain_id=CONTEXT.chain_id,
        nonce=0,
        to=SELF.to_bytes(20, "big"),
        gas_limit=MAX_TRANSACTION_GAS,
        max_fee=20,
        max_priority_fee=2,
    )
    trace = execution_trace(pre, SparseMerkleTree(state.leaves()), CONTEXT, encode_order([item]))
    end = timed(partial(trace.hash, 1 << trace.bits))
    steps = trace.steps
    target = (1 << 24) + steps * 3 // 5
    low, distance = 1 << 24, 1 << 18
    rounds = []
    while distance:
        points = [low + distance * point for point in range(1, POINTS)]
        rounds.append(timed(partial(trace.hashes, points)))
        low += (target - low) // distance * distance
        distance >>= 6
    witness = timed(partial(trace.witness, low))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    cells = [
        f"{steps:,}",
        f"{end:.1f}",
        *[f"{seconds:.2f}" for seconds in rounds],
        f"{witness:.2f}",
        str(memory),
    ]
    return f"| {name} | {' | '.join(cells)} |"


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(names: list[str]) -> None:
    """Print the table."""
    unknown = [name for name in names if name not in WORKLOADS]
    if unknown:
        sys.exit(f"no such workload: {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    print("| workload | steps | run, s | 2^18, s | 2^12 | 2^6 | 1 | witness | MiB |")
    print("|---|---|---|---|---|---|---|---|---|")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for line in pool.map(measure, names or WORKLOADS):
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
