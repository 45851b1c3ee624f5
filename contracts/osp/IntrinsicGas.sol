// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What a transaction costs before its first instruction, and the least that it costs in the end
/// @notice Twin: `offchain/evm/intrinsic_gas.py`.
library IntrinsicGas {
    uint256 internal constant TRANSACTION = 21_000;
    uint256 internal constant CREATE = 32_000;
    uint256 internal constant INITCODE_WORD = 2;
    uint256 internal constant ACCESS_LIST_ADDRESS = 2400;
    uint256 internal constant ACCESS_LIST_STORAGE_KEY = 1900;
    uint256 internal constant AUTHORIZATION = 25_000;
    uint256 internal constant TOKEN = 4;
    uint256 internal constant FLOOR_TOKEN = 10;
    /// @notice EIP-7825.
    uint256 internal constant MAX_TRANSACTION_GAS = 1 << 24;

    /// @dev One in each byte; all bits of each byte but the highest.
    uint256 private constant ONES = type(uint256).max / 255;
    uint256 private constant LOW_BITS = 0x7f * ONES;

    /// @notice EIP-7623: a zero byte is one token, any other four.
    function tokens(uint256 start, uint256 size) internal pure returns (uint256 count) {
        return 4 * size - 3 * zeroBytes(start, size);
    }

    /// @notice How many of the `size` bytes at `start` in memory are zero.
    function zeroBytes(uint256 start, uint256 size) internal pure returns (uint256 count) {
        uint256 low = LOW_BITS;
        uint256 ones = ONES;
        // SAFETY: only reads memory, up to 31 bytes behind the end; those are made ones, which don't count. In
        // `spread` the highest bit of each byte is clear exactly if the byte is zero: adding 0x7f to its low seven
        // bits carries into that bit and no further. A word has at most 32 zero bytes, so their number fits in the
        // highest byte of the product.
        assembly ("memory-safe") {
            let end := add(start, size)
            for {} lt(start, end) { start := add(start, 32) } {
                let word := mload(start)
                let left := sub(end, start)
                if lt(left, 32) { word := or(word, shr(shl(3, left), not(0))) }
                let spread := or(or(add(and(word, low), low), word), low)
                count := add(count, shr(248, mul(shr(7, not(spread)), ones)))
            }
        }
    }
}
