"""What the demo's users do: a dozen batches of what is done on chains, in the same order on every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode

from offchain.demo.actors import CONFIG, ETHER, Actor, actors
from offchain.demo.contracts import DemoCode, call_data
from offchain.evm.calls import create_address
from offchain.evm.signing import sign_authorization

__all__ = ["PlannedBatch", "plan"]

_TRANSFER_GAS: Final = 40_000  # the recipient may have delegated to code
_CALL_GAS: Final = 150_000
_DEPLOY_GAS: Final = 3_000_000
_SUPPLY: Final = 10**9 * ETHER
_ROUNDS: Final = 6


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """The items of one batch under a title."""

    title: str
    items: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the contracts come to be; an address follows from the deployer and its nonce."""

    token: bytes
    collectible: bytes
    workshop: bytes


def plan(code: DemoCode) -> list[PlannedBatch]:
    """All batches; the last one is meant for the false claim."""
    people = actors()
    ring = list(people.values())
    alice, bob, carol, dave, *others = ring
    at = Places(
        token=create_address(alice.address, _ROUNDS),
        collectible=create_address(bob.address, _ROUNDS),
        workshop=create_address(carol.address, _ROUNDS),
    )
    return [
        PlannedBatch("plain transfers", _transfers(ring, _ROUNDS)),
        PlannedBatch("an ERC-20, an ERC-721 and a workshop are deployed", _deploy((alice, bob, carol), code)),
        PlannedBatch("tokens are handed out, collectibles minted", _hand_out(ring, at)),
        PlannedBatch("the workshop creates contracts in a loop", _make(carol, at)),
        PlannedBatch("token transfers", _token_transfers(ring, at, 5)),
        PlannedBatch("transactions of types 0, 1 and 2", _typed(ring, at)),
        PlannedBatch("allowances", _allowances(ring, at)),
        PlannedBatch("one is invalid, one reverts", _bad_ones(ring, at)),
        PlannedBatch("an EIP-7702 delegation", _delegation(people, at)),
        PlannedBatch("collectibles change hands", _collectible_transfers(ring, at)),
        PlannedBatch("loops over hashes and storage", _loops(carol, at)),
        PlannedBatch("everything at once", _everything(ring, at)),
        PlannedBatch("plain transfers", _transfers([dave, *others], 2)),
    ]


def _transfers(ring: list[Actor], rounds: int) -> tuple[bytes, ...]:
    return tuple(
        actor.sign(ring[(index + 1) % len(ring)].address, value=ETHER + index, gas=_TRANSFER_GAS)
        for _ in range(rounds)
        for index, actor in enumerate(ring)
    )


def _deploy(deployers: tuple[Actor, Actor, Actor], code: DemoCode) -> tuple[bytes, ...]:
    creations = (code.token + encode(["uint256"], [_SUPPLY]), code.collectible, code.workshop)
    return tuple(
        actor.sign(None, creation, gas=_DEPLOY_GAS)
        for actor, creation in zip(deployers, creations, strict=True)
    )


def _hand_out(ring: list[Actor], at: Places) -> tuple[bytes, ...]:
    alice, *others = ring
    gifts = [alice.sign(at.token, _transfer(actor, 1_000 * ETHER), gas=_CALL_GAS) for actor in others]
    mint = "mint(address)"
    mints = [
        actor.sign(at.collectible, call_data(mint, actor.address), gas=_CALL_GAS)
        for actor in ring
        for _ in range(2)
    ]
    return (*gifts, *mints)


def _make(carol: Actor, at: Places) -> tuple[bytes, ...]:
    return (
        carol.sign(at.workshop, call_data("make(uint256)", 8), gas=4_000_000),
        carol.sign(at.workshop, call_data("rub(uint256,uint256,uint256)", 0, 8, 5), gas=1_000_000),
    )


def _token_transfers(ring: list[Actor], at: Places, rounds: int) -> tuple[bytes, ...]:
    return tuple(
        actor.sign(at.token, _transfer(ring[(index + step) % len(ring)], step * ETHER), gas=_CALL_GAS)
        for step in range(1, rounds + 1)
        for index, actor in enumerate(ring)
    )


