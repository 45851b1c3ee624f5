"""A chain is deployed with the d_min and the G_b of its configuration, not with three numbers that may differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offchain.errors import InputError
from offchain.l1.parameters import DEMO, WEEK
from offchain.node.rollup import parameters_for
from tests.unit.node.conftest import CONFIG


def test_d_min_is_that_of_the_chain_and_all_else_the_preset_s() -> None:
    config = replace(CONFIG, batch_interval=40)
    assert parameters_for(config, DEMO, 10**9) == replace(DEMO, batch_interval=40)


def test_a_preset_that_does_not_fit_the_chain_s_d_min_is_refused() -> None:
    with pytest.raises(InputError, match="parameter max_lag = 320000 is below"):
        parameters_for(replace(CONFIG, batch_interval=1), WEEK, 10**9)


def test_orders_that_could_outrun_the_slowest_executor_are_refused() -> None:
    config = replace(CONFIG, batch_interval=40, batch_gas_limit=20_000_000)
    parameters_for(config, DEMO, 1_000_000)
    with pytest.raises(InputError, match="orders may carry 500,000 gas a second"):
        parameters_for(config, DEMO, 999_999)
