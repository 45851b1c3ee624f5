"""Where the official fixtures lie, and which files of a folder are tests of which kind."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offchain.conformance.fields import read_mapping
from offchain.conformance.state_tests import is_state_test
from offchain.errors import FixtureError
from offchain.json_text import parse_json

__all__ = ["FIXTURES_VARIABLE", "FixtureFile", "find_fixtures", "kind_of", "list_files", "read_tests"]

FIXTURES_VARIABLE = "DELTAROLL_FIXTURES"


@dataclass(frozen=True, slots=True)
class FixtureFile:
    """A JSON file. ``named`` tells whether the user named it himself: then it has to be a test."""

    path: Path
    size: int
    named: bool


def find_fixtures(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of official fixtures: $DELTAROLL_FIXTURES unless empty, else ../shared/fixtures beside the repository.

    Raises FixtureError if there is none.
    """
    given = environ.get(FIXTURES_VARIABLE)
    if given:  # set to nothing it would be the current folder
        folder = Path(given)
        if not folder.is_dir():
            raise FixtureError(f"{FIXTURES_VARIABLE} names no folder: {given}")
        return folder
    repository = Path(__file__).resolve().parents[2]
    for folder in (repository.parent / "shared" / "fixtures", Path("../shared/fixtures")):
        if folder.is_dir():
            return folder
    raise FixtureError(
        f"no official fixtures found: set {FIXTURES_VARIABLE}, or put them into ../shared/fixtures"
    )


def list_files(paths: Iterable[Path]) -> list[FixtureFile]:
    """Every .json file named by, or lying below, the paths; each once, in a stable order.

    Raises FixtureError for a path that does not exist and for a folder without any JSON file.
    """
    found: dict[Path, FixtureFile] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(item for item in path.rglob("*.json") if item.is_file())
            if not inside:
                raise FixtureError(f"{path}: no JSON file in this folder")
            for item in inside:
                found.setdefault(item, FixtureFile(item, item.stat().st_size, named=False))
        elif path.is_file():
            found[path] = FixtureFile(path, path.stat().st_size, named=True)
        else:
            raise FixtureError(f"{path}: no such file or folder")
    return list(found.values())


def read_tests(path: Path) -> Iterator[tuple[str, Any]]:
    """(name, test) pairs of one file. Raises FixtureError if it can't be read as a JSON object."""
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FixtureError(f"{path}: can't be read: {error.strerror}") from error
    except ValueError as error:
        raise FixtureError(f"{path}: not JSON: {str(error).splitlines()[0]}") from error
    yield from read_mapping(str(path), content).items()


def kind_of(test: Any) -> str | None:
    """ "state", "transaction", "call" (single calls of VMTests), or None for any other kind."""
    if is_state_test(test):
        return "state"
    if isinstance(test, dict):
        if {"result", "txbytes"} <= test.keys():
            return "transaction"
        if {"env", "pre", "exec"} <= test.keys():
            return "call"
    return None
