"""One program with many gas limits, or many inputs, in one batch: no signatures, so thousands take a second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from offchain.batches.codec import encode_order
from offchain.batches.executor import BatchResult, PythonExecutor
from offchain.conformance.machine import memory_state
from offchain.evm.transaction import Transaction
from tests.support.batches import CONTRACT, SENDER, World, executors, outcome_of

__all__ = ["sweep"]

MAX_ITEMS = 4_000


def sweep(
    world: World,
    gas: Iterable[int],
    *,
    data: Sequence[bytes] = (b"",),
    engines: dict[str, PythonExecutor] | None = None,
    value: int = 0,
) -> BatchResult:
    """Call CONTRACT with each execution gas and each input, in one batch; all engines have to agree.

    Nothing is paid for data, so ``gas`` is what the top frame gets.
    """
    cases = [(limit, each) for limit in gas for each in data]
    assert 0 < len(cases) <= MAX_ITEMS

    def decode(raw: bytes, _: int) -> Transaction:
        nonce = int.from_bytes(raw, "big")
        limit, each = cases[nonce]
        return Transaction(
            2, raw, nonce, 1, 10, 21_000 + limit, CONTRACT, value, each, (), (), SENDER, 21_000, 21_000
        )

    order = encode_order([n.to_bytes(2, "big") for n in range(len(cases))])
    context = world.with_context(gas_limit=1 << 50, base_fee=1).context
    reference: BatchResult | None = None
    for name, executor in (engines or executors()).items():
        result = executor.execute(
            memory_state(world.accounts), context, order, decode=decode, system_call=False
        )
        assert all(receipt.status != "skipped" for receipt in result.receipts)
        if reference is None:
            reference = result
        elif outcome_of(result) != outcome_of(reference):
            for case, ours, theirs in zip(cases, result.receipts, reference.receipts, strict=True):
                assert (ours.status, ours.gas_used, ours.logs, ours.output) == (
                    theirs.status,
                    theirs.gas_used,
                    theirs.logs,
                    theirs.output,
                ), f"{name}, gas {case[0]}, data {case[1].hex()}"
            raise AssertionError(f"{name}: another diff")
    assert reference is not None
    return reference
