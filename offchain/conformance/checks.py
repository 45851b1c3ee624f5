"""The two ways to judge a case: by the root that the fixture states, or by another EVM."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from offchain.conformance.case import StateCase
from offchain.conformance.eels import run_on_eels
from offchain.conformance.machine import Machine
from offchain.conformance.outcome import REJECTED, Outcome, differences, logs_hash
from offchain.conformance.skips import reason_before_running, reason_from_notes, reason_from_oracle
from offchain.conformance.state_root import state_root
from offchain.conformance.time_limit import TimeLimitError, time_limit
from offchain.conformance.verdicts import TIMED_OUT, Verdict, VerdictStore, verdict_of

__all__ = [
    "CaseResult",
    "check_against_eels",
    "check_against_root",
    "describe",
    "eels_within_limit",
    "failed",
    "passed",
    "run_machine",
    "skipped",
]

#: The rules that every case is executed under, whatever it was filled for.
FORK: Final = "Osaka"

SHOWN_DIFFERENCES: Final = 6
NOTES_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one case. It passed, or ``error`` or ``skipped`` says why it did not.

    ``state_root`` is the MPT root after our execution, if one was computed. ``rejected`` tells a case that
    passed because its transaction was refused, as it had to be.
    """

    path: str
    name: str
    fork: str
    passed: bool
    state_root: bytes | None = None
    error: str | None = None
    skipped: str | None = None
    rejected: bool = False


def passed(case: StateCase, outcome: Outcome, root: bytes | None = None) -> CaseResult:
    """The result of a case that did as expected."""
    return CaseResult(case.path, case.name, FORK, True, root, rejected=outcome.status == REJECTED)


def failed(case: StateCase, error: str, root: bytes | None = None) -> CaseResult:
    """The result of a case that did not."""
    return CaseResult(case.path, case.name, FORK, False, root, error=error)


def skipped(case: StateCase, reason: str) -> CaseResult:
    """The result of a case that says nothing about us, for the reason given."""
    return CaseResult(case.path, case.name, FORK, False, skipped=reason)


def run_machine(case: StateCase, machine: Machine, limit: float) -> Outcome | CaseResult:
    """Our machine on the case; a failed result if it raises or passes the time limit (seconds)."""
    try:
        with time_limit(limit):
            return machine(case)
    except TimeLimitError:
        return failed(case, f"our machine needs more than {limit:g} s")
    except Exception as error:  # noqa: BLE001 - whatever a machine raises is that case's failure
        return failed(case, f"our machine raised {type(error).__name__}: {error}")


def check_against_root(
    case: StateCase, machine: Machine, limit: float, oracle: Callable[[StateCase], Outcome] | None = None
) -> CaseResult:
    """Compare the MPT root, the hash of the logs, and whether the transaction is rejected.

    The fixture must have been filled for Osaka. ``oracle`` (EELS) is asked for notes only.
    """
    reason = reason_before_running(case)
    if reason is not None:
        return skipped(case, reason)
    outcome = run_machine(case, machine, limit)
    if isinstance(outcome, CaseResult):
        return outcome
    root = state_root(outcome.post)
    error = _root_error(case, outcome, root)
    reason = reason_from_oracle(case, error is None, oracle or eels_within_limit)
    if reason is not None:
        return skipped(case, reason)
    return passed(case, outcome, root) if error is None else failed(case, error, root)


def _root_error(case: StateCase, outcome: Outcome, root: bytes) -> str | None:
    rejected = outcome.status == REJECTED
    if case.expected_exception and not rejected:
        return f"accepted, but must be rejected with {case.expected_exception}"
    if rejected and not case.expected_exception:
        return f"rejected ({outcome.reason}), but must be accepted"
    if root != case.expected_root:
        return f"post state root mismatch: got {root.hex()}, want {case.expected_root.hex()}"
    logs = logs_hash(outcome.logs)
    if logs != case.expected_logs:
        return f"post state logs hash mismatch: got {logs.hex()}, want {case.expected_logs.hex()}"
    return None


def check_against_eels(case: StateCase, machine: Machine, verdicts: VerdictStore, limit: float) -> CaseResult:
    """Compare status, gas used, logs, and every account, slot and code under Osaka rules with EELS."""
    reason = reason_before_running(case)
    if reason is not None:
        return skipped(case, reason)
    verdict = verdicts.verdict(case)
    if verdict.status == TIMED_OUT:
        return skipped(case, f"EELS needs more than {verdict.gas_used} s")
    outcome = run_machine(case, machine, limit)
    if isinstance(outcome, CaseResult):
        result = outcome
    elif _same(verdict_of(outcome), verdict):
        result = passed(case, outcome)
    else:
        error = describe(differences(outcome, run_on_eels(case)))
        result = failed(case, error or "the cached verdict is not EELS's")
    # The verdict already holds EELS's notes: with 2,600 cases that have storage without code in their state
    # but hardly any that creates there, asking again would double the run.
    reason = reason_from_notes(verdict.notes, result.passed)
    return result if reason is None else skipped(case, reason)


def eels_within_limit(case: StateCase) -> Outcome:
    """EELS, but without a word on a case for which it needs more than NOTES_SECONDS."""
    try:
        with time_limit(NOTES_SECONDS):
            return run_on_eels(case)
    except TimeLimitError:
        return Outcome(TIMED_OUT, "", 0, (), case.pre)


def describe(found: Iterable[str]) -> str | None:
    """Differences as one line, None if there are none."""
    every = list(found)
    if not every:
        return None
    rest = len(every) - SHOWN_DIFFERENCES
    return "; ".join(every[:SHOWN_DIFFERENCES]) + (f"; and {rest} more" if rest > 0 else "")


def _same(ours: Verdict, theirs: Verdict) -> bool:
    fields = ("status", "gas_used", "logs", "state")
    return all(getattr(ours, name) == getattr(theirs, name) for name in fields)
