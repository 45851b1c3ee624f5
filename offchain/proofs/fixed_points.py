"""Witnesses of states that stay as they are. Twin: the entry, contracts/osp/OneStepVerifier.sol.

They begin with a byte that names no prover, see `offchain/proofs/provers.py`.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "DIFF_KIND",
    "FINISHED_UNIT_KIND",
    "STATE_KIND",
    "diff_witness",
    "finished_unit_witness",
    "state_witness",
]

FINISHED_UNIT_KIND: Final = 9
DIFF_KIND: Final = 10
STATE_KIND: Final = 11


def finished_unit_witness(machine_struct: bytes) -> bytes:
    """That a state belongs to the next unit; ``machine_struct`` is struct `machine` of 111 bytes."""
    return bytes([FINISHED_UNIT_KIND]) + machine_struct


def diff_witness(diff_root: bytes) -> bytes:
    """That a state is DIFF."""
    return bytes([DIFF_KIND]) + diff_root


def state_witness(root: bytes) -> bytes:
    """That a state is STATE."""
    return bytes([STATE_KIND]) + root
