"""The compiled contracts, never stale.

ape recompiles a file only if that file itself changed, not if something it imports did, and would then run
the old code of every dependant. So everything that bytecode depends on is hashed, the hash is kept beside
ape's cache, and a difference compiles everything anew.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ape import Project
from ape.contracts import ContractContainer
from ape.exceptions import ApeException

from offchain.errors import InputError

__all__ = ["ROOT", "Contracts", "are_compiled", "load_contracts", "source_fingerprint"]

ROOT: Final = Path(__file__).resolve().parents[2]
STAMP: Final = Path(".build") / "sources.sha256"
SETTINGS: Final = ("ape-config.yaml", "package-lock.json")
"""Besides the sources: the compiler's settings, and the versions of what is imported from npm."""


class Contracts(Mapping[str, ContractContainer]):
    """The project's contracts by name."""

    def __init__(self, containers: Mapping[str, ContractContainer]) -> None:
        self._containers = dict(containers)

    def __getitem__(self, name: str) -> ContractContainer:
        try:
            return self._containers[name]
        except KeyError:
            raise InputError(f"the project has no contract {name}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._containers)

    def __len__(self) -> int:
        return len(self._containers)


def load_contracts(root: Path = ROOT) -> Contracts:
    """The contracts of the ape project in ``root``, compiled from the sources as they are now.

    Raises `InputError` where there is no project or no compiler, or the sources do not compile.
    """
    if not (root / "ape-config.yaml").is_file():
        raise InputError(f"{root} is no ape project: it has no ape-config.yaml")
    fingerprint = source_fingerprint(root)
    fresh = _stamp(root) == fingerprint
    try:
        # By name, because ape itself lists at most 500 files and would count the npm contracts that it unpacks.
        names = [path.relative_to(root).as_posix() for path in _sources(root)]
        containers = Project(root).load_contracts(*names, use_cache=fresh)
    except ApeException as error:
        raise InputError(f"the contracts do not compile: {error}") from error
    if not fresh:
        _write_whole(root / STAMP, fingerprint)
    return Contracts(containers)


def are_compiled(root: Path = ROOT) -> bool:
    """Whether `load_contracts` has nothing to compile, which else takes most of a minute."""
    return _stamp(root) == source_fingerprint(root)


def _stamp(root: Path) -> str:
    """The fingerprint of the sources that were compiled last, "" where none were."""
    stamp = root / STAMP
    return stamp.read_text() if stamp.is_file() else ""


def source_fingerprint(root: Path) -> str:
    """A hash of every name and content that the bytecode of the project in ``root`` depends on."""
    paths = _sources(root)
    paths += [path for name in SETTINGS if (path := root / name).is_file()]
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(root: Path) -> list[Path]:
    """Our own sources, without ape's copies of those from npm."""
    return [path for path in sorted((root / "contracts").rglob("*.sol")) if ".cache" not in path.parts]


def _write_whole(path: Path, text: str) -> None:
    """Write all of ``text`` or nothing: a killed run must not leave a stamp that lies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(temporary).replace(path)
