"""The configuration of a chain: everything that execution takes besides the order. It never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from offchain.errors import InputError
from offchain.evm.context import BatchContext
from offchain.evm.intrinsic_gas import MAX_TRANSACTION_GAS
from offchain.hashing import keccak
from offchain.l1.orders import Order

__all__ = ["ChainConfig"]

CONFIG_TAG: Final = keccak(b"deltaroll.chain-config")
FORK: Final = "osaka"
BLOB_BASE_FEE: Final = 1
MAX_BATCH_GAS: Final = 10**9
"""Of G_b. A diff must fit the trace of its application, 2^18 - 1 entries: see docs/one-step-proofs.md, "Traces"."""
_WORD_END: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class ChainConfig:
    """chain_id: of the L2 (EIP-155). base_fee: wei a gas, constant, burnt. batch_gas_limit: G_b.

    batch_interval: d_min, seconds between two orders, the same as in the contract's parameters.
    """

    chain_id: int
    base_fee: int
    batch_gas_limit: int
    batch_interval: int
    fork: str = FORK
    blob_base_fee: int = BLOB_BASE_FEE

    def check(self) -> None:
        """Raises `InputError` where a value is out of its range."""
        if self.fork != FORK:
            raise InputError(f"chain configuration: fork {self.fork!r} is not {FORK!r}, the one there is")
        if self.blob_base_fee != BLOB_BASE_FEE:
            raise InputError(f"chain configuration: blob_base_fee is {BLOB_BASE_FEE} on every chain")
        for name, least, most in (
            ("chain_id", 1, _WORD_END - 1),
            ("base_fee", 0, _WORD_END - 1),
            ("batch_gas_limit", MAX_TRANSACTION_GAS, MAX_BATCH_GAS),
            ("batch_interval", 1, _WORD_END - 1),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"chain configuration: {name} = {value} is not within {least} .. {most}")

    def hash(self) -> bytes:
        """H(tag ‖ H(fork) ‖ chain id ‖ base fee ‖ blob base fee ‖ G_b ‖ d_min), 32 bytes a field."""
        words = (self.chain_id, self.base_fee, self.blob_base_fee, self.batch_gas_limit, self.batch_interval)
        return keccak(
            CONFIG_TAG + keccak(self.fork.encode()) + b"".join([word.to_bytes(32, "big") for word in words])
        )

    def context(self, order: Order) -> BatchContext:
        """What the batch of ``order`` is executed in."""
        return BatchContext(
            chain_id=self.chain_id,
            number=order.batch,
            timestamp=order.timestamp,
            prevrandao=order.prevrandao,
            parent_order_hash=order.parent_hash,
            coinbase=order.coinbase,
            gas_limit=self.batch_gas_limit,
            base_fee=self.base_fee,
            blob_base_fee=self.blob_base_fee,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> ChainConfig:
        """The inverse of `to_json`; `InputError` on anything else."""
        names = {field.name: field.type for field in fields(cls)}
        if not isinstance(value, Mapping) or value.keys() != names.keys():
            raise InputError(f"chain configuration: it must have exactly the fields {sorted(names)}")
        for name, kind in names.items():
            have = value[name]
            if type(have) is not (str if kind == "str" else int):
                raise InputError(f"chain configuration: {name} = {have!r} has the wrong type")
        config = cls(**value)
        config.check()
        return config
