"""Calls of precompiles, by a contract and by a transaction: all that 4,000,000 gas buy, and calls that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from offchain.bench.steps.arenas import CONTRACT, FULL, MAX_CODE, MIDDLE, dense, touched
from offchain.bench.steps.assembler import OPCODES, code_of, pushes
from offchain.bench.steps.deep_machine import ETHER, Stage, at_opcode, signed
from offchain.bench.steps.phase_rows import at_phase, in_the_middle
from offchain.bench.steps.row import Row, candidate
from offchain.conformance.case import Account
from offchain.evm.phase import Phase
from offchain.evm.precompiles import MAX_GAS, MAX_INPUT, PRECOMPILES

__all__ = ["precompile_rows"]

_BN254_G1: Final = bytes.fromhex(
    "0769bf9ac56bea3ff40232bcb1b6bd159315d84715b8e679f2d355961915abf0"
    "2ab799bee0489429554fdb7c8d086475319e63b40b9c5b57cdf1ff3dd9fe2261"
)  # 3 times the generator
_BN254_G2: Final = bytes.fromhex(
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"
)
_FILL: Final = b"\x55"


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a precompile. ``make`` gives its input."""

    number: int
    why: str
    make: Callable[[], bytes]
    osaka: bool = False


def precompile_rows() -> Iterator[Row]:
    """Each call from a contract and from a transaction."""
    for name, call in _CALLS.items():
        inner = candidate(f"{call.why}, with value, across 1 MiB", partial(_by_contract, call), _called)
        yield Row(f"CALL of {name}", "precompiles", (inner,), osaka=call.osaka)
        why = f"{call.why}, with value, across the middle of 1 MiB of full order"
        outer = candidate(why, partial(_by_transaction, call), lambda: at_phase(Phase.START))
        yield Row(f"START of {name}", "precompiles", (outer,), osaka=call.osaka)


def _called() -> Callable[..., bool]:
    return at_opcode(OPCODES["CALL"], 0)


def _by_contract(call: _Call) -> Stage:
    """A contract copies the input to memory, about 1 MiB at an odd place, and calls."""
    data = call.make()
    start = MIDDLE - len(data) // 2 | 1
    code = touched(start, len(data)) + pushes(start, 0, len(data)) + code_of("CALLDATACOPY")
    code += pushes(FULL, call.number, 0xFF, start, len(data), 0, 32) + code_of("CALL", "STOP")
    at = call.number.to_bytes(20, "big")
    return Stage.of(
        {CONTRACT: Account(1, ETHER, dense(code, MAX_CODE))}, signed(CONTRACT, data=data), addresses=(at,)
    )


def _by_transaction(call: _Call) -> Stage:
    data = call.make()
    at = call.number.to_bytes(20, "big")
    raw = signed(at, data=data, value=0xFF)
    return replace(Stage.of({}, addresses=(at,)), data=in_the_middle(raw, len(raw) // 2))


def _most(number: int, unit: bytes) -> int:
    """How many times the unit may be repeated within both limits of an input."""
    price = PRECOMPILES[number.to_bytes(20, "big")].gas
    low, high = 1, MAX_INPUT // len(unit)
    while low < high:
        middle = (low + high + 1) // 2
        if price(unit * middle) <= MAX_GAS:
            low = middle
        else:
            high = middle - 1
    return low


def _failing(number: int, unit: bytes) -> bytes:
    """As many units as there can be; the last one is no point of the curve."""
    count = _most(number, unit)
    return unit * (count - 1) + b"\x01" * len(unit)


def _pairs(number: int) -> bytes:
    g1, g2 = _bls_points()
    return _failing(number, g1 + g2)


def _multiples(number: int) -> bytes:
    return _failing(number, _bls_points()[0 if number == 0x0C else 1] + b"\xf7" * 32)


def _bls_points() -> tuple[bytes, bytes]:
    """A point of each group, the images of numbers: precompiles of our own make them."""
    numbers = (bytes(16) + b"\x07" * 48, bytes(16) + b"\x08" * 48)
    g1 = PRECOMPILES[(0x10).to_bytes(20, "big")].run(numbers[0])
    return g1, PRECOMPILES[(0x11).to_bytes(20, "big")].run(b"".join(numbers))


def _modexp(base: int, exponent: int, head: bytes) -> bytes:
    sizes = b"".join(size.to_bytes(32, "big") for size in (base, exponent, base))
    return sizes + b"\xff" * base + head.ljust(exponent, b"\xff") + b"\xff" * base


#: A digest with a signature and its key, the dearest of sixty.
_P256: Final = bytes.fromhex(
    "2121212121212121212121212121212121212121212121212121212121212121"
    "86d736cfc41b9ce673c6359dfcb7fa4712374c2ad25972f785bbec3ad16f3b82"
    "862c0800211ac4be589e710e9dc827037975ec3eda04eec743925682b13c95bf"
    "fcc07095596a0ffc592303a44ec541320a78a7d3c23770d3fc2e57a7e4438c47"
    "b2c38391b1aa646deb2f7afd1fc93d43325124d878ec7a87799b99c2ee6e547e"
)


_CALLS: Final[dict[str, _Call]] = {
    "SHA256": _Call(2, "65,536 bytes", lambda: _FILL * MAX_INPUT),
    "RIPEMD160": _Call(3, "65,536 bytes", lambda: _FILL * MAX_INPUT),
    "MODEXP": _Call(
        5, "numbers of 1,024 bytes", lambda: _modexp(1_024, 16, (1 << 122).to_bytes(16, "big")), osaka=True
    ),
    "BN254_PAIRING": _Call(
        8, "as many pairs as gas buys, the last one bad", lambda: _failing(8, _BN254_G1 + _BN254_G2)
    ),
    "BLAKE2F": _Call(9, "4,000,000 rounds", lambda: MAX_GAS.to_bytes(4, "big") + _FILL * 208 + b"\x01"),
    "P256VERIFY": _Call(0x100, "a good signature, checked in Solidity", lambda: _P256, True),
    "BLS12_G1MSM": _Call(
        0x0C, "as many points as the input takes, the last one bad", lambda: _multiples(0x0C), True
    ),
    "BLS12_G2MSM": _Call(
        0x0E, "as many points as the input takes, the last one bad", lambda: _multiples(0x0E), True
    ),
    "BLS12_PAIRING_CHECK": _Call(
        0x0F, "as many pairs as gas buys, the last one bad", lambda: _pairs(0x0F), True
    ),
}
