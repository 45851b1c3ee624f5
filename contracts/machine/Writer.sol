// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Fixed-width fields into the bytes of a struct
/// @notice The counterpart of Reader: appends fields to a buffer in free memory and hashes it.
/// @dev The buffer is free memory that is never taken, so no other allocation may happen between `begin` and `hash`.
library Writer {
    /// @notice Thrown when a value does not fit its field: no state of the machine has such a value.
    error Writer_ValueIsTooLarge(uint256 have, uint256 bytesWanted);

    /// @notice Begins a buffer with the tag of the struct; returns the position behind it.
    function begin(uint256 tag) internal pure returns (uint256 position) {
        // SAFETY: writes free memory.
        assembly ("memory-safe") {
            position := mload(0x40)
            mstore8(position, tag)
            position := add(position, 1)
        }
    }

    /// @notice Appends an unsigned integer of `size` bytes, 1 <= size <= 32.
    function put(uint256 position, uint256 value, uint256 size) internal pure returns (uint256 end) {
        if (size < 32 && value >> (8 * size) != 0) revert Writer_ValueIsTooLarge(value, size);
        // SAFETY: writes up to 32 bytes of free memory; what stands behind the field is overwritten by the next one or
        // never hashed.
        assembly ("memory-safe") {
            mstore(position, shl(sub(256, shl(3, size)), value))
            end := add(position, size)
        }
    }

    /// @notice Appends 32 bytes.
    function put(uint256 position, bytes32 value) internal pure returns (uint256 end) {
        // SAFETY: writes 32 bytes of free memory.
        assembly ("memory-safe") {
            mstore(position, value)
            end := add(position, 32)
        }
    }

    /// @notice Appends an address.
    function put(uint256 position, address value) internal pure returns (uint256 end) {
        // SAFETY: writes 32 bytes of free memory, of which 20 count.
        assembly ("memory-safe") {
            mstore(position, shl(96, value))
            end := add(position, 20)
        }
    }

    /// @notice The hash of the buffer up to `position`.
    function hash(uint256 position) internal pure returns (bytes32 digest) {
        // SAFETY: reads what the functions above wrote.
        assembly ("memory-safe") {
            let start := mload(0x40)
            digest := keccak256(start, sub(position, start))
        }
    }
}
