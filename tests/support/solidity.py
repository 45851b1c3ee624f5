"""Compile one of our contracts, with the compiler and the settings of the project, for in-process EVMs.

A result is cached under ``.build`` by the content of every source it depends on and of the settings, so that
it can't be stale: there is no timestamp and no list of dependants to get wrong. Only the files that the
contract imports are compiled, so an unfinished contract elsewhere does no harm.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["compile_contract", "compile_runtime"]

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".build" / "solidity"
COMPILER_VERSION = "0.8.37"

IMPORT = re.compile(r"""^\s*import\s[^;"']*["']([^"']+)["']\s*;""", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def compile_contract(name: str) -> tuple[list[dict[str, Any]], bytes]:
    """(ABI, creation bytecode) of the contract ``name`` anywhere under ``contracts/``."""
    output = _compiled(name)
    return output["abi"], bytes.fromhex(output["creation"])


def compile_runtime(name: str) -> tuple[list[dict[str, Any]], bytes]:
    """(ABI, deployed bytecode) of the contract ``name``; meaningless where it has immutables."""
    output = _compiled(name)
    return output["abi"], bytes.fromhex(output["runtime"])


def _compiled(name: str) -> dict[str, Any]:
    target = _file_of(name)
    request = _request(target)
    fingerprint = hashlib.sha256((COMPILER_VERSION + request).encode()).hexdigest()
    cached = CACHE / f"{name}-{fingerprint[:32]}.json"
    if not cached.exists():
        _store(cached, _compile(name, target, request))
    output: dict[str, Any] = json.loads(cached.read_text())
    return output


def _file_of(name: str) -> str:
    declaration = re.compile(rf"^\s*(?:abstract\s+)?(?:contract|library)\s+{re.escape(name)}\b", re.MULTILINE)
    found = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "contracts").rglob("*.sol"))
        if declaration.search(COMMENT.sub("", path.read_text()))
    ]
    if len(found) != 1:
        raise LookupError(f"{name}: expected in exactly one file under contracts/, found in {found}")
    return found[0]


def _request(target: str) -> str:
    """The standard JSON input: the target, everything it imports, and the settings of foundry.toml."""
    profile = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    remappings = [entry.split("=", 1) for entry in profile["remappings"]]
    wanted = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]
    sources: dict[str, dict[str, str]] = {}
    pending = [target]
    while pending:
        unit = pending.pop()
        if unit in sources:
            continue
        path = unit
        for prefix, replacement in remappings:
            if unit.startswith(prefix):
                path = replacement + unit[len(prefix) :]
                break
        content = (ROOT / path).read_text()
        sources[unit] = {"content": content}
        for imported in IMPORT.findall(COMMENT.sub("", content)):
            if imported.startswith("."):
                imported = os.path.normpath(f"{os.path.dirname(unit)}/{imported}")  # noqa: PTH120  not a file path
            pending.append(imported)
    return json.dumps(
        {
            "language": "Solidity",
            "sources": dict(sorted(sources.items())),
            "settings": {
                "evmVersion": profile["evm_version"],
                "viaIR": profile["via_ir"],
                "optimizer": {"enabled": profile["optimizer"], "runs": profile["optimizer_runs"]},
                "outputSelection": {"*": {"*": wanted}},
            },
        }
    )


@cache
def _compiler() -> str:
    folder = os.environ.get("SOLCX_BINARY_PATH")
    return str((Path(folder) if folder else Path.home() / ".solcx") / f"solc-v{COMPILER_VERSION}")


def _compile(name: str, target: str, request: str) -> dict[str, Any]:
    command = [_compiler(), "--standard-json"]
    done = subprocess.run(command, input=request, capture_output=True, text=True, check=True)
    output = json.loads(done.stdout)
    errors = [e["formattedMessage"] for e in output.get("errors", ()) if e["severity"] == "error"]
    if errors:
        raise RuntimeError(f"{name} does not compile:\n" + "\n".join(errors))
    contract = output["contracts"][target][name]
    return {
        "abi": contract["abi"],
        "creation": contract["evm"]["bytecode"]["object"],
        "runtime": contract["evm"]["deployedBytecode"]["object"],
    }


def _store(path: Path, value: dict[str, Any]) -> None:
    """Write whole or not at all: parallel test workers share the cache."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(value, file)
    Path(temporary).replace(path)
