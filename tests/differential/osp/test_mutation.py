"""Mutants of witnesses: whatever is changed in whatever field of whatever kind of step, the verifier must refuse it.

A witness has no room: the contract reverts for every other byte string, so a mutant that it takes is a survivor, with
the right successor as well as with another one.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import groupby

import pytest

from offchain.evm.instructions import INSTRUCTIONS
from offchain.evm.phase import Phase
from offchain.proofs.application import Application
from offchain.proofs.encoding import MACHINE_TAG, diff_hash, hash_of, machine_bytes, state_hash
from offchain.proofs.fixed_points import diff_witness, finished_unit_witness, state_witness
from offchain.proofs.provers import Prover
from offchain.trees.sparse_merkle_tree import SparseMerkleTree
from tests.support.assembly import assemble
from tests.support.batches import CALLEE, CONTRACT, World, transaction
from tests.support.in_process import Reverted
from tests.support.phase_steps import STORE, created_by, suicidal, tuple_of
from tests.support.programs import scenario
from tests.support.step_proofs import MICRO_STEP, ProvenStep
from tests.support.verifier_contract import verifier
from tests.support.witness_fields import Field, OpenedStep, opened_steps

FAST_MUTANTS = 600
SLOW_MUTANTS = 20_000
PROGRAMS = 80
EXAMPLES = 4  # of each kind of step
LIMIT = 1_500  # steps of a program

_GROUPS = (("PUSH", 0x60, 0x7F), ("DUP", 0x80, 0x8F), ("SWAP", 0x90, 0x9F), ("LOG", 0xA0, 0xA4))
_Steps = dict[str, list[OpenedStep]]
_Count = Counter[tuple[str, str, str]]  # kind of step, field, way


def name_of(opcode: int) -> str:
    """The instruction's name; those of a group share one, and so do all bytes that are no instruction."""
    for name, first, last in _GROUPS:
        if first <= opcode <= last:
            return name
    return INSTRUCTIONS[opcode].name


def kind_of(opened: OpenedStep) -> str:
    """The kind of a step: phase or instruction, and whether the frame ended."""
    step = opened.step
    if step.phase is not Phase.EXECUTE:
        return step.phase.name
    end = " that ends" if step.ended else ""
    if step.opcode != MICRO_STEP:
        return name_of(step.opcode) + end
    return "HASH block" if step.witness[112 + 223] == 4 else "COPY page"


def expected_kinds() -> set[str]:
    """All there is: every instruction, phase, micro-step and fixed point."""
    names = {name_of(opcode) for opcode in range(256)}
    ends = {"STOP", "RETURN", "REVERT", "SELFDESTRUCT", "INVALID"}
    kinds = {name + (" that ends" if name in ends else "") for name in names}
    kinds |= {phase.name for phase in Phase if phase not in (Phase.EXECUTE, Phase.DIFF)}
    kinds -= {"STATE"}
    return kinds | {"COPY page", "HASH block", "APPLY", "finished unit", "fixed DIFF", "fixed STATE"}


# Steps


def _batches() -> Iterator[tuple[World, list[bytes]]]:
    numbers = random.Random(77)
    for _ in range(PROGRAMS):
        found = scenario(numbers.randbytes(numbers.choice((120, 300, 600, 1_200))))
        yield found.world, found.items
    for code in (created_by([suicidal(2)]), created_by([suicidal(0), suicidal(1)])):
        yield World.of({CONTRACT: code, CALLEE: STORE}), [transaction()]
    yield (
        World.of({CONTRACT: STORE, CALLEE: STORE}),
        [
            transaction(type=4, authorizations=[tuple_of(), tuple_of(nonce=1)]),
            transaction(nonce=1, type=1, max_fee=20, access_list=[(CALLEE, [1, 2]), (CONTRACT, [])]),
            b"\x01",
        ],
    )
    long = assemble(9_000, 0, "KECCAK256", "POP")
    rest = b"".join(
        assemble(*([3] * INSTRUCTIONS[opcode].pops), bytes([opcode]))
        for opcode in range(0x01, 0xA5)
        if INSTRUCTIONS[opcode].name not in ("INVALID", "JUMP", "JUMPI") and not 0x60 <= opcode <= 0x9F
    )
    for tail in (assemble("@end", "JUMP", ":end"), assemble(1, "@end", "JUMPI", ":end"), b"\x21", b"\xfe"):
        yield World.of({CONTRACT: tail}), [transaction(data=b"\x07" * 40)]
    yield World.of({CONTRACT: long + rest}), [transaction(data=b"\x07" * 40)]


