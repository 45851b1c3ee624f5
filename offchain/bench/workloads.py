"""The workloads. The first three are the project's yardstick; ``scale`` 1 is the full size of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from offchain.bench.contracts import compiled
from offchain.bench.many_contracts import hostile, many_contracts
from offchain.bench.workload import (
    ETHER,
    Sender,
    Workload,
    call_data,
    cut,
    make_senders,
    named_address,
)
from offchain.hashing import keccak
from offchain.state.genesis import GenesisAccount

__all__ = ["WORKLOADS"]

_BATCH: Final = 4_000  # items; an order holds 4,094
_RICH: Final = GenesisAccount(balance=1_000 * ETHER)


def _scaled(full: int, scale: float) -> int:
    return max(4, round(full * scale))


def _genesis(senders: list[Sender], **contracts: GenesisAccount) -> dict[bytes, GenesisAccount]:
    return {
        **{sender.address: _RICH for sender in senders},
        **{named_address(name): account for name, account in contracts.items()},
    }


def transfers(scale: float) -> Workload:
    """Plain transfers by many senders, every second one to an account that does not exist yet."""
    count = _scaled(3 * _BATCH, scale)
    senders = make_senders("transfers", _scaled(1_500, scale))
    items = []
    for index in range(count):
        sender = senders[index * 7 % len(senders)]
        old = senders[(index * 11 + 3) % len(senders)].address
        to = old if index % 2 else named_address("transfers", index)
        items.append(sender.sign(to, gas=21_000, value=index + 1))
    return Workload(
        "transfers", "plain transfers", _genesis(senders), cut(items, _BATCH), False, 15_000, 4_000, 500
    )


def erc20(scale: float) -> Workload:
    """Transfers of OpenZeppelin's ERC20 by many holders, every second one to somebody who has none yet."""
    count = _scaled(2 * _BATCH, scale)
    senders = make_senders("erc20", _scaled(1_000, scale))
    balances = {_mapping_slot(int.from_bytes(sender.address), 0): 10**24 for sender in senders}
    token = named_address("token")
    items = []
    for index in range(count):
        sender = senders[index * 7 % len(senders)]
        old = senders[(index * 11 + 3) % len(senders)].address
        to = old if index % 2 else named_address("erc20", index)
        data = call_data("transfer(address,uint256)", int.from_bytes(to), index + 1)
        items.append(sender.sign(token, gas=70_000, data=data))
    genesis = _genesis(senders, token=_contract("Token", balances))
    return Workload("erc20", "ERC-20 transfers", genesis, cut(items, _BATCH), False, 5_000, 1_000, 150)


def arithmetic(scale: float) -> Workload:
    """A loop of arithmetic, about 200 gas a round."""
    senders = make_senders("arithmetic", 1)
    rounds = _scaled(10_000, scale)
    loop = named_address("loop")
    items = [
        senders[0].sign(loop, gas=1 << 24, data=call_data("run(uint256,uint256)", rounds, seed))
        for seed in range(1, 17)
    ]
    genesis = _genesis(senders, loop=_contract("ArithmeticLoop"))
    return Workload("arithmetic", "arithmetic loop", genesis, cut(items, _BATCH), True, 15_000_000, 2, 1)


def mixed(scale: float) -> Workload:
    """A loop of storage, hashes and memory."""
    senders = make_senders("mixed", 1)
    rounds = _scaled(1_000, scale)
    loop = named_address("mixed")
    items = [
        senders[0].sign(loop, gas=1 << 24, data=call_data("run(uint256,uint256)", rounds, seed))
        for seed in range(1, 17)
    ]
    genesis = _genesis(senders, mixed=_contract("MixedLoop"))
    return Workload("mixed", "storage, keccak, memory loop", genesis, cut(items, _BATCH), True, None, 3, 1)


def creations(scale: float) -> Workload:
    """Creating transactions, and a factory that makes ten contracts at a call."""
    senders = make_senders("creations", 100)
    child = compiled()["Child"].creation
    factory = named_address("factory")
    items = []
    for index in range(_scaled(1_000, scale)):
        sender = senders[index % len(senders)]
        if index % 2:
            items.append(sender.sign(factory, gas=3_000_000, data=call_data("spawn(uint256)", 10)))
        else:
            items.append(sender.sign(None, gas=300_000, data=child + index.to_bytes(32)))
    genesis = _genesis(senders, factory=_contract("Factory"))
    return Workload("creations", "contract creations", genesis, cut(items, _BATCH), True, None, 100, 40)


def calls(scale: float) -> Workload:
    """A loop of calls and static calls to another contract."""
    senders = make_senders("calls", 1)
    rounds = _scaled(1_000, scale)
    caller, callee = named_address("caller"), named_address("callee")
    data = call_data("run(address,uint256)", int.from_bytes(callee), rounds)
    items = [senders[0].sign(caller, gas=1 << 24, data=data) for _ in range(8)]
    genesis = _genesis(senders, caller=_contract("Caller"), callee=_contract("Callee"))
    return Workload("calls", "calls between contracts", genesis, cut(items, _BATCH), True, None, 2, 1)


WORKLOADS: Final[Mapping[str, Callable[[float], Workload]]] = {
    "transfers": transfers,
    "erc20": erc20,
    "arithmetic": arithmetic,
    "mixed": mixed,
    "creations": creations,
    "calls": calls,
    "many-contracts": many_contracts,
    "hostile": hostile,
}


def _contract(name: str, storage: Mapping[int, int] | None = None) -> GenesisAccount:
    return GenesisAccount(nonce=1, code=compiled()[name].runtime, storage=storage or {})


def _mapping_slot(key: int, slot: int) -> int:
    """Where Solidity keeps the value of ``key`` in the mapping at ``slot``."""
    return int.from_bytes(keccak(key.to_bytes(32) + slot.to_bytes(32)))
