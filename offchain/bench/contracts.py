"""The contracts of the workloads, compiled from their sources when a benchmark needs them.

The compiler and its settings are the project's own. The result is kept under ``.build`` by the hash of all that
it depends on, so it can't be stale.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from offchain.errors import InputError

__all__ = ["Compiled", "compiled"]

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = "benchmarks/contracts/Loads.sol"
COMPILER_VERSION: Final = "0.8.37"
_IMPORT: Final = re.compile(r"""^\s*import\s[^;"']*["']([^"']+)["']\s*;""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Compiled:
    """Bytecode of one contract: ``creation`` makes it, ``runtime`` is what lies at its address."""

    creation: bytes
    runtime: bytes


@cache
def compiled() -> dict[str, Compiled]:
    """Every contract of the workloads by name. Raises `InputError` where the compiler or a source is absent."""
    request = _request()
    fingerprint = hashlib.sha256((COMPILER_VERSION + request).encode()).hexdigest()
    cached = ROOT / ".build" / "bench" / f"{fingerprint[:32]}.json"
    if cached.exists():
        found: dict[str, list[str]] = json.loads(cached.read_text())
    else:
        found = _compile(request)
        cached.parent.mkdir(parents=True, exist_ok=True)
        # Written whole or not at all: two runs may share the folder.
        unfinished = cached.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(found))
        unfinished.replace(cached)
    return {name: Compiled(*map(bytes.fromhex, pair)) for name, pair in found.items()}


def _request() -> str:
    """The compiler's standard JSON input: the source, all that it imports, the settings of foundry.toml."""
    try:
        profile = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
        remappings = [entry.split("=", 1) for entry in profile["remappings"]]
        sources: dict[str, dict[str, str]] = {}
        pending = [SOURCE]
        while pending:
            unit = pending.pop()
            if unit in sources:
                continue
            path = next((to + unit[len(of) :] for of, to in remappings if unit.startswith(of)), unit)
            text = (ROOT / path).read_text()
            sources[unit] = {"content": text}
            for imported in _IMPORT.findall(text):
                relative = imported.startswith(".")
                pending.append(os.path.normpath(f"{Path(unit).parent}/{imported}") if relative else imported)
    except FileNotFoundError as error:
        raise InputError(
            f"{error.filename} is missing: run `make setup` in a checkout of the project"
        ) from None
    return json.dumps(
        {
            "language": "Solidity",
            "sources": dict(sorted(sources.items())),
            "settings": {
                "evmVersion": profile["evm_version"],
                "viaIR": profile["via_ir"],
                "optimizer": {"enabled": profile["optimizer"], "runs": profile["optimizer_runs"]},
                "outputSelection": {"*": {"*": ["evm.bytecode.object", "evm.deployedBytecode.object"]}},
            },
        }
    )


def _compile(request: str) -> dict[str, list[str]]:
    """Name -> [creation, runtime] in hex."""
    folder = os.environ.get("SOLCX_BINARY_PATH")
    compiler = (Path(folder) if folder else Path.home() / ".solcx") / f"solc-v{COMPILER_VERSION}"
    if not compiler.exists():
        raise InputError(f"{compiler} is missing: run `make setup`")
    done = subprocess.run(  # noqa: S603  our own compiler
        [str(compiler), "--standard-json"], input=request, capture_output=True, text=True, check=True
    )
    output = json.loads(done.stdout)
    errors = [e["formattedMessage"] for e in output.get("errors", ()) if e["severity"] == "error"]
    if errors:
        raise InputError(f"{SOURCE} does not compile: {errors[0]}")
    return {
        name: [contract["evm"]["bytecode"]["object"], contract["evm"]["deployedBytecode"]["object"]]
        for name, contract in output["contracts"][SOURCE].items()
    }
