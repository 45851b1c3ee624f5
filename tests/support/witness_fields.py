"""Witnesses taken apart into their fields, for whoever wants to change one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from typing import Final

from offchain.batches.codec import encode_order
from offchain.conformance.machine import memory_state
from offchain.evm.context import PreState
from offchain.evm.frame import Frame
from offchain.evm.instructions import INSTRUCTIONS
from offchain.evm.pending import Hash
from offchain.evm.phase import Phase
from offchain.proofs.machine import ProvenCheckpoint, ProvingMachine
from offchain.proofs.overlay import ProvingOverlay, ProvingScratch
from offchain.proofs.sponge import sponge_bytes
from tests.support.batches import World
from tests.support.step_proofs import ProvenStep, proven_steps, proving_machine

__all__ = ["Field", "FieldMachine", "OpenedStep", "opened_steps"]

_SLICE: Final = ("kind", 1), ("root", 32), ("offset", 4), ("size", 4)


def _slice(name: str) -> tuple[tuple[str, int], ...]:
    return tuple((f"{name}.{part}", size) for part, size in _SLICE)


#: The fields of the structs of docs/machine.md with their widths.
STRUCTS: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "machine": (
        *(("phase", 1), ("unit", 2), ("cursor", 4), ("gasLeft", 8), ("diffRoot", 32), ("tx", 32)),
        ("frame", 32),
    ),
    "context": (
        *(("fork", 1), ("chainId", 8), ("number", 8), ("timestamp", 8), ("prevrandao", 32)),
        *(("parentOrderHash", 32), ("coinbase", 20), ("gasLimit", 8), ("baseFee", 32), ("blobBaseFee", 32)),
        *(("dataRoot", 32), ("dataSize", 4), ("preRoot", 32), ("mode", 1)),
    ),
    "tx": (
        *(("origin", 20), ("to", 20), ("isCreate", 1), ("value", 32), ("gasPrice", 32), ("gasLimit", 8)),
        *(("gas", 8), ("floorGas", 8), *_slice("data"), ("accessListEnd", 4), ("authorizationsStart", 4)),
        *(("authorizationsEnd", 4), ("listCursor", 4), ("keysEnd", 4), ("listAddress", 20)),
        *(("diffRoot0", 32), ("scratchRoot", 32), ("refund", 8), ("newSlots", 32), ("destroyed", 32)),
    ),
    "frame": (
        *(("const", 32), ("codeRoot", 32), ("codeSize", 4), ("pc", 4), ("gas", 8), ("stack", 32)),
        *(("stackSize", 2), ("memoryRoot", 32), ("memorySize", 4), *_slice("returnData"), ("pending", 32)),
    ),
    "const": (
        *(("kind", 1), ("address", 20), ("caller", 20), ("value", 32), *_slice("input"), ("static", 1)),
        *(("depth", 2), ("isNew", 1), ("checkpoint", 32), ("parent", 32)),
    ),
    "checkpoint": (("diffRoot", 32), ("scratchRoot", 32), ("refund", 8), ("newSlots", 32), ("destroyed", 32)),
    "pending": (
        *(("kind", 1), *_slice("source"), ("offset", 4), ("destination", 4), ("remaining", 4)),
        ("sponge", 32),
    ),
}
#: An opening of a sparse tree; what is behind the bitmap varies.
_OPENING: Final = (("kind", 1), ("bitmap", 32))
_LIST_ENTRIES: Final = (84, 52)


@dataclass(frozen=True, slots=True)
class Field:
    """Bytes ``start`` to ``end`` of a witness; equal names mean the same field of a step."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OpenedStep:
    """A step and the fields of its witness, which cover it but for the first byte."""

    step: ProvenStep
    fields: tuple[Field, ...]


