// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Arithmetic of the L2 modulo 2**256, by the L1's own
/// @notice Twin: `offchain/evm/instructions/arithmetic.py`.
/// @dev Assembly throughout, because the checked operators of Solidity are not those of the EVM: they revert where the
/// EVM wraps or gives 0. Every block works on its operands alone.
library Arithmetic {
    function add(uint256 a, uint256 b) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := add(a, b)
        }
    }

    function mul(uint256 a, uint256 b) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := mul(a, b)
        }
    }

    function sub(uint256 a, uint256 b) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := sub(a, b)
        }
    }

    function div(uint256 a, uint256 b) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := div(a, b)
        }
    }

    function sdiv(uint256 a, uint256 b) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := sdiv(a, b)
        }
    }

    function mod(uint256 a, uint256 b) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := mod(a, b)
        }
    }

    function smod(uint256 a, uint256 b) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := smod(a, b)
        }
    }

    function addmod_(uint256 a, uint256 b, uint256 modulus) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := addmod(a, b, modulus)
        }
    }

    function mulmod_(uint256 a, uint256 b, uint256 modulus) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := mulmod(a, b, modulus)
        }
    }

    function exp(uint256 base, uint256 exponent) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := exp(base, exponent)
        }
    }

    function signextend(uint256 byteIndex, uint256 value) internal pure returns (uint256 r) {
        // SAFETY: no memory.
        assembly ("memory-safe") {
            r := signextend(byteIndex, value)
        }
    }

    /// @notice How many bytes a number has without leading zeros.
    function byteLength(uint256 value) internal pure returns (uint256 length) {
        for (; value != 0; value >>= 8) {
            ++length;
        }
    }
}
