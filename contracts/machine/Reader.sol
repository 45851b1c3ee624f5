// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Fixed-width fields out of a witness
/// @notice The only parser of struct fields: each function takes the offset of a field and returns its value.
/// @dev A struct is read by one `enter`, which checks that all of its bytes are there, then field by field.
library Reader {
    /// @notice Thrown when the witness ends before the struct does.
    error Reader_WitnessIsTooShort(uint256 have, uint256 want);
    /// @notice Thrown when bytes follow what the step reads.
    error Reader_WitnessIsTooLong(uint256 have, uint256 want);

    /// @notice Checks that `size` bytes lie at `offset`, and returns the position of the first in calldata.
    function enter(bytes calldata witness, uint256 offset, uint256 size)
        internal
        pure
        returns (uint256 position)
    {
        if (offset > witness.length || witness.length - offset < size) {
            revert Reader_WitnessIsTooShort(witness.length, offset + size);
        }
        // SAFETY: plain address arithmetic on calldata; the range was checked above.
        assembly ("memory-safe") {
            position := add(witness.offset, offset)
        }
    }

    /// @notice Checks that the witness ends at `offset`.
    function finish(bytes calldata witness, uint256 offset) internal pure {
        if (offset != witness.length) revert Reader_WitnessIsTooLong(witness.length, offset);
    }

    /// @notice The unsigned integer in the `size` bytes at calldata `position`, 1 <= size <= 32.
    function uintAt(uint256 position, uint256 size) internal pure returns (uint256 value) {
        // SAFETY: reads calldata only; bytes behind the field are shifted out.
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, size)), calldataload(position))
        }
    }

    /// @notice The 32 bytes at calldata `position`.
    function wordAt(uint256 position) internal pure returns (bytes32 value) {
        // SAFETY: reads calldata only.
        assembly ("memory-safe") {
            value := calldataload(position)
        }
    }

    /// @notice The address at calldata `position`.
    function addressAt(uint256 position) internal pure returns (address value) {
        // SAFETY: reads calldata only; the shift leaves 20 bytes.
        assembly ("memory-safe") {
            value := shr(96, calldataload(position))
        }
    }

    /// @notice keccak256(tag, the `size` bytes at calldata `position`): how every struct is hashed.
    function hashAt(uint256 tag, uint256 position, uint256 size) internal pure returns (bytes32 hash) {
        // SAFETY: writes free memory without taking it.
        assembly ("memory-safe") {
            let target := mload(0x40)
            mstore8(target, tag)
            calldatacopy(add(target, 1), position, size)
            hash := keccak256(target, add(size, 1))
        }
    }
}
