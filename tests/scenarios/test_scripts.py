"""What the scripts of `ape run` read: parameters by network, the record's place, local chains only for scenarios."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from offchain.demo.actors import CONFIG
from offchain.errors import InputError, NetworkError
from offchain.l1.deployment import DEPLOYMENTS
from offchain.l1.parameters import Parameters
from offchain.node.rollup import parameters_for
from offchain.scenario.connected import (
    connected_network,
    parameters_file,
    read_items,
    read_parameters,
    record_file,
    require_room,
)


def provider_of(network: str, name: str) -> Any:
    chain = SimpleNamespace(name=network, ecosystem=SimpleNamespace(name="ethereum"))
    return SimpleNamespace(network=chain, name=name, chain_id=77, network_choice=f"ethereum:{network}:{name}")


@pytest.mark.parametrize(("network", "interval"), [("local", 40), ("sepolia", 60)])
def test_the_parameters_of_every_network_can_be_deployed(network: str, interval: int) -> None:
    parameters, speed = read_parameters(parameters_file(provider_of(network, "node")))
    assert isinstance(parameters, Parameters)
    config = replace(CONFIG, batch_interval=interval)
    assert parameters_for(config, parameters, speed).batch_interval == interval


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not JSON"),
        ("{}", "exactly the whole numbers"),
        (json.dumps({"stake": 1}), "exactly the whole numbers"),
        (None, "can't be read"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path: Path, text: str | None, reason: str) -> None:
    path = tmp_path / "parameters.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=reason) as caught:
        read_parameters(path)
    assert "\n" not in str(caught.value)


def test_a_value_that_is_no_whole_number_is_refused(tmp_path: Path) -> None:
    value = json.loads(parameters_file(provider_of("local", "test")).read_text())
    path = tmp_path / "parameters.json"
    path.write_text(json.dumps(value | {"arity": "64"}))
    with pytest.raises(InputError, match="exactly the whole numbers"):
        read_parameters(path)


def test_the_record_has_a_place_of_its_own_for_each_network() -> None:
    assert record_file(provider_of("sepolia", "node")) == DEPLOYMENTS / "ethereum-sepolia-node.json"
    assert record_file(provider_of("local", "foundry")) == DEPLOYMENTS / "ethereum-local-foundry.json"
    assert record_file(provider_of("custom", "node")) == DEPLOYMENTS / "ethereum-custom-77-node.json"


def test_a_record_that_is_there_is_replaced_by_force_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "record.json"
    require_room(path, force=False)
    path.write_text("{}")
    with pytest.raises(InputError, match="the record of another deployment: --force"):
        require_room(path, force=False)
    require_room(path, force=True)
    assert [one.name for one in path.parent.iterdir()] == ["record.json"]


def test_a_record_that_could_not_be_written_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        require_room(tmp_path / "file" / "record.json", force=False)


def test_items_are_hex_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "items"
    path.write_text("0x02aa\n\nf8ff\n")
    assert read_items(path) == [b"\x02\xaa", b"\xf8\xff"]
    path.write_text("0x02a\n")
    with pytest.raises(InputError, match="every line must be a transaction in hex"):
        read_items(path)
    with pytest.raises(InputError, match="can't be read: No such file"):
        read_items(tmp_path / "nothing")


def test_scenarios_are_played_on_local_chains_only() -> None:
    with pytest.raises(NetworkError, match="no local chain"):
        connected_network(provider_of("sepolia", "node"))
