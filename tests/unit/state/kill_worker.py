"""A process that writes a store until it is killed; it says what it is about to do, and then that it is done.

python -m tests.unit.state.kill_worker STORE MODE SEED
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

from offchain.state.flat_store import FlatStore
from tests.unit.state.state_model import CONFIG, State, difference, random_state, random_step

WORLD = 7
GENESIS_SIZE = 1500
STEP_SIZE = 150


def world() -> Iterator[State]:
    """S_0, S_1, ... of the one chain that every worker writes, whatever it took off before."""
    state = random_state(random.Random(WORLD), GENESIS_SIZE)
    number = 0
    while True:
        yield state
        number += 1
        state = random_step(random.Random(f"{WORLD}/{number}"), state, STEP_SIZE)


def main(path: str, mode: str, seed: str) -> None:
    """Acts at random, as ``mode`` says, for ever."""
    source = random.Random(seed)
    coming = world()
    states: list[State] = [next(coming)]

    def say(*words: object) -> None:
        print(*words, flush=True)

    with FlatStore.open(path, CONFIG) as store:
        while len(states) < store.head + 20:
            states.append(next(coming))
        say("ready")
        while True:
            act = source.choice(mode.split(","))
            if act == "back" and store.head > store.lowest:
                to = source.randint(max(store.lowest, store.head - 3), store.head - 1)
                say("doing", to, min(store.header.tree_batch, to))
                store.roll_back(to)
            elif act == "tree" and store.head > store.lowest:
                to = source.randint(store.lowest, store.head)
                say("doing", store.head, to)
                store.move_tree(to)
            else:
                number = store.head + 1
                if number == len(states):
                    states.append(next(coming))
                say("doing", number, store.header.tree_batch)
                store.apply(number, difference(states[number - 1], states[number]), extra=b"%d" % number)
            say("done", store.head, store.header.tree_batch)


if __name__ == "__main__":
    main(*sys.argv[1:])
