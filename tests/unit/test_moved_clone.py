"""A clone that was moved or copied sets itself up again; one that stands where it stood does not."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of a clone that is set up as the rule looks at."""
    folder = tmp_path / "clone"
    (folder / ".venv").mkdir(parents=True)
    (folder / ".tools").mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    return folder


def look(clone: Path) -> None:
    outer = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    subprocess.run(["make", ".tools/place"], cwd=clone, env=outer, check=True, capture_output=True)


def test_a_clone_that_was_moved_is_set_up_again(clone: Path) -> None:
    place = clone / ".tools" / "place"
    place.write_text("/where/it/was\n")
    look(clone)
    assert not (clone / ".venv").exists()
    assert place.read_text() == f"{clone.resolve()}\n"


def test_a_clone_that_stands_where_it_stood_is_left_alone(clone: Path) -> None:
    place = clone / ".tools" / "place"
    place.write_text(f"{clone.resolve()}\n")
    before = place.stat().st_mtime_ns
    look(clone)
    assert (clone / ".venv").exists()
    assert place.stat().st_mtime_ns == before, "newer than the set-up, it would be done again"
