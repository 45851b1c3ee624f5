"""Deploying, recording and finding again; each wrong turn is one clear line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offchain.errors import InputError, NetworkError
from offchain.l1.contracts import Contracts
from offchain.l1.deployment import (
    NO_GAME,
    Deployment,
    deploy_rollup,
    deployment_file,
    open_rollup,
    read_deployment,
    write_deployment,
)
from offchain.l1.parameters import DEMO

GENESIS_ROOT, CONFIGURATION = b"\x01" * 32, b"\x02" * 32


@pytest.fixture
def deployment(contracts: Contracts, accounts: Any) -> Deployment:
    """A rollup without a game."""
    return deploy_rollup(accounts[0], DEMO, GENESIS_ROOT, CONFIGURATION, contracts=contracts)


def test_without_a_game_nobody_can_give_verdicts(
    deployment: Deployment, contracts: Contracts, chain: Any
) -> None:
    rollup = open_rollup(deployment, chain.provider, contracts)
    assert rollup.game().lower() == NO_GAME
    assert not bytes(chain.provider.get_code(rollup.game()))


def test_a_record_is_read_as_it_was_written(deployment: Deployment, tmp_path: Path) -> None:
    path = deployment_file("ethereum:local:test", tmp_path / "deployments")
    assert path.name == "ethereum-local-test.json"
    write_deployment(deployment, path)
    assert read_deployment(path) == deployment
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_parameters_that_l1_would_refuse_are_refused_before(contracts: Contracts, accounts: Any) -> None:
    nonce = accounts[0].nonce
    with pytest.raises(InputError, match="clock"):
        deploy_rollup(accounts[0], replace(DEMO, clock=1), GENESIS_ROOT, CONFIGURATION, contracts=contracts)
    assert accounts[0].nonce == nonce


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chain_id": 5}, "chain id"),
        ({"rollup": "0x" + "12" * 20}, "no contract at"),
        ({"parameters": replace(DEMO, max_lag=4097)}, "other parameters"),
        ({"chain_config_hash": b"\x03" * 32}, "other parameters"),
    ],
)
def test_a_record_of_something_else_is_refused(
    deployment: Deployment, contracts: Contracts, chain: Any, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(NetworkError, match=message):
        open_rollup(replace(deployment, **change), chain.provider, contracts)


def test_a_contract_of_another_kind_is_refused(
    deployment: Deployment, contracts: Contracts, accounts: Any, chain: Any
) -> None:
    other = accounts[0].deploy(contracts["RefusingPayee"])
    with pytest.raises(NetworkError):
        open_rollup(replace(deployment, rollup=str(other.address)), chain.provider, contracts)


def test_damaged_records_are_refused_in_one_line(deployment: Deployment, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    good = deployment.to_json()
    damaged = ["", "{", "[]", "{}", json.dumps(good | {"extra": 1})]
    damaged += [json.dumps(good | change) for change in ({"chain_id": "1"}, {"genesis_state_root": "0x12"})]
    damaged += [json.dumps(good | {"parameters": {"stake": 1}}), json.dumps(good | {"rollup": 7})]
    damaged += [json.dumps(good | {"chain_config_hash": 7}), json.dumps(good | {"parameters": None})]
    for text in damaged:
        path.write_text(text)
        with pytest.raises(InputError, match="record") as caught:
            read_deployment(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="No such file"):
        read_deployment(tmp_path / "absent.json")
    with pytest.raises(InputError, match="can't be written"):
        write_deployment(deployment, path / "below-a-file.json")
