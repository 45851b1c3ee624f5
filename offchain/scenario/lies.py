"""Scenarios of a sequencer whose claims are false: one honest verifier is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from offchain.faults.diffs import DIFF_FAULTS, DiffFault
from offchain.faults.knowledge import Lying, altered_machine, false_diff, false_states, garbage, garbage_diff
from offchain.faults.machines import MACHINE_FAULTS, MachineFault, wrong_balance, wrong_create_address
from offchain.faults.players import NextMove, choosing
from offchain.faults.traces import STEP_BITS
from offchain.game.games import Form
from offchain.game.players import challenger_move, sequencer_move
from offchain.scenario.scenario import SLASHED, Scenario
from offchain.scenario.stage import Stage
from offchain.scenario.workload import BATCHES, UNITS

__all__ = ["LIES", "claims_against_verifier", "false_parent"]

Lie = Callable[[Stage], Lying]

_PLACE: Final = {
    "wrong-balance": ("transfer", "a sender gets an ether with its refund"),
    "wrong-slot": ("loop", "an SSTORE stores one bit too few"),
    "wrong-opcode": ("deep", "an ADD three calls deep is one off"),
    "wrong-gas": ("loop", "a JUMPI costs one gas too little"),
    "skipped-transaction": ("last", "a valid transaction is passed over"),
    "accepted-invalid": ("invalid", "a transaction with a wrong nonce is executed"),
    "wrong-create-address": ("create", "a CREATE takes the address of the next nonce"),
    "wrong-precompile": ("precompile", "SHA-256 answers with one bit flipped"),
}


def claims_against_verifier(
    lie_of: Lie, player: NextMove = sequencer_move, verifier: NextMove = challenger_move
) -> Callable[[Stage], None]:
    """The sequencer claims all batches with a lie, the verifier disputes it, both play to the end."""

    def script(stage: Stage) -> None:
        lie = lie_of(stage)
        stage.claim(lie)
        stage.defend(lie, player)
        stage.verify(verifier)
        stage.run()

    return script


def false_parent(stage: Stage, first: int, last: int = BATCHES - 1) -> Lying:
    """A false h(D) of the batch behind ``last``, on top of false h(S) from ``first`` on: case B.

    In the full form the execution of ``first`` is right, and the first step of the application is not.
    """
    full = stage.truth.end_of_execution(first) + 1
    lie = false_states(stage.world.known["sequencer"], first, last, full=full)
    return replace(lie, diff_roots={last + 1: garbage("diff", last + 1)})


def _executed(fault: MachineFault, batch: int = BATCHES) -> Lie:
    return lambda stage: altered_machine(stage.world.known["sequencer"], stage.truth, batch, fault)


def _claimed(fault: DiffFault) -> Lie:
    return lambda stage: false_diff(stage.world.known["sequencer"], stage.truth, BATCHES, fault)


def _garbage(stage: Stage) -> Lying:
    return garbage_diff(stage.world.known["sequencer"], BATCHES, (3 << STEP_BITS) + 77)


def _below(form: Form) -> Callable[[Stage], None]:
    """Claims 3 and 6 are false; the verifier disputes the higher one, which is not what an agent does."""

    def script(stage: Stage) -> None:
        lie = _executed(wrong_create_address(1), batch=3)(stage)
        lie = replace(lie, diff_roots={**lie.diff_roots, BATCHES: garbage("diff", BATCHES)})
        stage.claim(lie)
        stage.open("verifier")
        stage.defend(lie)
        stage.challenge("verifier", player=choosing(form))
        stage.run()

    return script


def _of_final(stage: Stage) -> None:
    stage.claim(last=3)
    stage.finalize()
    claims_against_verifier(lambda stage: false_parent(stage, 2))(stage)


def _at_max_lag(stage: Stage) -> None:
    lag = stage.world.parameters.max_lag
    for _ in range(BATCHES, lag):
        stage.post()
    lie = false_parent(stage, 5, lag - 1)
    stage.claim(lie, last=lag)
    stage.defend(lie)
    stage.verify()
    stage.run()


def _state_claim(batch: int, first: int) -> Callable[[Stage], None]:
    def script(stage: Stage) -> None:
        stage.claim()
        stage.finalize()
        lie = false_states(stage.world.known["sequencer"], first, batch)
        stage.tells.append(lie.tells)
        stage.claim_state(batch, lie.state_root(batch))
        stage.defend(lie)
        stage.verify()
        stage.run()

    return script


def _lies() -> Iterator[Scenario]:
    for name, fault in MACHINE_FAULTS.items():
        place, words = _PLACE[name]
        yield Scenario(
            name, f"Case A: {words}.", claims_against_verifier(_executed(fault(UNITS[place]))), SLASHED
        )
    for name, diff_fault in DIFF_FAULTS.items():
        words = (diff_fault.__doc__ or "").split(":")[0].rstrip(".")
        sentence = f"Case A, a right execution with a false diff: {words[0].lower()}{words[1:]}."
        yield Scenario(name, sentence, claims_against_verifier(_claimed(diff_fault)), SLASHED)
    yield Scenario(
        "garbage-diff",
        "Case A: an h(D) that nobody has a preimage of, with a trace that is right for a while.",
        claims_against_verifier(_garbage),
        SLASHED,
    )
    yield Scenario(
        "first-batch",
        "Case A at n = r + 1, where there is nothing to answer: a false balance in batch 1.",
        claims_against_verifier(_executed(wrong_balance(1), batch=1)),
        SLASHED,
    )
    for name, first in (("first", 1), ("middle", 3), ("last", BATCHES - 1)):
        yield Scenario(
            f"false-state-{name}",
            f"Case B: all h(S) from batch {first} on are false, the application of that batch is disputed.",
            claims_against_verifier(lambda stage, first=first: false_parent(stage, first)),  # type: ignore[misc]
            SLASHED,
            Form.APPLICATION,
            step="APPLY:",
        )
    yield Scenario(
        "false-state-full",
        "Case B: a false h(S), disputed in the full form, execution and application in one trace.",
        claims_against_verifier(lambda stage: false_parent(stage, 3), verifier=choosing(Form.FULL)),
        SLASHED,
        Form.FULL,
        step="APPLY:",
    )
    yield Scenario(
        "false-execution-below",
        "Case B: claims 3 and 6 are false, the higher one is disputed, the execution of batch 3 decides.",
        _below(Form.EXECUTION),
        SLASHED,
        Form.EXECUTION,
        step="CREATE at",
    )
    yield Scenario(
        "false-execution-full",
        "Case B: the same, with the full form at batch 3.",
        _below(Form.FULL),
        SLASHED,
        Form.FULL,
        step="CREATE at",
    )
    yield Scenario(
        "false-state-final",
        "Case B: the first false h(S) is that of a final batch, of which only the application is open.",
        _of_final,
        SLASHED,
        Form.APPLICATION,
        step="APPLY:",
    )
    yield Scenario(
        "max-lag",
        "Case B with n - r at its limit: twelve claims above r, h(S_5) is the first false one.",
        _at_max_lag,
        SLASHED,
        Form.APPLICATION,
        step="APPLY:",
    )
    yield Scenario(
        "false-state-claim",
        "A false h(S_6) is claimed though all h(D) are final and true.",
        _state_claim(BATCHES, 4),
        SLASHED,
        Form.APPLICATION,
        step="APPLY:",
    )
    yield Scenario(
        "false-state-claim-first",
        "A false h(S_1) is claimed: stage one is empty.",
        _state_claim(1, 1),
        SLASHED,
        Form.APPLICATION,
        step="APPLY:",
    )


LIES: Final = tuple(_lies())
