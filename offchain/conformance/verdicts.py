"""What the specification said about a case, kept on disk: it is slow, and says the same every time.

One SQLite file for each version of EELS, written by many processes at once. A verdict holds digests, not
states: a case that disagrees is run again to say where. Deleting the file is always safe.
"""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from offchain.conformance.case import StateCase
from offchain.conformance.eels import EELS_VERSION, run_on_eels
from offchain.conformance.outcome import Outcome, logs_hash, state_digest
from offchain.conformance.time_limit import TimeLimitError, time_limit
from offchain.errors import FixtureError

__all__ = ["TIMED_OUT", "Verdict", "VerdictStore", "cache_folder", "verdict_of"]

#: Raise it whenever the meaning of a verdict or of `StateCase.key` changes.
FORMAT: Final = 1
TIMED_OUT: Final = "timed out"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Status, reason, gas used and notes as in `Outcome`; ``logs`` and ``state`` are hexadecimal digests.

    If ``status`` is TIMED_OUT, ``gas_used`` holds the limit in seconds and nothing else has a meaning.
    """

    status: str
    reason: str
    gas_used: int
    logs: str
    state: str
    notes: tuple[str, ...]


def verdict_of(outcome: Outcome) -> Verdict:
    """The digest form of an outcome; equal verdicts (but for reason and notes) are equal outcomes."""
    return Verdict(
        outcome.status,
        outcome.reason,
        outcome.gas_used,
        logs_hash(outcome.logs).hex(),
        state_digest(outcome.post).hex(),
        outcome.notes,
    )


def cache_folder() -> Path:
    """`.build/conformance` of the checkout; for an installed package, the user's cache folder."""
    repository = Path(__file__).resolve().parents[2]
    if (repository / "pyproject.toml").is_file():
        return repository / ".build" / "conformance"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deltaroll" / "conformance"


class VerdictStore:
    """EELS with a memory. ``limit`` is the time limit for one case in seconds.

    Raises FixtureError if the file can't be opened, or is none of ours.
    """

    def __init__(self, folder: Path, limit: float) -> None:
        self.path = folder / f"eels-{EELS_VERSION}-{FORMAT}.sqlite"
        self.limit = limit
        self.executed = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=OFF")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS verdicts (key BLOB PRIMARY KEY, value TEXT NOT NULL)"
            )
        except (OSError, sqlite3.Error) as error:
            raise FixtureError(f"{self.path}: the cache of verdicts can't be used: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def verdict(self, case: StateCase) -> Verdict:
        """EELS's verdict on the case, from the file or by running it."""
        known = self._read(case.key)
        if known is not None and not (known.status == TIMED_OUT and known.gas_used < self.limit):
            return known
        self.executed += 1
        try:
            with time_limit(self.limit):
                found = verdict_of(run_on_eels(case))
        except TimeLimitError:
            found = Verdict(TIMED_OUT, "", int(self.limit), "", "", ())
        self._write(case.key, found)
        return found

    def _read(self, key: bytes) -> Verdict | None:
        try:
            row = self._connection.execute("SELECT value FROM verdicts WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            raise FixtureError(
                f"{self.path}: the cache of verdicts is damaged ({error}); delete it"
            ) from error
        if row is None:
            return None
        fields = json.loads(row[0])
        return Verdict(**{**fields, "notes": tuple(fields["notes"])})

    def _write(self, key: bytes, verdict: Verdict) -> None:
        value = json.dumps(asdict(verdict), separators=(",", ":"))
        try:
            self._connection.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", (key, value))
        except sqlite3.Error as error:
            raise FixtureError(f"{self.path}: the cache of verdicts can't be written: {error}") from error
