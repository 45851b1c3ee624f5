"""Gas of the trees on chain, for docs/trees.md: `python -m tests.support.measure_tree_gas`.

For each page size the two constants of Solidity and the one of Python are changed in a copy of the project, and
the figures are taken there. Nothing here is a test.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from offchain.trees.paged_bytes import PAGE_SIZE, ZERO_HASHES, ZERO_ROOT
from offchain.trees.paged_tree import PagedTree
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

ROOT = Path(__file__).resolve().parents[2]
PAGE_SIZES = (128, 256, 512, 1024)
ROOT_SIZES = {"1 KiB": 1 << 10, "16 KiB": 1 << 14, "128 KiB": 1 << 17, "1 MiB": 1 << 20}


def calldata_gas(data: bytes) -> int:
    """The floor of EIP-7623: 40 gas a byte, 10 a zero byte."""
    return 40 * len(data) - 30 * data.count(0)


def page_figures() -> dict[str, str]:
    """Gas with the page size of this copy of the project."""
    from tests.support.in_process import InProcess

    harness, rng = InProcess("TreesHarness"), random.Random(1)
    figures: dict[str, str] = {}
    for name, size in ROOT_SIZES.items():
        (gas,) = harness.call("gasOfRootOf", rng.randbytes(size))
        figures[f"rootOf {name}"] = f"{gas:,} ({gas / size:.2f} a byte)"
    for name, opcode in (("JUMPDEST", b"\x5b"), ("PUSH1", b"\x60"), ("PUSH32", b"\x7f")):
        figures[f"codeRoot 24,576 x {name}"] = f"{harness.call('gasOfCodeRoot', opcode * 24_576)[0]:,}"
    memory = PagedTree(b"".join(rng.randbytes(32) if i % 2 else bytes(32) for i in range(500)))
    code = PagedTree(rng.randbytes(20_000))
    for name, tree, size in (
        ("a word of 16 kB half zero", memory, 32),
        ("a word of 20 kB of code", code, 32),
        ("4 KiB of 20 kB", code, 4096),
    ):
        witness = tree.prove_range(7_000, size)
        (gas,) = harness.call("gasOfReadRange", tree.root, 7_000, size, witness)
        figures[f"read {name}"] = total(gas, witness)
    witness = memory.prove_range(7_000, 32)
    (gas,) = harness.call("gasOfWriteWord", memory.root, 7_000, witness)
    figures["write a word of 16 kB half zero"] = total(gas, witness)
    return figures


def total(gas: int, witness: bytes) -> str:
    """Execution and calldata at the floor."""
    return f"{gas:,} + {calldata_gas(witness):,} ({len(witness):,} bytes)"


def map_figures() -> dict[str, str]:
    """Gas of the sparse tree; a witness of 10**8 keys is 32 * 13.3 bytes longer than one of 10**4."""
    from tests.support.in_process import InProcess

    harness, rng, figures = InProcess("TreesHarness"), random.Random(2), dict[str, str]()
    for count in (100, 10_000, 100_000):
        leaves = {rng.randbytes(32): rng.randbytes(32) for _ in range(count)}
        tree, key, absent = SparseMerkleTree(leaves), next(iter(leaves)), rng.randbytes(32)
        for name, function, subject, witness in (
            ("lookup", "gasOfLookup", key, tree.prove(key)),
            ("lookup of nothing", "gasOfLookup", absent, tree.prove(absent)),
            ("update", "gasOfWrite", key, tree.prove(key)),
            ("insert", "gasOfWrite", absent, tree.prove(absent)),
            ("remove", "gasOfRemove", key, tree.prove_remove(key)),
        ):
            figures[f"{count:,} keys: {name}"] = total(
                harness.call(function, tree.root, subject, witness)[0], witness
            )
    return figures


def put_zero_hashes() -> None:
    """Write this copy's zero hashes into its PagedBytes.sol."""
    path = Path("contracts/trees/PagedBytes.sol")
    source = path.read_text()
    head, start, _ = source.partition("function _putZeroHashes")
    words = "".join(f"mstore(add(target, {32 * i}), 0x{h.hex()})\n" for i, h in enumerate(ZERO_HASHES))
    body = f'{start}(uint256 target) private pure {{ assembly ("memory-safe") {{ {words} }} }} }}\n'
    head = re.sub(r"(ZERO_ROOT = )0x\w+", rf"\g<1>0x{ZERO_ROOT.hex()}", head)
    path.write_text(re.sub(r"(DEPTH = )\d+", rf"\g<1>{len(ZERO_HASHES) - 1}", head) + body)


def figures_of(page_size: int) -> dict[str, str]:
    """The figures of a copy of the project with this page size."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("offchain", "contracts", "tests"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        shutil.copy(ROOT / "foundry.toml", folder)
        for name, pattern in (
            ("offchain/trees/paged_bytes.py", r"(PAGE_SIZE: Final = )\d+"),
            ("contracts/trees/PagedBytes.sol", r"(PAGE_SIZE = )\d+"),
        ):
            path = Path(folder) / name
            path.write_text(re.sub(pattern, rf"\g<1>{page_size}", path.read_text(), count=1))
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.measure_tree_gas", "--here"],
            cwd=folder,
            env=dict(os.environ, PYTHONPATH=folder),
            capture_output=True,
            text=True,
            check=True,
        )
        figures: dict[str, str] = json.loads(done.stdout)
        return figures


if __name__ == "__main__":
    if "--here" in sys.argv:
        put_zero_hashes()
        print(json.dumps(page_figures()))
    else:
        for page_size in PAGE_SIZES:
            print(f"page size {page_size}{' (chosen)' if page_size == PAGE_SIZE else ''}")
            for name, figure in figures_of(page_size).items():
                print(f"  {name:40} {figure}")
        for name, figure in map_figures().items():
            print(f"{name:42} {figure}")
