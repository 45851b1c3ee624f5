"""The bytecode that runs is that of the sources as they are now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from offchain.errors import InputError
from offchain.l1.contracts import ROOT, load_contracts, source_fingerprint

LIBRARY = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
library Answers {
    function answer() internal pure returns (uint256) { return 41; }
}
"""
USER = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
import {Answers} from "./Answers.sol";
contract Asker {
    function ask() external pure returns (uint256) { return Answers.answer(); }
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An ape project of a contract and a library that it imports, set up as ours is."""
    settings = (ROOT / "ape-config.yaml").read_text()
    (tmp_path / "ape-config.yaml").write_text(settings.partition("  import_remapping:")[0])
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "Answers.sol").write_text(LIBRARY)
    (tmp_path / "contracts" / "Asker.sol").write_text(USER)
    return tmp_path


def test_editing_an_imported_library_changes_what_runs(project: Path, accounts: Any) -> None:
    before = accounts[0].deploy(load_contracts(project)["Asker"])
    (project / "contracts" / "Answers.sol").write_text(LIBRARY.replace("41", "42"))
    after = accounts[0].deploy(load_contracts(project)["Asker"])
    assert (before.ask(), after.ask()) == (41, 42)


def test_nothing_is_compiled_again_without_a_change(project: Path) -> None:
    load_contracts(project)
    stamp = project / ".build" / "sources.sha256"
    written = stamp.stat().st_mtime_ns
    assert stamp.read_text() == source_fingerprint(project)
    load_contracts(project)
    assert stamp.stat().st_mtime_ns == written


def test_settings_and_names_are_part_of_the_fingerprint(project: Path) -> None:
    seen = {source_fingerprint(project)}
    settings = project / "ape-config.yaml"
    settings.write_text(settings.read_text().replace("200", "201"))
    seen.add(source_fingerprint(project))
    (project / "contracts" / "Asker.sol").rename(project / "contracts" / "Renamed.sol")
    seen.add(source_fingerprint(project))
    (project / "package-lock.json").write_text("{}")
    seen.add(source_fingerprint(project))
    assert len(seen) == 4


def test_sources_that_do_not_compile_leave_no_stamp(project: Path) -> None:
    (project / "contracts" / "Asker.sol").write_text(USER.replace("Answers.answer()", "Answers.nothing()"))
    with pytest.raises(InputError, match="do not compile"):
        load_contracts(project)
    assert not (project / ".build" / "sources.sha256").exists()


def test_what_is_not_there_is_named(project: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no contract Nobody"):
        load_contracts(project)["Nobody"]
    with pytest.raises(InputError, match="no ape project"):
        load_contracts(tmp_path / "elsewhere")
