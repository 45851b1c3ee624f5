"""Published diffs: L1 has only h(D_n), so a sequencer puts D_n itself beside it, one JSON file a claim.

Nothing rests on these files. They only let a verifier say *which* entries of a false claim are false, and a
file is believed only where it has the claimed hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from offchain.errors import DecodeError, InputError
from offchain.evm.account import balance_of, code_size_of, nonce_of, pack_account
from offchain.hashing import keccak
from offchain.json_text import parse_json
from offchain.state.changes import changes_of
from offchain.state.diff import Diff

__all__ = ["decode_diff", "diff_path", "encode_diff", "read_diff", "write_diff"]

_FORMAT: Final = "deltaroll diff 1"
_FIELDS: Final = ("accounts", "slots", "codes", "code")
_MAX_FILE: Final = 1 << 28


def diff_path(folder: Path, batch: int, diff_root: bytes) -> Path:
    """Where the diff claimed as ``diff_root`` is published: a claim made again has a file of its own."""
    return folder / f"{batch}-{diff_root.hex()}.json"


def write_diff(folder: Path, batch: int, diff: Diff) -> Path:
    """Publishes a diff; `InputError` where the disk does not take it."""
    path = diff_path(folder, batch, diff.root())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(encode_diff(diff))
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from error
    return path


def read_diff(folder: Path, batch: int, diff_root: bytes) -> Diff:
    """The published diff with this hash; `DecodeError` where it is absent, malformed or has another hash."""
    path = diff_path(folder, batch, diff_root)
    try:
        if path.stat().st_size > _MAX_FILE:
            raise DecodeError(f"{path} is larger than any diff")
        text = path.read_text()
    except OSError as error:
        raise DecodeError(f"no diff is published in {path}: {error.strerror}") from error
    except ValueError as error:
        raise DecodeError(f"{path} is no text") from error
    try:
        diff = decode_diff(text)
    except DecodeError as error:
        raise DecodeError(f"{path}: {error}") from error
    if diff.root() != diff_root:
        raise DecodeError(f"{path}: the diff in there does not have the claimed hash")
    return diff


def encode_diff(diff: Diff) -> str:
    """The text of a file: every key in its order, so that equal diffs are equal texts."""
    slots: dict[str, dict[str, str]] = {}
    for (address, key), value in sorted(diff.slots.items()):
        slots.setdefault(f"0x{address.hex()}", {})[hex(key)] = hex(value)
    content = {
        "format": _FORMAT,
        "accounts": {
            f"0x{address.hex()}": {
                "balance": str(balance_of(word)),
                "nonce": nonce_of(word),
                "codeSize": code_size_of(word),
            }
            for address, word in sorted(diff.accounts.items())
        },
        "slots": slots,
        "codes": {f"0x{address.hex()}": code_hash.hex() for address, code_hash in sorted(diff.codes.items())},
        "code": {code_hash.hex(): code.hex() for code_hash, code in sorted(diff.code.items())},
    }
    return json.dumps(content, indent=1) + "\n"


def decode_diff(text: str) -> Diff:
    """The inverse of `encode_diff`; `DecodeError` on anything that is no diff."""
    try:
        content = parse_json(text)
    except ValueError as error:
        raise DecodeError(f"not JSON: {error}") from error
    if not isinstance(content, Mapping) or content.get("format") != _FORMAT:
        raise DecodeError(f"not in the format {_FORMAT!r}")
    if not all(isinstance(content.get(name), Mapping) for name in _FIELDS):
        raise DecodeError(f"it must have the objects {', '.join(_FIELDS)}")
    try:
        diff = _decode(content)
        changes_of(diff)  # every address, key and value within its range
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, InputError) as error:
        raise DecodeError(f"malformed: {error}") from error
    return diff


def _decode(content: Mapping[str, Any]) -> Diff:
    accounts = {}
    for address, entry in content["accounts"].items():
        fields = (int(entry["nonce"]), int(entry["balance"]), int(entry["codeSize"]))
        if not all(0 <= value < 1 << bits for value, bits in zip(fields, (64, 160, 32), strict=True)):
            raise ValueError(f"account {address} is out of its range")
        accounts[bytes.fromhex(address[2:])] = pack_account(*fields)
    slots = {
        (bytes.fromhex(address[2:]), int(key, 16)): int(value, 16)
        for address, values in content["slots"].items()
        for key, value in values.items()
    }
    codes = {bytes.fromhex(a[2:]): bytes.fromhex(code_hash) for a, code_hash in content["codes"].items()}
    code = {bytes.fromhex(code_hash): bytes.fromhex(data) for code_hash, data in content["code"].items()}
    for code_hash, data in code.items():
        if keccak(data) != code_hash:
            raise ValueError(f"the code {code_hash.hex()} has another hash")
    for address, code_hash in codes.items():
        if code_hash and code_hash not in code:
            raise ValueError(f"the code of 0x{address.hex()} is not in there")
    return Diff(accounts, slots, codes, code)
