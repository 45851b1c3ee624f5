"""The people of the demo. Their keys follow from their names, so that every run is the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from offchain.evm.signing import address_of_key, sign_transaction
from offchain.hashing import keccak
from offchain.node.config import ChainConfig
from offchain.node.genesis import Genesis
from offchain.state.genesis import GenesisAccount

__all__ = ["CONFIG", "ETHER", "GWEI", "NAMES", "Actor", "actors", "genesis"]

GWEI: Final = 10**9
ETHER: Final = 10**18
CONFIG: Final = ChainConfig(chain_id=2_607, base_fee=GWEI, batch_gas_limit=20_000_000, batch_interval=40)
"""5 Mgas a second at most: what a verifier in pure Python can follow with everybody's worst batches."""

NAMES: Final = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")
_BALANCE: Final = 1_000 * ETHER
_TIP: Final = GWEI // 10


@dataclass
class Actor:
    """One account with its key and the nonce that it is to use next."""

    name: str
    key: bytes
    address: bytes = field(init=False)
    nonce: int = 0

    def __post_init__(self) -> None:
        self.address = address_of_key(self.key)

    def sign(
        self,
        to: bytes | None,
        data: bytes = b"",
        *,
        value: int = 0,
        gas: int,
        type: int = 2,
        **fields: object,
    ) -> bytes:
        """A signed transaction that takes the next nonce; ``fields`` are those of `sign_transaction`."""
        options: dict[str, object] = {
            "chain_id": CONFIG.chain_id,
            "nonce": self.nonce,
            "gas_limit": gas,
            "max_fee": 2 * GWEI,
            "max_priority_fee": _TIP,
            "to": to,
            "value": value,
            "data": data,
            "type": type,
        }
        self.nonce += 1
        return sign_transaction(self.key, **(options | fields))  # type: ignore[arg-type]


def actors() -> dict[str, Actor]:
    """Everybody, at nonce 0."""
    return {name: Actor(name, keccak(f"deltaroll demo: {name}".encode())) for name in NAMES}


def genesis() -> Genesis:
    """A thousand ether for each."""
    return Genesis(CONFIG, {actor.address: GenesisAccount(_BALANCE) for actor in actors().values()})
