// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Bitwise operations that the L1 may not have
/// @notice Twin: `offchain/evm/instructions/bitwise.py`.
library Bitwise {
    /// @notice Number of leading zero bits, 256 for 0 (EIP-7939).
    function clz(uint256 value) internal pure returns (uint256 zeros) {
        if (value == 0) return 256;
        for (uint256 width = 128; width != 0; width >>= 1) {
            if (value >> (256 - width) == 0) {
                zeros += width;
                value <<= width;
            }
        }
    }
}
