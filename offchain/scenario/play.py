"""Plays a scenario on a world to its end, and tells its story."""

from __future__ import annotations

import time

from offchain.errors import DeltarollError
from offchain.scenario.demands import Check, check_all, of_step
from offchain.scenario.ledger import ChainReader, functions_of
from offchain.scenario.record import balances, read_record
from offchain.scenario.scenario import Scenario
from offchain.scenario.stage import Stage
from offchain.scenario.story import Balance, Story
from offchain.scenario.telling import game_stories, lines_of
from offchain.scenario.world import World

__all__ = ["play"]


def play(scenario: Scenario, world: World) -> Story:
    """From the world as it was deployed to the last credit paid out.

    What goes wrong on the way is a check that does not hold. Raises `NetworkError` where L1 itself fails.
    """
    started = time.monotonic()
    world.rewind()
    reader = ChainReader(world.network)
    stage = Stage(world)
    first_block = world.head().number + 1
    before = balances(world, reader, {})
    failures = []
    try:
        scenario.script(stage)
        stage.settle()
    except DeltarollError as error:
        failures.append(Check("played to its end", False, str(error)))
    before |= dict.fromkeys(stage.others, 0)
    names = {party.address: name for name, party in world.parties.items()}
    names |= {address: name for name, address in stage.others.items()}
    record = read_record(world, reader, first_block, before, stage.others)
    functions = functions_of(world.contracts, "RollupManager", "BisectionGame", "Relay")
    checks = check_all(stage, scenario.demanded, scenario.form, record, names)
    games = game_stories(record, stage.games(), stage.truth, names)
    if scenario.step:
        checks.append(of_step(games[-1].step if games else "", scenario.step))
    return Story(
        name=scenario.name,
        sentence=scenario.sentence,
        network=world.network.name,
        arity=world.parameters.arity,
        lies=tuple(stage.tells),
        lines=tuple(lines_of(record, functions, names)),
        games=tuple(games),
        balances=tuple(
            Balance(name, record.before[name], after, record.fees.get(name, 0))
            for name, after in record.after.items()
        ),
        checks=(*failures, *checks),
        seconds=time.monotonic() - started,
    )