def _outside_of_batches() -> Iterator[tuple[str, OpenedStep]]:
    def opened(before: bytes, after: bytes, witness: bytes, cuts: list[tuple[str, int]]) -> OpenedStep:
        step = ProvenStep(bytes(32), 1, before, after, witness, Phase.DIFF, -2, -1, 0, None)
        fields, at = [], 1
        for name, size in [*cuts, ("rest", len(witness))]:
            end = min(at + size, len(witness))
            if at < end:
                fields.append(Field(name, at, end))
            at = end
        return OpenedStep(step, tuple(fields))

    for salt in range(EXAMPLES):
        numbers = random.Random(salt)
        root = numbers.randbytes(32)
        yield "fixed DIFF", opened(diff_hash(root), diff_hash(root), diff_witness(root), [("root", 32)])
        yield "fixed STATE", opened(state_hash(root), state_hash(root), state_witness(root), [("root", 32)])
        machine = machine_bytes(1, 2, salt, 1_000, root, bytes(32), bytes(32))
        state = hash_of(MACHINE_TAG, machine)
        cuts = [("phase", 1), ("unit", 2), ("cursor", 4), ("gasLeft", 8), ("diffRoot", 32), ("tx", 32)]
        yield "finished unit", opened(state, state, finished_unit_witness(machine), [*cuts, ("frame", 32)])
        leaves = {numbers.randbytes(32): numbers.randbytes(32) for _ in range(20)}
        diff = {key: bytes(32) for key in list(leaves)[:3]} | {root: root}
        run = Application(SparseMerkleTree(leaves), diff)
        cuts = [("root", 32), ("rest of the diff", 32), ("key", 32), ("kind", 1), ("bitmap", 32)]
        for index in (0, 1, run.length - 1):
            yield "APPLY", opened(run.hash(index), run.hash(index + 1), run.witness(index), cuts)


@cache
def all_steps() -> _Steps:
    """Some steps of every kind, with as many different sets of fields as there are."""
    steps: dict[str, list[OpenedStep]] = defaultdict(list)
    shapes: set[tuple[str, frozenset[str]]] = set()
    for world, items in _batches():
        for opened in opened_steps(world, items, LIMIT):
            kind = kind_of(opened)
            shape = kind, frozenset(field.name for field in opened.fields)
            if len(steps[kind]) < 2 or (shape not in shapes and len(steps[kind]) < 4 * EXAMPLES):
                shapes.add(shape)
                steps[kind].append(opened)
    for kind, opened in _outside_of_batches():
        steps[kind].append(opened)
    return dict(steps)


# Mutants


def places_of(opened: OpenedStep) -> Iterator[Field]:
    """The fields of a witness, and the structs that have more than one of them."""
    yield from opened.fields
    for name, group in groupby(opened.fields, key=lambda field: field.name.split(".")[0]):
        fields = list(group)
        if len(fields) > 1:
            yield Field(name, fields[0].start, fields[-1].end)


def mutants_of(
    opened: OpenedStep, field: Field, donors: list[bytes], rng: random.Random
) -> Iterator[tuple[str, bytes]]:
    """Every way of changing one field, each once; a way that changes nothing gives nothing."""
    witness = opened.step.witness
    head, own, tail = witness[: field.start], witness[field.start : field.end], witness[field.end :]
    size = len(own)
    for at in {0, size - 1, rng.randrange(size)}:
        yield "flipped", head + own[:at] + bytes([own[at] ^ 1 << rng.randrange(8)]) + own[at + 1 :] + tail
    changed = [
        ("flipped", bytes(size)),
        ("flipped", bytes(byte ^ 0xFF for byte in own)),
        ("truncated", own[:-1]),
        ("truncated", b""),
        ("extended", own + rng.randbytes(1)),
        ("extended", own + own),
        ("extended", b"\0" + own),
    ]
    others = (other for other in rng.sample(donors, min(8, len(donors))) if other != own)
    changed += [("of another step", other) for other in others][:2]
    yield from ((way, head + other + tail) for way, other in changed if other != own)
    yield "truncated", head + own[: rng.randrange(size)]  # the witness ends here
    yield "extended", witness + own


