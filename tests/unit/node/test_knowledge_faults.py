"""A fault in the middle of a trace costs an attempt, never a false hash."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from offchain.errors import StoreError
from offchain.evm.context import MemoryState
from offchain.game.games import Form
from offchain.game.knowledge import Trace
from offchain.node.knowledge import ReplicaKnowledge
from offchain.node.replica import Replica
from offchain.proofs.execution_trace import ExecutionTrace
from tests.support.trace_programs import revert_items, revert_world
from tests.support.traces import trace_of_items

EVERYWHERE = [place << 30 for place in range(64)] + [1 << 24 | step for step in range(0, 300, 7)]


class Faulty:
    """A pre-state one of whose reads fails, once."""

    def __init__(self, inner: MemoryState, fails: int) -> None:
        self._inner = inner
        self.left = fails

    def __getattr__(self, name: str) -> Any:
        def read(*arguments: Any) -> Any:
            self.left -= 1
            if not self.left:
                raise StoreError("the disk does not answer")
            return getattr(self._inner, name)(*arguments)

        return read


class Knowing(ReplicaKnowledge):
    """Of one batch, whose first trace meets the fault."""

    def __init__(self, fails: int) -> None:
        note = SimpleNamespace(order_hash=bytes(32))
        super().__init__(cast(Replica, SimpleNamespace(note=lambda _: note)))
        self._fails = fails
        self.made = 0

    def _new_trace(self, form: Form, batch: int) -> Trace:
        trace = new_trace()
        if not self.made:
            pre = trace._machine.overlay.pre
            trace._machine.overlay.pre = cast(Any, Faulty(cast(MemoryState, pre), self._fails))
        self.made += 1
        return trace


def new_trace() -> ExecutionTrace:
    return trace_of_items(revert_world(), revert_items())


@pytest.mark.parametrize("fails", [2, 6, 7])
def test_a_trace_that_failed_on_its_way_is_made_anew(fails: int) -> None:
    right = new_trace()
    knowledge = Knowing(fails)
    with pytest.raises(StoreError, match="does not answer"):
        knowledge.trace(Form.EXECUTION, 1).hashes(EVERYWHERE)
    assert knowledge.trace(Form.EXECUTION, 1).hashes(EVERYWHERE) == right.hashes(EVERYWHERE)
    assert knowledge.trace(Form.EXECUTION, 1).witness(5) == right.witness(5)
    assert knowledge.made == 2


class Crowded(ReplicaKnowledge):
    """Of as many batches as anybody asks for."""

    def __init__(self) -> None:
        super().__init__(
            cast(Replica, SimpleNamespace(note=lambda batch: SimpleNamespace(order_hash=batch.to_bytes(32))))
        )
        self.made = 0

    def _new_trace(self, form: Form, batch: int) -> Trace:
        self.made += 1
        return new_trace()


def test_a_crowd_of_disputed_batches_costs_each_trace_once() -> None:
    own, ranges = Crowded(), [EVERYWHERE[:9], EVERYWHERE[64:70]]
    asked = [[own.trace(Form.EXECUTION, batch).hashes(points) for points in ranges] for batch in range(30)]
    for number, points in enumerate(ranges):
        again = [own.trace(Form.EXECUTION, batch).hashes(points) for batch in range(30)]
        assert again == [of_one[number] for of_one in asked]
    assert own.made == 30
