"""An L1 in memory with a rollup on it: the rules that a node can notice, its logs, and reorgs on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import encode

from offchain.errors import NetworkError
from offchain.hashing import keccak
from offchain.l1.claims import Claim, Role
from offchain.l1.events import EVENTS, GENESIS_TOPIC
from offchain.l1.orders import Order
from offchain.l1.parameters import DEMO
from offchain.l1.sender import OrderContext, Sent
from offchain.l1.source import L1Block, L1Log
from offchain.l1.watcher import Rollup
from offchain.trees.paged_bytes import paged_root

CHAIN_ID = 31_337
ADDRESS = bytes.fromhex("00000000000000000000000000000000000000a1")
SEQUENCER = bytes.fromhex("00000000000000000000000000000000000000b2")
FIRST_TIME = 1_800_000_000
PARAMETER_KINDS = ["uint128"] * 3 + ["uint64"] * 2 + ["uint32"] * 8 + ["uint8"]
CLAIM_KINDS = ["bytes32"] + ["uint64"] * 4


@dataclass
class Chain:
    """What a block leaves behind; copied for each block, so that a reorg is dropping the last ones."""

    orders: list[tuple[bytes, int]] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    role: Role = Role.VACANT
    finalized: int = 0
    serial: int = 0
    base: tuple[int, bytes] = (0, bytes(32))
    pending: tuple[int, int, int, bytes] | None = None
    term: int = 0
    logs: list[L1Log] = field(default_factory=list)

    def copy(self) -> Chain:
        return Chain(
            list(self.orders),
            list(self.claims),
            self.role,
            self.finalized,
            self.serial,
            self.base,
            self.pending,
            self.term,
            list(self.logs),
        )


class FakeL1:
    """Both the `L1Source` and the `RollupSender` of one rollup. Each transaction is a block."""

    def __init__(self, config_hash: bytes, genesis_root: bytes, window: int = 100) -> None:
        self.rollup = Rollup(CHAIN_ID, ADDRESS, 0, config_hash, genesis_root, DEMO)
        self.parameters = DEMO
        self.window = window
        self.time = FIRST_TIME
        self.branch = 0
        genesis = Chain(base=(0, genesis_root), orders=[(self.rollup.genesis_hash, 0)])
        first = self._block(0)
        genesis.logs.append(
            L1Log((GENESIS_TOPIC, self.rollup.genesis_hash, bytes(32)), b"", 0, first.hash, 0)
        )
        self.blocks = [(first, genesis)]
        self.drop_logs = 0
        self.spoil_data = False
        self.requests = 0

    # The chain

    def advance(self, seconds: int) -> None:
        self.time += seconds
        self._mine(self._now())

    def reorg(self, to: int) -> None:
        """Forgets every block above ``to``; what comes then has other hashes."""
        del self.blocks[to + 1 :]
        self.branch += 1

    # L1Source

    def chain_id(self) -> int:
        return CHAIN_ID

    def block(self, number: int | None = None) -> L1Block | None:
        self.requests += 1
        if number is None:
            number = len(self.blocks) - 1
        return self.blocks[number][0] if number < len(self.blocks) else None

    def code(self, address: bytes) -> bytes:
        return b"\x00" if address == ADDRESS else b""

    def call(self, address: bytes, data: bytes, block: int) -> bytes:
        if block >= len(self.blocks):
            raise NetworkError(f"L1 has no block {block}")
        chain = self.blocks[block][1]
        selector, arguments = data[:4], data[4:]
        answers: dict[str, tuple[list[str], list[Any]]] = {
            "chainConfigHash()": (["bytes32"], [self.rollup.chain_config_hash]),
            "heads()": (
                ["uint64"] * 4,
                [len(chain.orders) - 1, len(chain.claims), chain.finalized, chain.serial],
            ),
            "base()": (["bytes32", "uint64"], [chain.base[1], chain.base[0]]),
            "parameters()": (PARAMETER_KINDS, list(self.parameters.as_tuple())),
            "seat()": (["address", "uint8", "uint64"], self._seat(chain)),
            "pendingState()": (CLAIM_KINDS, self._pending_state(chain)),
            "claimOf(uint256)": (CLAIM_KINDS, self._claim_of(chain, int.from_bytes(arguments))),
        }
        for signature, (kinds, values) in answers.items():
            if keccak(signature.encode())[:4] == selector:
                return encode(kinds, values)
        batch = int.from_bytes(arguments)
        return chain.orders[batch][0] if batch < len(chain.orders) else bytes(32)

    def calls(self, address: bytes, data: Sequence[bytes], block: int) -> list[bytes]:
        return [self.call(address, one, block) for one in data]

    def logs(
        self, address: bytes, topics: Sequence[bytes], first_block: int, last_block: int
    ) -> Sequence[L1Log]:
        logs = [
            log
            for log in self.blocks[-1][1].logs
            if log.topics[0] in topics and first_block <= log.block_number <= last_block
        ]
        return logs if GENESIS_TOPIC in topics else logs[: len(logs) - self.drop_logs]

    # RollupSender

    def begin_term(self, stake: int) -> Sent:
        chain = self._now()
        chain.term += 1
        chain.role = Role.ACTIVE
        return self._mine(chain, ("TermBegan", [chain.term, SEQUENCER], [stake]))

    def append(self, parent_hash: bytes, context: OrderContext, data: bytes) -> Sent:
        chain = self._now()
        return self._mine(chain, self._append(chain, parent_hash, context, data))

    def append_and_claim(
        self,
        parent_hash: bytes,
        context: OrderContext,
        data: bytes,
        first_batch: int,
        previous_serial: int,
        diff_roots: Sequence[bytes],
    ) -> Sent:
        chain = self._now()
        appended = self._append(chain, parent_hash, context, data)
        return self._mine(chain, appended, self._claim(chain, first_batch, previous_serial, diff_roots))

    def claim(
        self, first_batch: int, last_order_hash: bytes, previous_serial: int, diff_roots: Sequence[bytes]
    ) -> Sent:
        chain = self._now()
        return self._mine(chain, self._claim(chain, first_batch, previous_serial, diff_roots))

    def finalize(self, max_count: int) -> Sent:
        chain = self._now()
        first = chain.finalized + 1
        ready = [claim.time + self.window < self.time for claim in chain.claims[first - 1 :]]
        count = min([*ready, False].index(False), max_count)
        if not count:
            raise NetworkError("L1 refuses finalize: nothing to finalize")
        chain.finalized += count
        return self._mine(chain, ("BatchesFinalized", [first], [chain.finalized]))

    def claim_state(self, batch: int, order_hash: bytes, previous_serial: int, state_root: bytes) -> Sent:
        chain = self._now()
        chain.serial += 1
        chain.pending = (batch, chain.serial, self.time, state_root)
        event = ("StateClaimed", [batch, chain.term, chain.serial], [self.time, state_root])
        return self._mine(chain, event)

    def finalize_state(self, serial: int) -> Sent:
        chain = self._now()
        assert chain.pending is not None
        batch, _, _, root = chain.pending
        chain.base, chain.pending = (batch, root), None
        return self._mine(chain, ("StateFinalized", [batch, serial], [root]))

    def slash(self) -> Sent:
        chain = self._now()
        claimed = len(chain.claims)
        del chain.claims[chain.finalized :]
        events: list[Any] = []
        if claimed > chain.finalized:
            events.append(("ClaimsDeleted", [chain.term], [chain.finalized + 1, claimed]))
        if chain.pending is not None:
            events.append(("StateClaimDeleted", [chain.pending[0], chain.term, chain.pending[1]], []))
            chain.pending = None
        chain.role = Role.VACANT
        events.append(("SequencerSlashed", [chain.term, SEQUENCER, SEQUENCER], [1, 1]))
        return self._mine(chain, *events)

    # Inside

    def _now(self) -> Chain:
        return self.blocks[-1][1].copy()

    def _append(self, chain: Chain, parent_hash: bytes, context: OrderContext, data: bytes) -> Any:
        if chain.orders[-1][0] != parent_hash:
            raise NetworkError("L1 refuses append: RollupManager_ParentChanged")
        batch, root = len(chain.orders), paged_root(data)
        order = Order(
            parent_hash, batch, root, len(data), context.timestamp, context.prevrandao, context.coinbase
        )
        chain.orders.append((order.hash(), context.timestamp))
        others = [root, context.timestamp, context.prevrandao, context.coinbase, data]
        return ("OrderAppended", [batch, order.hash(), chain.term], others)

    def _claim(self, chain: Chain, first: int, serial: int, roots: Sequence[bytes]) -> Any:
        if first != len(chain.claims) + 1 or serial != chain.serial:
            raise NetworkError("L1 refuses claim: RollupManager_ClaimOutOfTurn")
        if len(chain.claims) + len(roots) > chain.base[0] + self.parameters.max_lag:
            raise NetworkError("L1 refuses claim: RollupManager_LagTooLong")
        chain.claims += [
            Claim(first + at, root, serial + 1 + at, chain.term, self.time) for at, root in enumerate(roots)
        ]
        chain.serial += len(roots)
        return ("BatchesClaimed", [first, chain.term], [serial + 1, self.time, list(roots)])

    def _seat(self, chain: Chain) -> list[Any]:
        if chain.role is Role.VACANT:
            return [bytes(20), 0, chain.term]
        return [SEQUENCER, 1, chain.term]

    def _pending_state(self, chain: Chain) -> list[Any]:
        if chain.pending is None:
            return [bytes(32), 0, 0, 0, 0]
        batch, serial, time, root = chain.pending
        return [root, serial, batch, time, 0]

    def _claim_of(self, chain: Chain, batch: int) -> list[Any]:
        if not 0 < batch <= len(chain.claims):
            return [bytes(32), 0, 0, 0, 0]
        claim = chain.claims[batch - 1]
        return [claim.diff_root, claim.serial, claim.term, claim.time, 0]

    def _mine(self, chain: Chain, *events: tuple[str, list[Any], list[Any]]) -> Sent:
        block = self._block(len(self.blocks))
        for name, indexed, others in events:
            kinds = EVENTS[name]
            signature = f"{name}({','.join(kinds[0] + kinds[1])})"
            topics = [keccak(signature.encode())]
            topics += [encode([kind], [value]) for kind, value in zip(kinds[0], indexed, strict=True)]
            data = encode(list(kinds[1]), others)
            chain.logs.append(L1Log(tuple(topics), data, block.number, block.hash, len(chain.logs)))
        self.blocks.append((block, chain))
        self.time += 1
        return Sent(block.number, 0)

    def _block(self, number: int) -> L1Block:
        name = f"{number} {self.branch} {self.time}"
        return L1Block(number, keccak(name.encode()), self.time)
