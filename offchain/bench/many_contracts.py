"""Loads that are bad for an engine that compiles: much code that runs seldom, and code made to be compiled in vain."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from offchain.bench.contracts import compiled
from offchain.bench.workload import ETHER, Workload, call_data, cut, make_senders, named_address
from offchain.evm.blocks.engine import HOT
from offchain.state.genesis import GenesisAccount

__all__ = ["hostile", "hostile_code", "many_contracts"]

ENTRY_INSTRUCTIONS: Final = 11  # of `hostile_code`
_RICH: Final = GenesisAccount(balance=1_000 * ETHER)


def many_contracts(scale: float) -> Workload:
    """Calls of many tokens, each of them with code of its own, a few times each."""
    copies = max(2, round(100 * scale))
    code = compiled()["Token"].runtime
    tokens = [named_address("many", index) for index in range(copies)]
    senders = make_senders("many", 100)
    items = []
    for index in range(copies * 40):
        sender = senders[index % len(senders)]
        data = call_data("approve(address,uint256)", 1 + index % 1_000, index)
        items.append(sender.sign(tokens[index % copies], gas=60_000, data=data))
    genesis = {sender.address: _RICH for sender in senders}
    for index, token in enumerate(tokens):
        genesis[token] = GenesisAccount(nonce=1, code=code + index.to_bytes(4))
    return Workload(
        "many-contracts", "many contracts, little each", genesis, cut(items, 4_000), True, None, 500, 150
    )


def hostile(scale: float) -> Workload:
    """Code with many entries, each entered just often enough to look hot and hardly ever after."""
    sender = make_senders("hostile", 1)[0]
    address = named_address("hostile")
    code = hostile_code(max(4, round(600 * scale)), HOT // ENTRY_INSTRUCTIONS + 2)
    genesis = {sender.address: _RICH, address: GenesisAccount(nonce=1, code=code)}
    items = [sender.sign(address, gas=1 << 24)]
    return Workload("hostile", "code compiled in vain", genesis, cut(items, 4_000), True, None, 1, 0)


def hostile_code(entries: int, visits: int) -> bytes:
    """Goes ``visits`` times through ``entries`` jump targets, by jumps that are conditional and always taken.

    What can't be known beforehand is that they are: the compiler goes on behind each, where the next entries
    lie. The order of the jumps, first the even entries, then the odd ones, is another one than that of the code.
    Each entry begins with the instruction that an interpreter is fastest at.
    """
    head = b"\x61" + visits.to_bytes(2)  # PUSH2
    size = 8 + 5
    order = [*range(0, entries, 2), *range(1, entries, 2)]
    end = len(head) + size * entries
    targets = [end] * entries
    for index, following in pairwise(order):
        targets[index] = len(head) + size * following
    # 8 * JUMPDEST, DUP1 PUSH2 target JUMPI
    body = b"".join([b"\x5b" * 8 + b"\x80\x61" + target.to_bytes(2) + b"\x57" for target in targets])
    # JUMPDEST; visits - 1; if not zero to the first entry
    return head + body + b"\x5b\x60\x01\x90\x03\x80\x61" + len(head).to_bytes(2) + b"\x57\x00"