class FieldMachine(ProvingMachine):
    """A machine that remembers which parts the witness of the last step has."""

    def new_overlay(self, pre: PreState) -> ProvingOverlay:
        """See `ProvingMachine.new_overlay`."""
        self._labels: dict[int, str] = {}
        self._known: dict[bytes, str] = {}
        self._purging = False
        record = partial(self._record_as, "state")
        return ProvingOverlay(pre, self._pre_tree, self.codes, self.journal, record)

    def new_scratch(self) -> ProvingScratch:
        """See `ProvingMachine.new_scratch`."""
        scratch = super().new_scratch()
        scratch._record = partial(self._record_as, "scratch")
        return scratch

    def _record_as(self, label: str, part: bytes) -> None:
        self._labels[len(self._witness)] = label
        self._record(part)

    def prove_step(self) -> bytes:
        """See `ProvingMachine.prove_step`."""
        self._labels = {}
        self._purging = self.phase is Phase.PURGE
        self._known = {self.context_struct: "context"}
        if self.frame is not None:
            self._know_frame(self.frame)
        return super().prove_step()

    def _know_frame(self, frame: Frame) -> None:
        """Note what a step of the frame may have to show."""
        parts, known = self.parts, self._known
        checkpoint = frame.checkpoint
        assert isinstance(checkpoint, ProvenCheckpoint)
        known[parts.frame_bytes(frame)] = "frame"
        known[parts.const_bytes(frame)] = "const"
        known[checkpoint.struct] = "checkpoint"
        if frame.parent is not None:
            known[parts.frame_bytes(frame.parent) + parts.pending_bytes(frame.parent)] = "parent"
        pending = frame.pending
        if pending is None:
            have = len(frame.stack)
            pops = INSTRUCTIONS[frame.code.padded[frame.pc]].pops
            if pops <= have:
                words = frame.stack[have - pops :]
                known[b"".join(word.to_bytes(32, "big") for word in reversed(words))] = "words"
                known[parts.stack_hash(frame, have - pops)] = "chain"
            return
        known[parts.pending_bytes(frame)] = "pending"
        if isinstance(pending, Hash):
            known[sponge_bytes(pending.source.content[: pending.absorbed])] = "sponge"

    def fields(self) -> tuple[Field, ...]:
        """The fields of the witness of the last step."""
        fields: list[Field] = []
        at = 1
        count: dict[str, int] = {}
        for index, part in enumerate(self._witness):
            if not part:
                continue
            label = self._label(index, part)
            number = count[label] = count.get(label, 0) + 1
            name = label if number == 1 else f"{label} {number}"
            fields += _split(label, name, part, at)
            at += len(part)
        return tuple(fields)

    def _label(self, index: int, part: bytes) -> str:
        if index == 0:
            return "machine"
        if index in self._labels:
            codes = {23: "delegation", 64: "code"}  # no opening has so few bytes but the two shortest
            return codes.get(len(part), self._labels[index])
        if part in self._known:
            return self._known[part]
        if part == getattr(self, "_opening_transaction", None):
            return "tx"
        return "list entry" if len(part) in _LIST_ENTRIES and self._purging else "range"


def _split(label: str, name: str, part: bytes, at: int) -> Iterator[Field]:
    if label == "parent":
        size = len(part) - 86
        yield from _split("frame", "parent", part[:size], at)
        yield from _split("pending", "parent pending", part[size:], at + size)
        return
    layout = STRUCTS.get(label)
    if layout is None and label in ("state", "scratch") and len(part) > 33:
        layout = _OPENING
    widths = layout or ()
    assert layout is None or label not in STRUCTS or sum(size for _, size in widths) == len(part), label
    edges = list(accumulate((size for _, size in widths), initial=0))
    for (field, _), (start, end) in zip(widths, pairwise(edges), strict=True):
        yield Field(f"{name}.{field}", at + start, at + end)
    if edges[-1] < len(part):
        yield Field(f"{name}.rest" if widths else name, at + edges[-1], at + len(part))


def opened_steps(world: World, items: Sequence[bytes], limit: int = 1 << 24) -> Iterator[OpenedStep]:
    """The steps of a batch with the fields of their witnesses."""
    plain = proving_machine(world, items)
    pre = memory_state(world.accounts)
    machine = FieldMachine(pre, plain._pre_tree, world.context, encode_order(items))
    for step in proven_steps(machine, limit):
        fields = machine.fields()
        assert fields[0].start == 1 and fields[-1].end == len(step.witness)
        yield OpenedStep(step, fields)
