"""The trace of an application: the second half of stage two, and a disputed state claim. No EVM at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from offchain.errors import InputError
from offchain.evm.context import BatchContext
from offchain.proofs.application import Application
from offchain.proofs.describe import describe_entry
from offchain.proofs.encoding import APPLY, CONTEXT_TAG, context_bytes, hash_of
from offchain.proofs.step_description import StepDescription
from offchain.proofs.trace import APPLICATION_BITS, check_index
from offchain.trees.paged_tree import PagedTree
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["MAX_ENTRIES", "ApplicationTrace", "application_trace"]

MAX_ENTRIES: Final = (1 << APPLICATION_BITS) - 1
"""Of a diff: the step behind the last entry still leads to STATE within the trace."""


class ApplicationTrace:
    """See `Trace`; made by `application_trace`. Index i is the state after i entries, then STATE."""

    bits: int = APPLICATION_BITS

    def __init__(self, application: Application, context_hash: bytes) -> None:
        if application.length > MAX_ENTRIES + 1:
            raise InputError(f"a diff of {application.length - 1} entries, more than {MAX_ENTRIES}")
        self._application = application
        self.context_hash = context_hash

    def hashes(self, indices: Sequence[int]) -> list[bytes]:
        """See `Trace.hashes`."""
        known = {index: self.hash(index) for index in sorted(set(indices))}
        return [known[index] for index in indices]

    def hash(self, index: int) -> bytes:
        """See `Trace.hash`."""
        check_index(index, 1 << self.bits)
        return self._application.hash(index)

    def witness(self, index: int) -> bytes:
        """See `Trace.witness`."""
        check_index(index, (1 << self.bits) - 1)
        return self._application.witness(index)

    def describe(self, index: int) -> StepDescription:
        """See `Trace.describe`."""
        check_index(index, (1 << self.bits) - 1)
        return describe_entry(self._application, index, index, 0, index, "application")


def application_trace(
    state_tree: SparseMerkleTree, leaves: Mapping[bytes, bytes], context: BatchContext, data: bytes
) -> ApplicationTrace:
    """The trace from `APPLY(h(S_{x-1}), h(D_x))` to STATE.

    ``state_tree`` holds `S_{x-1}`; ``leaves`` are those of `D_x`, by hashed key, zero where a key is removed;
    ``context`` and ``data`` are those of order x. Raises InputError for a diff of more than MAX_ENTRIES.
    """
    struct = context_bytes(context, PagedTree(data).root, len(data), state_tree.root, APPLY)
    return ApplicationTrace(Application(state_tree, leaves), hash_of(CONTEXT_TAG, struct))
