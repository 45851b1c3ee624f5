"""Put solc where py-solc-x looks for it: the native binary if it can be had, else npm's compiler behind a shim.

py-solc-x knows a compiler by its file name, ``solc-v<version>`` in its own folder (``SOLCX_BINARY_PATH``
moves it), and calls it with ``--version`` and ``--standard-json`` only. Idempotent.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.8.37"

SHIM = """#!{node}
// Written by Deltaroll's tools/install_solc.py: npm's solc behind the two options that py-solc-x uses.
if (process.argv.includes("--version")) {{
  console.log("solc, the solidity compiler commandline interface\\nVersion: {version}");
  process.exit(0);
}}
const soljson = require("{soljson}");
const compile = soljson.cwrap("solidity_compile", "string", ["string", "number", "number"]);
process.stdout.write(compile(require("fs").readFileSync(0, "utf8"), 0, 0));
"""


def solcx_folder() -> Path:
    """The folder in which py-solc-x looks for compilers."""
    override = os.environ.get("SOLCX_BINARY_PATH")
    return Path(override) if override else Path.home() / ".solcx"


def works(binary: Path) -> bool:
    """Whether ``binary`` answers with the version we want."""
    try:
        out = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return VERSION in out.stdout


def install_native(binary: Path) -> bool:
    """Let py-solc-x download the native compiler; False where its host cannot be reached."""
    import solcx

    try:
        solcx.install_solc(VERSION, show_progress=False)
    except Exception:  # noqa: BLE001  any failure of the download has the same answer: use npm's compiler
        return False
    return works(binary)


def install_shim(binary: Path) -> None:
    """Write the Node program that speaks for solc over npm's soljson.js."""
    node = shutil.which("node")
    if node is None:
        sys.exit("setup: node is not on the PATH")
    soljson = ROOT / "node_modules" / "solc" / "soljson.js"
    long_version = (
        subprocess.run(
            [node, "-p", f"require('{soljson.parent}').version()"], capture_output=True, text=True, check=True
        )
        .stdout.strip()
        .removesuffix(".Emscripten.clang")
    )
    # A shebang holds one line of at most 127 characters on Linux; a longer path of node cannot be used.
    # A copy, because the folder is shared by all clones and this one may move.
    copy = binary.with_name(f"deltaroll-soljson-{VERSION}.js")
    shutil.copyfile(soljson, copy)
    text = SHIM.format(node=node, version=long_version, soljson=copy)
    temporary = binary.with_name(f"tmp-{os.getpid()}")
    temporary.write_text(text)
    temporary.chmod(0o755)
    temporary.replace(binary)


def main() -> None:
    folder = solcx_folder()
    folder.mkdir(parents=True, exist_ok=True)
    binary = folder / f"solc-v{VERSION}"
    ours = binary.exists() and b"Deltaroll" in binary.read_bytes()[:200]
    if not ours and works(binary):
        return
    if not ours and install_native(binary):
        print(f"setup: solc {VERSION} (native)")
        return
    install_shim(binary)
    if not works(binary):
        sys.exit(f"setup: {binary} does not run")
    print(f"setup: solc {VERSION} (npm)")


if __name__ == "__main__":
    main()
