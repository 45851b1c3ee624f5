"""Small worlds to execute batches in, and the four ways in which every batch has to come out the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from offchain.batches.codec import encode_order
from offchain.batches.executor import BatchResult, PythonExecutor
from offchain.conformance.case import Account
from offchain.conformance.machine import apply_diff, memory_state
from offchain.evm.context import BatchContext
from offchain.evm.machine import Machine
from offchain.evm.phase import Phase
from offchain.evm.receipt import Receipt, Status
from offchain.evm.signing import address_of_key, sign_transaction

__all__ = [
    "CALLEE",
    "COINBASE",
    "CONTEXT",
    "CONTRACT",
    "KEYS",
    "OTHER",
    "SENDER",
    "SENDERS",
    "Batch",
    "Trace",
    "World",
    "address",
    "execute",
    "executors",
    "outcome_of",
    "trace_of",
    "transaction",
]

KEYS: Final = tuple(bytes([n]) * 32 for n in (1, 2, 3, 4))
SENDERS: Final = tuple(address_of_key(key) for key in KEYS)
SENDER: Final = SENDERS[0]


def address(number: int) -> bytes:
    """20 bytes."""
    return number.to_bytes(20, "big")


CONTRACT: Final = address(0xC0DE)
CALLEE: Final = address(0xCA11EE)
OTHER: Final = address(0x07E4)
COINBASE: Final = address(0xC014BA5E)

CONTEXT: Final = BatchContext(
    chain_id=901,
    number=1_000,
    timestamp=1_700_000_000,
    prevrandao=b"\x7a" * 32,
    parent_order_hash=b"\x0d" * 32,
    coinbase=COINBASE,
    gas_limit=30_000_000,
    base_fee=7,
)


@dataclass(frozen=True)
class World:
    """The state before a batch: accounts with code and storage."""

    accounts: Mapping[bytes, Account] = field(default_factory=dict)
    context: BatchContext = CONTEXT

    @classmethod
    def of(cls, codes: Mapping[bytes, bytes], context: BatchContext = CONTEXT) -> World:
        """Contracts with nonce 1 and 1,000 wei each, beside senders with 10**20 wei each."""
        accounts = {sender: Account(0, 10**20, b"") for sender in SENDERS}
        accounts |= {at: Account(1, 1_000, code) for at, code in codes.items()}
        return cls(accounts, context)

    def with_account(self, at: bytes, **changes: Any) -> World:
        """The account replaced, or added."""
        account = replace(self.accounts.get(at, Account(0, 0, b"")), **changes)
        return replace(self, accounts={**self.accounts, at: account})

    def with_context(self, **changes: Any) -> World:
        """Another block context."""
        return replace(self, context=replace(self.context, **changes))


def transaction(to: bytes | None = CONTRACT, key: bytes = KEYS[0], **fields: Any) -> bytes:
    """A signed transaction of type 2 with a tip of 2 wei, unless the fields say otherwise."""
    defaults: dict[str, Any] = {
        "chain_id": CONTEXT.chain_id,
        "nonce": 0,
        "gas_limit": 1_000_000,
        "max_fee": 20,
        "max_priority_fee": 2,
    }
    return sign_transaction(key, to=to, **(defaults | fields))


def executors() -> dict[str, PythonExecutor]:
    """New executors of all kinds, each to be used for as long as its cache of code may live."""
    return {
        "interpreter": PythonExecutor("interpreter"),
        "steps": PythonExecutor("steps"),
        "blocks at once": PythonExecutor("blocks", hot=0),
        "blocks when hot": PythonExecutor("blocks", hot=2),
    }


_EXECUTORS: Final = executors()


def outcome_of(result: BatchResult) -> Any:
    """All of a result that has to be the same under every engine: not the word for an exceptional halt.

    An engine that charges ahead may find a frame out of gas before it meets another fault; the state is the same.
    """
    receipts = [
        replace(receipt, reason="" if receipt.status is Status.FAILURE else receipt.reason)
        for receipt in result.receipts
    ]
    diff = result.diff
    return (
        (dict(diff.accounts), dict(diff.slots), dict(diff.codes), dict(diff.code)),
        receipts,
        result.gas_used,
    )


@dataclass(frozen=True)
class Batch:
    """An executed batch: its result under the reference, and the world after it."""

    result: BatchResult
    post: Mapping[bytes, Account]

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """One for each item."""
        return self.result.receipts

    @property
    def receipt(self) -> Receipt:
        """Of the only item."""
        (receipt,) = self.result.receipts
        return receipt

    def account(self, at: bytes) -> Account:
        """The account after the batch."""
        return self.post.get(at, Account(0, 0, b""))

    def slot(self, at: bytes, key: int) -> int:
        """A storage value after the batch."""
        return self.account(at).storage.get(key, 0)


def execute(
    world: World,
    items: Sequence[bytes] | bytes,
    *,
    engines: Mapping[str, PythonExecutor] | None = None,
    system_call: bool = False,
    block_hash: Callable[[int], bytes] | None = None,
) -> Batch:
    """Execute the items under every engine, hold the results together, and return the one of the reference."""
    data = items if isinstance(items, bytes) else encode_order(items)
    pre = memory_state(world.accounts)
    results = {
        name: executor.execute(pre, world.context, data, system_call=system_call, block_hash=block_hash)
        for name, executor in (_EXECUTORS if engines is None else engines).items()
    }
    reference = results["interpreter"]
    expected = outcome_of(reference)
    for name, result in results.items():
        assert outcome_of(result) == expected, f"{name} is not the interpreter"
    return Batch(reference, apply_diff(world.accounts, reference.diff))


@dataclass(frozen=True)
class Trace:
    """A batch made step by step: the machine at its end, and how many steps each unit took."""

    machine: Machine
    steps: tuple[int, ...]


def trace_of(
    world: World,
    items: Sequence[bytes] | bytes,
    *,
    system_call: bool = False,
    at_each_step: Callable[[Machine], None] | None = None,
) -> Trace:
    """Make the steps of a batch one by one; ``at_each_step`` sees the machine after every one of them."""
    data = items if isinstance(items, bytes) else encode_order(items)
    machine = Machine(
        memory_state(world.accounts), world.context, data, stepwise=True, system_call=system_call
    )
    steps: dict[int, int] = {}
    while machine.phase is not Phase.DIFF:
        unit = machine.unit
        machine.step()
        steps[unit] = steps.get(unit, 0) + 1
        if at_each_step is not None:
            at_each_step(machine)
    return Trace(machine, tuple(steps[unit] for unit in sorted(steps)))
