"""For every test: the local L1 of npm's anvil is found where setup put it."""

from __future__ import annotations

import os
from pathlib import Path

ANVIL = Path(__file__).resolve().parents[1] / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin"

# ape-foundry looks on the PATH only; an anvil that the user installed comes after the pinned one.
if ANVIL.is_dir():
    os.environ["PATH"] = f"{ANVIL}{os.pathsep}{os.environ['PATH']}"
