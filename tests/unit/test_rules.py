"""docs/rules.md names tests that exist, and two rules that are read off the sources."""

from __future__ import annotations

import re
from pathlib import Path

from offchain.proofs import encoding

ROOT = Path(__file__).parents[2]
NARROWING = re.compile(r"(?<![\w.])uint(8|16|32|64|128|160)\((?!\d|data\[)")  # a number, a byte: not narrower


def test_every_rule_is_held_by_tests_that_exist() -> None:
    page = (ROOT / "docs" / "rules.md").read_text()
    rows = dict(re.findall(r"^\| (\d+)\. .* \| (.*) \|$", page, re.MULTILINE))
    assert [int(number) for number in rows] == list(range(1, 30))
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for number, cell in rows.items():
        names = re.findall(r"`(test_\w+)`", cell)
        assert names, f"rule {number} has no test"
        for name in names:
            assert f"def {name}(" in sources, name


def test_rule_6_every_narrowing_cast_says_why_it_is_safe() -> None:
    bare = []
    for folder in ("game", "rollup", "libraries"):
        for path in sorted((ROOT / "contracts" / folder).glob("*.sol")):
            lines = path.read_text().splitlines()
            for number, line in enumerate(lines):
                before = "\n".join(lines[max(0, number - 3) : number + 1])
                if NARROWING.search(line) and "SAFETY" not in before:
                    bare.append(f"{path.name}:{number + 1}: {line.strip()}")
    assert not bare, "\n".join(bare)


def test_rule_21_no_two_structs_share_a_tag() -> None:
    tags = [value for name, value in vars(encoding).items() if name.endswith("_TAG")]
    assert len(tags) == len(set(tags)) >= 14
    vectors = (ROOT / "contracts" / "game" / "Vectors.sol").read_text()
    node = int(re.findall(r"NODE_TAG = (0x\w+)", vectors)[0], 16)
    assert bytes([node]) not in tags and node > 0x0F  # trees have 0x00 to 0x0f