def whole_mutants(opened: OpenedStep, others: list[bytes], rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """The witness as a whole: another prover's, another step's, empty, longer."""
    witness = opened.step.witness
    yield from (("flipped", bytes([first]) + witness[1:]) for first in range(16) if first != witness[0])
    yield "truncated", b""
    yield "truncated", witness[:-1]
    yield "extended", witness + b"\0"
    yield from (("of another step", other) for other in rng.sample(others, 3) if other != witness)


def survives(step: ProvenStep, witness: bytes) -> bool:
    """Whether the verifier takes a witness that is not the step's."""
    try:
        verifier().call("step", step.context_hash, step.unit, step.before, witness)
    except Reverted:
        return False
    return True


def run(target: int, seed: int) -> _Count:
    """About ``target`` mutants or more, spread over all places: how many of which. Fails with the survivors.

    Below the number of places each of a sample is changed once, else each is changed in every way.
    """
    rng = random.Random(seed)
    witnesses = [opened.step.witness for examples in all_steps().values() for opened in examples]
    donors: dict[str, set[bytes]] = defaultdict(set)
    places: list[tuple[str, OpenedStep, Field | None]] = []
    for kind, examples in sorted(all_steps().items()):
        for opened in examples:
            places.append((kind, opened, None))
            for field in places_of(opened):
                donors[field.name].add(opened.step.witness[field.start : field.end])
                places.append((kind, opened, field))
    known = {name: sorted(donated) for name, donated in donors.items()}
    rng.shuffle(places)
    thorough = target > len(places)
    count: _Count = Counter()
    survivors: _Count = Counter()
    for kind, opened, place in places if thorough else places[:target]:
        if place is None:
            made = list(whole_mutants(opened, witnesses, rng))
        else:
            made = list(mutants_of(opened, place, known[place.name], rng))
        name = "witness" if place is None else place.name
        for way, witness in made if thorough else rng.sample(made, 1):
            if witness != opened.step.witness:
                count[kind, name, way] += 1
                survivors[kind, name, way] += survives(opened.step, witness)
    assert not +survivors, +survivors
    return count


def test_there_is_a_step_of_every_kind() -> None:
    steps = all_steps()
    assert expected_kinds() <= steps.keys(), expected_kinds() - steps.keys()
    names = {
        field.name.split(".")[0] for examples in steps.values() for one in examples for field in one.fields
    }
    structs = {"machine", "frame", "const", "tx", "context", "checkpoint", "pending", "parent"}
    parts = {"words", "chain", "range", "sponge", "state", "scratch", "code", "delegation", "list entry"}
    assert names >= structs | parts
    provers = {one.step.witness[0] for examples in steps.values() for one in examples}
    assert provers == {*Prover, 9, 10, 11}


def test_the_witnesses_that_are_mutated_are_good() -> None:
    for kind, examples in all_steps().items():
        for one in examples:
            step = one.step
            (after,) = verifier().call("step", step.context_hash, step.unit, step.before, step.witness)
            assert bytes(after) == step.after, kind
            assert survives(step, step.witness)


def test_hundreds_of_mutants_are_refused() -> None:
    count = run(FAST_MUTANTS, seed=1)
    assert count.total() >= FAST_MUTANTS // 2
    assert len({kind for kind, _, _ in count}) > 50


@pytest.mark.slow
def test_tens_of_thousands_of_mutants_are_refused() -> None:
    count = run(1 << 62, seed=2)
    kinds = {kind for kind, _, _ in count}
    assert count.total() >= SLOW_MUTANTS and kinds >= expected_kinds()
    by_field: Counter[tuple[str, str]] = Counter()
    by_way: Counter[str] = Counter()
    for (kind, name, way), number in count.items():
        by_field[kind, name] += number
        by_way[way] += number
    assert by_way.keys() == {"flipped", "truncated", "extended", "of another step"}
    for kind in sorted(kinds):
        fields = [f"{name}={number}" for (of, name), number in sorted(by_field.items()) if of == kind]
        print(f"{kind}:", *fields)
    print(dict(by_way))
    print(f"{count.total():,} mutants of {len(kinds)} kinds, {len(by_field):,} fields of them, 0 survivors")
