"""The rollup on a real L1 client: life from order to withdrawal, its log, reorgs, gas and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ape
import pytest
from ape.types import LogFilter

from offchain.l1.contracts import Contracts
from offchain.l1.deployment import Deployment
from offchain.l1.orders import Order, genesis_hash
from offchain.l1.parameters import DEMO
from offchain.trees.paged_bytes import paged_root

EIP_170_LIMIT = 24_576
EIP_7825_CAP = 1 << 24


@dataclass
class Sequencer:
    """Posts and claims through ape, one L1 block after the other."""

    rollup: Any
    chain: Any
    account: Any
    parent: bytes

    def wait(self, seconds: int) -> None:
        self.chain.pending_timestamp = self.chain.blocks.head.timestamp + seconds
        self.chain.mine()

    def arguments(self, data: bytes) -> tuple[Any, ...]:
        """Arguments of `append` for the next order, dated by the last block."""
        head = self.chain.blocks.head
        context = (head.timestamp, head.number, bytes(head.hash), self.account.address)
        return (self.parent, context, data)

    def append(self, data: bytes) -> Any:
        self.wait(2)
        receipt = self.rollup.append(*self.arguments(data), sender=self.account)
        self.parent = bytes(self.rollup.orderHash(self.rollup.heads().ordered))
        return receipt

    def claim(self, roots: list[bytes]) -> Any:
        heads = self.rollup.heads()
        return self.rollup.claim(heads.claimed + 1, self.parent, heads.serial, roots, sender=self.account)


@pytest.fixture
def sequencer(rollup: Any, chain: Any, accounts: Any) -> Sequencer:
    """The second account, in office."""
    rollup.beginTerm(value=DEMO.stake, sender=accounts[1])
    return Sequencer(rollup, chain, accounts[1], bytes(rollup.orderHash(0)))


def test_the_contracts_name_each_other_by_predicted_addresses(
    deployment: Deployment, rollup: Any, game: Any, accounts: Any
) -> None:
    assert rollup.game() == game.address == deployment.game
    assert game.rollup() == rollup.address == deployment.rollup
    assert bytes(rollup.orderHash(0)) == genesis_hash(b"\x02" * 32, b"\x01" * 32)
    assert tuple(rollup.parameters()) == DEMO.as_tuple()


def test_everything_can_be_rebuilt_from_the_log_alone(
    sequencer: Sequencer, rollup: Any, game: Any, accounts: Any
) -> None:
    """Two terms with everything that leaves a trace; then the log is read, and the views only compared."""
    sequencer.append(b"\0one")
    sequencer.append(b"\0two")
    sequencer.claim([b"\x05" * 32, bytes(32)])
    game.openClaimGame(2, 2, sender=accounts[3])
    game.closeClaimGame(2, 2, sender=accounts[3])
    sequencer.wait(DEMO.claim_window + 1)
    rollup.finalize(1, sender=accounts[4])
    rollup.claimState(1, rollup.orderHash(1), 2, b"\x06" * 32, sender=accounts[1])
    sequencer.wait(DEMO.state_window + 1)
    rollup.finalizeState(3, sender=accounts[4])
    game.slash(1, accounts[3], sender=accounts[3])
    rollup.withdraw(accounts[3], sender=accounts[4])
    rollup.beginTerm(value=DEMO.stake, sender=accounts[2])
    sequencer.account = accounts[2]
    sequencer.claim([b"\x07" * 32])
    sequencer.append(b"\0three")
    rollup.retire(sender=accounts[2])

    state = _rebuilt(rollup)
    heads = rollup.heads()
    assert state["heads"] == (heads.ordered, heads.claimed, heads.finalized, heads.serial)
    assert state["hashes"] == [bytes(rollup.orderHash(n)) for n in range(heads.ordered + 1)]
    for n, claim in state["claims"].items():
        assert tuple(rollup.claimOf(n)) == claim
    assert state["seat"] == tuple(rollup.seat())
    assert state["base"] == tuple(rollup.base())
    assert state["credits"] == {}
    assert rollup.balance == DEMO.stake


def _rebuilt(rollup: Any) -> dict[str, Any]:
    """The state of the rollup as a reader of events sees it."""
    hashes: list[bytes] = []
    claims: dict[int, tuple[Any, ...]] = {}
    heads = {"claimed": 0, "finalized": 0, "serial": 0}
    seat: tuple[Any, ...] = ("0x" + "00" * 20, 0, 0)
    base: tuple[Any, ...] = ()
    credits: dict[str, int] = {}
    everything = LogFilter(addresses=[rollup.address], events=rollup.contract_type.events, start_block=0)
    for log in rollup.provider.get_contract_logs(everything):
        event = log.event_arguments
        match log.event_name:
            case "GenesisCommitted":
                hashes = [genesis_hash(bytes(event["chainConfigHash"]), bytes(event["stateRoot"]))]
                base = (event["stateRoot"], 0)
            case "OrderAppended":
                data = bytes(event["data"])
                order = Order(
                    hashes[-1],
                    event["batch"],
                    paged_root(data),
                    len(data),
                    event["timestamp"],
                    bytes(event["prevrandao"]),
                    bytes.fromhex(event["coinbase"][2:]),
                )
                assert order.data_root == bytes(event["dataRoot"])
                assert order.hash() == bytes(event["orderHash"])
                hashes.append(order.hash())
            case "BatchesClaimed":
                for i, root in enumerate(event["diffRoots"]):
                    claims[event["firstBatch"] + i] = (
                        root,
                        event["firstSerial"] + i,
                        event["term"],
                        event["time"],
                        0,
                    )
                heads["claimed"] = event["firstBatch"] + len(event["diffRoots"]) - 1
                heads["serial"] = event["firstSerial"] + len(event["diffRoots"]) - 1
            case "BatchesFinalized":
                heads["finalized"] = event["lastBatch"]
            case "ClaimsDeleted":
                for n in range(event["firstBatch"], event["lastBatch"] + 1):
                    del claims[n]
                heads["claimed"] = event["firstBatch"] - 1
            case "StateClaimed":
                heads["serial"] = event["serial"]
            case "StateFinalized":
                base = (event["stateRoot"], event["batch"])
            case "TermBegan":
                seat = (event["sequencer"], 1, event["term"])
            case "RetirementBegan":
                seat = (seat[0], 2, seat[2])
            case "SequencerSlashed":
                seat = ("0x" + "00" * 20, 0, seat[2])
                credits[event["winner"]] = event["reward"]
            case "Withdrawn":
                assert credits.pop(event["account"]) == event["amount"]
            case "GameOpened" | "GameClosed":
                claims[event["batch"]] = (*claims[event["batch"]][:4], event["openGames"])
            case other:
                raise AssertionError(other)
    return {
        "heads": (len(hashes) - 1, heads["claimed"], heads["finalized"], heads["serial"]),
        "hashes": hashes,
        "claims": claims,
        "seat": seat,
        "base": base,
        "credits": credits,
    }


def test_an_order_posted_from_inside_another_call_is_read_from_its_event(
    contracts: Contracts, rollup: Any, chain: Any, accounts: Any
) -> None:
    relay = accounts[2].deploy(contracts["Relay"], rollup.address)
    relay.relay(rollup.beginTerm.encode_input(), value=DEMO.stake, sender=accounts[2])
    head = chain.blocks.head
    context = (head.timestamp, head.number, bytes(head.hash), accounts[2].address)
    call = rollup.append.encode_input(bytes(rollup.orderHash(0)), context, b"\0inner")
    receipt = relay.relay(call, sender=accounts[2])
    (event,) = receipt.decode_logs(rollup.OrderAppended)
    assert bytes(event.data) == b"\0inner"
    assert rollup.seat().sequencer == relay.address


def test_rule_9_after_a_reorg_the_signed_order_and_claim_revert(
    sequencer: Sequencer, rollup: Any, chain: Any, accounts: Any
) -> None:
    fork = chain.snapshot()
    sequencer.append(b"\0left")
    sequencer.wait(5)
    order, claim = sequencer.arguments(b"\0next"), (1, sequencer.parent, 0, [b"\x05" * 32])
    chain.restore(fork)
    chain.mine(3)
    rollup_parent = bytes(rollup.orderHash(0))
    with ape.reverts(rollup.RollupManager_ParentChanged):
        rollup.append(*order, sender=accounts[1])
    with ape.reverts(rollup.RollupManager_OrderAbsent):
        rollup.claim(*claim, sender=accounts[1])
    sequencer.parent = rollup_parent
    sequencer.append(b"\0right")
    with ape.reverts(rollup.RollupManager_OrderHashDiffers):
        rollup.claim(*claim, sender=accounts[1])


def test_refusals_carry_both_values(rollup: Any, accounts: Any) -> None:
    with ape.reverts(rollup.RollupManager_WrongStake, error_inputs={"have": 1, "want": DEMO.stake}):
        rollup.beginTerm(value=1, sender=accounts[1])
    with ape.reverts(rollup.RollupManager_NothingOwed):
        rollup.withdraw(accounts[5], sender=accounts[5])


def test_the_contract_fits_eip_170(rollup: Any, game: Any) -> None:
    assert 0 < len(bytes(rollup.code)) <= EIP_170_LIMIT
    assert 0 < len(bytes(game.code)) <= EIP_170_LIMIT


@pytest.mark.parametrize(("kib", "ceiling"), [(1, 250_000), (16, 1_100_000), (100, 6_200_000)])
def test_gas_of_an_order(sequencer: Sequencer, kib: int, ceiling: int) -> None:
    sequencer.append(b"\0warm")
    data = b"\0" + b"\x5a" * (kib * 1024 - 1)
    gas = sequencer.append(data).gas_used
    print(f"gas: append {kib} KiB {gas}")
    assert gas < min(ceiling, EIP_7825_CAP)


def test_gas_of_claims_and_their_finality(sequencer: Sequencer, rollup: Any, accounts: Any) -> None:
    for _ in range(66):
        sequencer.append(b"\0")
    heads = rollup.heads()
    costs = {
        "claim 1": rollup.claim(1, rollup.orderHash(1), heads.serial, [b"\x05" * 32], sender=accounts[1]),
        "claim 64": rollup.claim(2, rollup.orderHash(65), 1, [b"\x05" * 32] * 64, sender=accounts[1]),
    }
    sequencer.wait(DEMO.claim_window + 1)
    costs["finalize 1"] = rollup.finalize(1, sender=accounts[2])
    costs["finalize 64"] = rollup.finalize(64, sender=accounts[2])
    costs["state claim"] = rollup.claimState(65, rollup.orderHash(65), 65, b"\x06" * 32, sender=accounts[1])
    sequencer.wait(DEMO.state_window + 1)
    costs["finalize state"] = rollup.finalizeState(66, sender=accounts[2])
    gas = {name: receipt.gas_used for name, receipt in costs.items()}
    print(f"gas: {gas}")
    assert gas["claim 1"] < 130_000
    assert gas["claim 64"] < 64 * 52_000
    assert gas["finalize 1"] < 60_000
    assert gas["finalize 64"] < 64 * 4_500
    assert gas["state claim"] < 130_000
    assert gas["finalize state"] < 90_000
