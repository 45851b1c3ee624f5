// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title RLP in memory, strict: every item has exactly one encoding, and only that is read
/// @notice Twin: `offchain/evm/rlp.py`. What is malformed is an outcome, not a revert: the item of the order is
/// skipped.
/// @dev Positions are those of bytes in memory. Yellow Paper, appendix B.
library Rlp {
    /// @notice A way through the members of a list.
    /// @param at Where the next member begins.
    /// @param end Where the list's payload ends.
    /// @param broken Whether something that was read had not the form asked for. All reads after that give 0.
    struct Cursor {
        uint256 at;
        uint256 end;
        bool broken;
    }

    /// @notice The payload of the item at `at` inside what ends at `end`; `behind` is 0 where that is no item.
    function header(uint256 at, uint256 end)
        internal
        pure
        returns (bool isList, uint256 start, uint256 behind)
    {
        // SAFETY: only reads memory, up to 32 bytes behind `end`; what lies there never decides. Sizes are at most
        // 2**64 and can't overflow a position.
        assembly ("memory-safe") {
            if lt(at, end) {
                let first := byte(0, mload(at))
                switch lt(first, 0x80)
                case 1 {
                    start := at
                    behind := add(at, 1)
                }
                default {
                    isList := gt(first, 0xbf)
                    let size := sub(first, add(0x80, shl(6, isList)))
                    start := add(at, 1)
                    let bad := 0
                    if gt(size, 55) {
                        let width := sub(size, 55)
                        let word := mload(start)
                        start := add(start, width)
                        size := shr(sub(256, shl(3, width)), word)
                        // A length past the end, with leading zeros, or of an item that the short form fits.
                        bad := or(gt(start, end), or(iszero(byte(0, word)), lt(size, 56)))
                    }
                    behind := add(start, size)
                    bad := or(bad, gt(behind, end))
                    // A single byte that is its own encoding.
                    bad := or(bad, and(eq(first, 0x81), lt(byte(0, mload(start)), 0x80)))
                    if bad { behind := 0 }
                }
            }
        }
    }

    /// @notice Reads the next member, a list: where its payload begins and ends.
    function readList(Cursor memory cursor) internal pure returns (uint256 start, uint256 behind) {
        return _next(cursor, true);
    }

    /// @notice Reads the next member, a string of any size: where it begins and its size.
    function readBytes(Cursor memory cursor) internal pure returns (uint256 start, uint256 size) {
        uint256 behind;
        (start, behind) = _next(cursor, false);
        size = behind - start;
    }

    /// @notice Reads the next member, an unsigned integer of at most `width` bytes without leading zeros.
    function readUint(Cursor memory cursor, uint256 width) internal pure returns (uint256 value) {
        uint256 behind;
        (value, behind) = uintAt(cursor.at, cursor.end, width);
        if (behind == 0) {
            fail(cursor);
            return 0;
        }
        cursor.at = behind;
    }

    /// @notice The unsigned integer of 1 to `width` bytes, `width` at most 32, at `at` inside what ends at `end`;
    /// `behind` is 0 where that is none.
    function uintAt(uint256 at, uint256 end, uint256 width)
        internal
        pure
        returns (uint256 value, uint256 behind)
    {
        // SAFETY: only reads memory, up to 32 bytes behind `end`; what lies there never decides.
        assembly ("memory-safe") {
            let good := lt(at, end)
            let first := byte(0, mload(at))
            behind := add(at, 1)
            switch lt(first, 0x80)
            case 1 {
                // Zero is the empty string.
                good := and(good, gt(first, 0))
                value := first
            }
            default {
                // All other forms, lists among them, have a first byte that is too high.
                let size := sub(first, 0x80)
                let word := mload(behind)
                behind := add(behind, size)
                good := and(good, iszero(or(gt(size, width), gt(behind, end))))
                value := shr(sub(256, shl(3, size)), word)
                // No leading zero, and no single byte that is its own encoding.
                if size { good := and(good, gt(byte(0, word), mul(0x7f, eq(size, 1)))) }
            }
            behind := mul(behind, good)
        }
    }

    /// @notice The byte at `position`.
    function byteAt(uint256 position) internal pure returns (uint256 value) {
        // SAFETY: only reads memory.
        assembly ("memory-safe") {
            value := byte(0, mload(position))
        }
    }

    /// @notice The 20 bytes at `position`.
    function addressAt(uint256 position) internal pure returns (address account) {
        // SAFETY: only reads memory.
        assembly ("memory-safe") {
            account := shr(96, mload(position))
        }
    }

    /// @notice Marks the cursor as broken and moves it to its end.
    function fail(Cursor memory cursor) internal pure {
        cursor.broken = true;
        cursor.at = cursor.end;
    }

    /// @notice Whether all was well-formed and nothing is left over.
    function isDone(Cursor memory cursor) internal pure returns (bool) {
        return !cursor.broken && cursor.at == cursor.end;
    }

    /// @notice Bytes of the encoding of a number.
    function sizeOfUint(uint256 value) internal pure returns (uint256 size) {
        size = 1;
        if (value < 0x80) return size;
        for (; value != 0; value >>= 8) {
            ++size;
        }
    }

    /// @notice Writes the encoding of a number below 2**248 to memory at `at`; returns the position behind it.
    /// @dev The caller owns the 32 bytes from `at` on.
    function writeUint(uint256 at, uint256 value) internal pure returns (uint256 end) {
        uint256 size = sizeOfUint(value);
        if (value == 0) value = 0x80;
        else if (size > 1) value |= (0x7f + size) << (8 * (size - 1));
        // SAFETY: writes one word that the caller owns; `size` is at most 32.
        assembly ("memory-safe") {
            mstore(at, shl(sub(256, shl(3, size)), value))
            end := add(at, size)
        }
    }

    /// @notice Writes what stands before a list's payload of `size` bytes, below 2**24, to memory at `at`.
    /// @dev As `writeUint`.
    function writeListHeader(uint256 at, uint256 size) internal pure returns (uint256 end) {
        uint256 width = 1;
        uint256 value = 0xc0 + size;
        if (size > 55) {
            width = size < 1 << 8 ? 2 : size < 1 << 16 ? 3 : 4;
            value = (0xf6 + width) << (8 * (width - 1)) | size;
        }
        // SAFETY: writes one word that the caller owns.
        assembly ("memory-safe") {
            mstore(at, shl(sub(256, shl(3, width)), value))
            end := add(at, width)
        }
    }

    function _next(Cursor memory cursor, bool wantList) private pure returns (uint256 start, uint256 behind) {
        bool isList;
        (isList, start, behind) = header(cursor.at, cursor.end);
        if (behind == 0 || isList != wantList) {
            fail(cursor);
            return (0, 0);
        }
        cursor.at = behind;
    }
}
