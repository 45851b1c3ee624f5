"""The constructor takes exactly the parameters that the protocol can stand on; Python agrees with it."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.errors import InputError
from offchain.l1.parameters import DEMO, WEEK, Parameters, check_load, check_parameters
from tests.contracts.rollup.in_process import L1, Reverted
from tests.contracts.rollup.play import TINY, ZERO, refused

GAME = "0x" + "6a" * 20


def deploy(parameters: Parameters, game: str = GAME) -> None:
    """Deploy with these parameters on a chain of its own."""
    L1().deploy("RollupManager", parameters.as_tuple(), game, b"\x01" * 32, b"\x02" * 32)


@pytest.mark.parametrize("preset", [DEMO, WEEK, TINY, replace(DEMO, arity=2, move_time=4)])
def test_presets_are_sound(preset: Parameters) -> None:
    check_parameters(preset)
    deploy(preset)


@pytest.mark.parametrize(
    ("change", "error", "have", "want"),
    [
        ({"arity": 1}, "ArityOutOfRange", 1, 2),
        ({"arity": 65}, "ArityOutOfRange", 65, 2),
        ({"clock": 179}, "ClockTooShort", 179, 180),
        ({"max_lag": 3719}, "LagTooShort", 3719, 3720),
        ({"idle_time": 780}, "IdleTimeTooShort", 780, 781),
        ({"max_order_age": 601}, "OrderAgeTooLong", 601, 600),
        ({"challenger_bond": 6 * 10**17 - 1}, "BondTooSmall", 6 * 10**17 - 1, 6 * 10**17),
        ({"stake": 6 * 10**17 - 1}, "StakeTooSmall", 6 * 10**17 - 1, 6 * 10**17),
    ],
)
def test_rule_4_each_relation_is_asserted_at_its_exact_boundary(
    change: dict[str, int], error: str, have: int, want: int
) -> None:
    with pytest.raises(Reverted) as caught:
        deploy(replace(DEMO, **change))
    assert caught.value.name == f"Protocol_{error}"
    assert caught.value.arguments[:2] == (have, want)
    with pytest.raises(InputError):
        check_parameters(replace(DEMO, **change))
    name = next(iter(change))
    if error != "ArityOutOfRange":
        deploy(replace(DEMO, **{name: want}))
        check_parameters(replace(DEMO, **{name: want}))


@pytest.mark.parametrize("name", [field.name for field in fields(Parameters)])
def test_no_parameter_may_be_zero(name: str) -> None:
    broken = replace(DEMO, **{name: 0})
    with pytest.raises(Reverted):
        deploy(broken)
    with pytest.raises(InputError, match=name):
        check_parameters(broken)


def test_a_rollup_without_a_game_address_is_refused() -> None:
    with refused("GameIsZero"):
        deploy(DEMO, ZERO)


@pytest.mark.parametrize(
    ("arity", "moves"), [(2, 12 + 36 + 4), (4, 6 + 18 + 4), (8, 16 + 4), (64, 2 + 6 + 4)]
)
def test_rounds_of_the_longest_game(arity: int, moves: int) -> None:
    assert replace(DEMO, arity=arity).moves() == moves
    sound = replace(DEMO, arity=arity, clock=moves * 4, move_time=4)
    deploy(sound)
    with refused("Protocol_ClockTooShort", moves * 4 - 1, moves * 4):
        deploy(replace(sound, clock=moves * 4 - 1))


near = st.sampled_from([1, 2, 3, 5, 44, 60, 100, 500, 5000, 2**32 - 1])


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Parameters,
        **{field.name: near for field in fields(Parameters)} | {"arity": st.integers(1, 66)},  # type: ignore[arg-type]
    )
)
def test_python_and_the_constructor_agree(parameters: Parameters) -> None:
    try:
        check_parameters(parameters)
    except InputError:
        with pytest.raises(Reverted, match="Protocol_"):
            deploy(parameters)
    else:
        deploy(parameters)


def test_orders_may_take_half_of_the_slowest_executor_and_no_gas_more() -> None:
    check_load(replace(DEMO, batch_interval=2), 10_000_000, 10_000_000)
    with pytest.raises(InputError, match="more than half"):
        check_load(replace(DEMO, batch_interval=2), 10_000_001, 10_000_000)
    for limit, speed in ((0, 1), (1, 0), (-1, 5)):
        with pytest.raises(InputError, match="positive"):
            check_load(DEMO, limit, speed)