def _typed(ring: list[Actor], at: Places) -> tuple[bytes, ...]:
    access = [(at.token, [0, 1, 2])]
    items = []
    for index, actor in enumerate(ring):
        to = ring[(index + 3) % len(ring)]
        pay = _transfer(to, ETHER)
        items += [
            actor.sign(to.address, value=index, gas=_TRANSFER_GAS, type=0),
            actor.sign(to.address, value=index, gas=_TRANSFER_GAS, type=0, chain_id=None),
            actor.sign(at.token, pay, gas=_CALL_GAS, type=1, access_list=access),
            actor.sign(at.token, pay, gas=_CALL_GAS, type=2, access_list=access),
        ]
    return tuple(items)


def _allowances(ring: list[Actor], at: Places) -> tuple[bytes, ...]:
    items = []
    for owner, spender in zip(ring, ring[1:] + ring[:1], strict=True):
        items += [
            owner.sign(
                at.token, call_data("approve(address,uint256)", spender.address, 7 * ETHER), gas=_CALL_GAS
            ),
            spender.sign(
                at.token,
                call_data("transferFrom(address,address,uint256)", owner.address, spender.address, 7 * ETHER),
                gas=_CALL_GAS,
            ),
        ]
    return tuple(items)


def _bad_ones(ring: list[Actor], at: Places) -> tuple[bytes, ...]:
    alice, bob, *others = ring
    invalid = bob.sign(alice.address, value=5_000 * ETHER, gas=_TRANSFER_GAS)
    bob.nonce -= 1  # a skipped transaction uses no nonce
    return (
        alice.sign(bob.address, value=1, gas=_TRANSFER_GAS),
        invalid,
        bob.sign(at.token, _transfer(alice, _SUPPLY), gas=_CALL_GAS),
        *(actor.sign(alice.address, value=1, gas=_TRANSFER_GAS) for actor in others),
    )


def _delegation(people: dict[str, Actor], at: Places) -> tuple[bytes, ...]:
    """Dave's account takes the code of the workshop at Erin's cost, and then acts thrice in one transaction."""
    dave, erin = people["dave"], people["erin"]
    permit = sign_authorization(dave.key, chain_id=CONFIG.chain_id, address=at.workshop, nonce=dave.nonce)
    sponsor = erin.sign(dave.address, value=ETHER, gas=200_000, type=4, authorizations=[permit])
    dave.nonce += 1
    calls = [
        (at.token, 0, _transfer(erin, 3 * ETHER)),
        (at.collectible, 0, call_data("mint(address)", erin.address)),
        (people["frank"].address, ETHER, b""),
    ]
    perform = dave.sign(dave.address, _perform(calls), gas=600_000)
    stranger = erin.sign(dave.address, _perform(calls), gas=600_000)
    return sponsor, perform, stranger


def _collectible_transfers(ring: list[Actor], at: Places) -> tuple[bytes, ...]:
    return tuple(
        actor.sign(at.collectible, _give(actor, ring[(index + 1) % len(ring)], 2 * index + 1), gas=_CALL_GAS)
        for index, actor in enumerate(ring)
    )


def _loops(carol: Actor, at: Places) -> tuple[bytes, ...]:
    return (
        carol.sign(at.workshop, call_data("grind(uint256)", 5_000), gas=4_000_000),
        carol.sign(at.workshop, call_data("make(uint256)", 12), gas=5_000_000),
        carol.sign(at.workshop, call_data("rub(uint256,uint256,uint256)", 0, 20, 3), gas=1_000_000),
    )


def _everything(ring: list[Actor], at: Places) -> tuple[bytes, ...]:
    calls = []
    for index, actor in enumerate(ring):
        to = ring[(index + 5) % len(ring)]
        calls += [
            actor.sign(to.address, value=index + 1, gas=_TRANSFER_GAS),
            actor.sign(at.token, _transfer(to, index + 1), gas=_CALL_GAS),
            actor.sign(at.collectible, call_data("mint(address)", to.address), gas=_CALL_GAS),
            actor.sign(at.workshop, call_data("grind(uint256)", 50 * (index + 1)), gas=500_000),
        ]
    return tuple(calls)


def _transfer(to: Actor, amount: int) -> bytes:
    return call_data("transfer(address,uint256)", to.address, amount)


def _give(owner: Actor, to: Actor, token_id: int) -> bytes:
    return call_data("transferFrom(address,address,uint256)", owner.address, to.address, token_id)


def _perform(calls: list[tuple[bytes, int, bytes]]) -> bytes:
    return call_data("perform((address,uint256,bytes)[])", calls)
