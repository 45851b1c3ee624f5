"""The precompiles of Osaka, by address.

The table gives price and function of each. The limits of the L2 (``MAX_INPUT``, ``MAX_GAS``; identity is free
of them) are applied by the machine, which also turns a PrecompileFailure into a failed call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from offchain.evm.precompiles import bls12_381, bls12_381_gas, bn254, hashes
from offchain.evm.precompiles.blake2f import blake2f, blake2f_gas
from offchain.evm.precompiles.ecrecover import ecrecover, ecrecover_gas
from offchain.evm.precompiles.modexp import modexp, modexp_gas
from offchain.evm.precompiles.p256 import p256_verify, p256_verify_gas
from offchain.evm.precompiles.point_evaluation import point_evaluation, point_evaluation_gas

__all__ = ["MAX_GAS", "MAX_INPUT", "PRECOMPILES", "Precompile"]

#: A precompile call with more bytes of input, or with a higher price, fails on the L2 (identity excepted).
MAX_INPUT: Final = 65_536
MAX_GAS: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Precompile:
    """``gas`` prices any input and never raises; ``run`` gives the output or raises PrecompileFailure."""

    name: str
    gas: Callable[[bytes], int]
    run: Callable[[bytes], bytes]


_BY_NUMBER: Final = {
    0x01: Precompile("ECRECOVER", ecrecover_gas, ecrecover),
    0x02: Precompile("SHA256", hashes.sha256_gas, hashes.sha256),
    0x03: Precompile("RIPEMD160", hashes.ripemd160_gas, hashes.ripemd160),
    0x04: Precompile("IDENTITY", hashes.identity_gas, hashes.identity),
    0x05: Precompile("MODEXP", modexp_gas, modexp),
    0x06: Precompile("BN254_ADD", bn254.add_gas, bn254.add),
    0x07: Precompile("BN254_MUL", bn254.multiply_gas, bn254.multiply),
    0x08: Precompile("BN254_PAIRING", bn254.pairing_check_gas, bn254.pairing_check),
    0x09: Precompile("BLAKE2F", blake2f_gas, blake2f),
    0x0A: Precompile("KZG_POINT_EVALUATION", point_evaluation_gas, point_evaluation),
    0x0B: Precompile("BLS12_G1ADD", bls12_381_gas.g1_add_gas, bls12_381.g1_add),
    0x0C: Precompile("BLS12_G1MSM", bls12_381_gas.g1_msm_gas, bls12_381.g1_msm),
    0x0D: Precompile("BLS12_G2ADD", bls12_381_gas.g2_add_gas, bls12_381.g2_add),
    0x0E: Precompile("BLS12_G2MSM", bls12_381_gas.g2_msm_gas, bls12_381.g2_msm),
    0x0F: Precompile("BLS12_PAIRING_CHECK", bls12_381_gas.pairing_check_gas, bls12_381.pairing_check),
    0x10: Precompile("BLS12_MAP_FP_TO_G1", bls12_381_gas.map_fp_to_g1_gas, bls12_381.map_fp_to_g1),
    0x11: Precompile("BLS12_MAP_FP2_TO_G2", bls12_381_gas.map_fp2_to_g2_gas, bls12_381.map_fp2_to_g2),
    0x100: Precompile("P256VERIFY", p256_verify_gas, p256_verify),
}

PRECOMPILES: Final[Mapping[bytes, Precompile]] = MappingProxyType(
    {number.to_bytes(20, "big"): precompile for number, precompile in _BY_NUMBER.items()}
)
