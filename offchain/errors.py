"""The exception tree. Every error that Deltaroll raises on purpose is a `DeltarollError`.

The command line turns an `InputError` into one line and exit code 2. Exceptional halts of the L2 machine are
no errors of ours but data, and live in `offchain.evm.exceptions`.
"""

from __future__ import annotations

__all__ = [
    "DecodeError",
    "DeltarollError",
    "FixtureError",
    "InputError",
    "NetworkError",
    "ProofError",
    "StoreError",
]


class DeltarollError(Exception):
    """Base of everything that this package raises on purpose."""


class InputError(DeltarollError):
    """Something handed to us (a file, an argument, a chain) can't be used: one clear line, exit code 2."""


class DecodeError(InputError):
    """Bytes that do not follow their wire format."""


class FixtureError(InputError):
    """An official test file that is absent or can't be read as one."""


class NetworkError(InputError):
    """L1 can't be reached, is not the chain we expect, or does not answer as a chain does."""


class StoreError(InputError):
    """The flat store is absent, locked, damaged, foreign or full."""


class ProofError(DeltarollError):
    """A proof or witness that does not show what it should."""
