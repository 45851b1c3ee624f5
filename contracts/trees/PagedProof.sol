// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PAGE_SIZE, PagedBytes} from "./PagedBytes.sol";

/// @title Proofs about paged bytes
/// @notice Reads and writes pages, ranges and slices from a root alone; twin of `offchain/trees/paged_proof.py` and
/// `slices.py`, names included.
/// @dev One format serves all proofs, that of `count` neighbouring pages (numbers are bytes):
///
///     count pages: length 2 | [code: first instruction 1] | the page without its trailing zeros
///     bitmap 4 | siblings 32 each
///
/// The siblings are those at the two borders, from the pages upwards, at each height left before right. Bit 2**i of
/// the bitmap is set if the i-th of them is not the zero subtree of its height; only those follow.
library PagedProof {
    /// @notice Bytes that belong to somebody else's tree. Reads behind `size` give zero.
    /// @param kind EMPTY (size 0), DATA or CODE.
    /// @param root The tree.
    /// @param offset Position of the first byte in the tree.
    /// @param size Number of bytes.
    struct Slice {
        uint256 kind;
        bytes32 root;
        uint256 offset;
        uint256 size;
    }

    /// @notice Neighbouring pages that a proof has shown.
    /// @param kind DATA or CODE.
    /// @param first Index of the first page.
    /// @param count Number of pages.
    /// @param firstInstruction Kind CODE: where in the first of these pages its first instruction lies.
    /// @param bitmap Which siblings are given.
    /// @param siblings Their position in calldata.
    struct Opening {
        uint256 kind;
        uint256 first;
        uint256 count;
        uint256 firstInstruction;
        uint256 bitmap;
        uint256 siblings;
    }

    /// @notice Largest position of the first instruction in a page of code.
    uint256 internal constant MAX_FIRST_INSTRUCTION = 32;

    /// @notice A slice of size 0.
    uint256 internal constant EMPTY = 0;
    /// @notice Plain bytes.
    uint256 internal constant DATA = 1;
    /// @notice Code, whose pages know their first instruction.
    uint256 internal constant CODE = 2;

    /// @notice Thrown when a proof leads to another root.
    error PagedProof_RootIsDifferent(bytes32 have, bytes32 want);
    /// @notice Thrown when a proof goes on behind the end of the witness.
    error PagedProof_WitnessIsTooShort(uint256 have, uint256 want);
    /// @notice Thrown when pages or bytes outside the tree are asked for.
    error PagedProof_RangeIsOutside(uint256 have, uint256 want);
    /// @notice Thrown when bytes of this kind do not serve the purpose.
    error PagedProof_KindIsWrong(uint256 have, uint256 want);
    /// @notice Thrown when a page is too long, ends in zeros, or its first instruction lies too far behind.
    error PagedProof_PageIsMalformed();

    /// @notice Checks `count` pages from page `first` on and puts them into memory.
    function openPages(
        bytes32 root,
        uint256 kind,
        uint256 first,
        uint256 count,
        bytes calldata witness,
        uint256 offset
    ) internal pure returns (bytes memory pages, Opening memory opening, uint256 end) {
        if (kind != DATA && kind != CODE) revert PagedProof_KindIsWrong(kind, DATA);
        if (count == 0 || count > PagedBytes.MAX_PAGES || first > PagedBytes.MAX_PAGES - count) {
            revert PagedProof_RangeIsOutside(first, count);
        }
        opening.kind = kind;
        opening.first = first;
        opening.count = count;
        // SAFETY: takes whole words, all of which `_prove` writes.
        assembly ("memory-safe") {
            pages := mload(0x40)
            let size := mul(count, PAGE_SIZE)
            mstore(pages, size)
            mstore(0x40, add(add(pages, 32), size))
        }
        end = _prove(root, opening, pages, witness, offset);
    }

    /// @notice The root once plain bytes have `pages` in place of those that were opened.
    function rootWithPages(Opening memory opening, bytes memory pages)
        internal
        pure
        returns (bytes32 newRoot)
    {
        if (opening.kind != DATA) revert PagedProof_KindIsWrong(opening.kind, DATA);
        uint256 count = opening.count;
        if (pages.length != count * PAGE_SIZE) {
            revert PagedProof_RangeIsOutside(pages.length, count * PAGE_SIZE);
        }
        uint256 hashes;
        // SAFETY: the tag goes into the byte before each page, and the word it lies in is put back; the hashes go to
        // free memory.
        assembly ("memory-safe") {
            hashes := add(mload(0x40), 32)
            let target := hashes
            let page := add(pages, 32)
            for { let end := add(page, mload(pages)) } lt(page, end) { page := add(page, PAGE_SIZE) } {
                let before := sub(page, 32)
                let saved := mload(before)
                mstore8(sub(page, 1), 2)
                mstore(target, keccak256(sub(page, 1), add(PAGE_SIZE, 1)))
                mstore(before, saved)
                target := add(target, 32)
            }
        }
        (newRoot,) = PagedBytes.fold(hashes, opening.first, count, opening.bitmap, opening.siblings);
    }

    /// @notice One page of plain bytes.
    function readPage(bytes32 root, uint256 index, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes memory page, uint256 end)
    {
        (page,, end) = openPages(root, DATA, index, 1, witness, offset);
    }

    /// @notice The root once page `index` is `page`; the proof shows the page before.
    function writePage(bytes32 root, uint256 index, bytes memory page, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 newRoot, uint256 end)
    {
        Opening memory opening;
        (, opening, end) = openPages(root, DATA, index, 1, witness, offset);
        newRoot = rootWithPages(opening, page);
    }

    /// @notice `size` bytes from `at` on; no proof is read for size 0.
    function readRange(
        bytes32 root,
        uint256 kind,
        uint256 at,
        uint256 size,
        bytes calldata witness,
        uint256 offset
    ) internal pure returns (bytes memory data, uint256 end) {
        if (size == 0) return ("", offset);
        (data,, end) = openRange(root, kind, at, size, witness, offset);
        // SAFETY: the wanted bytes lie within the pages; they move to their start and the length shrinks to them.
        assembly ("memory-safe") {
            let content := add(data, 32)
            mcopy(content, add(content, mod(at, PAGE_SIZE)), size)
            mstore(data, size)
        }
    }

    /// @notice The root once `data` is written at `at`; no proof is read for empty data.
    function writeRange(bytes32 root, uint256 at, bytes memory data, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 newRoot, uint256 end)
    {
        if (data.length == 0) return (root, offset);
        bytes memory pages;
        Opening memory opening;
        (pages, opening, end) = openRange(root, DATA, at, data.length, witness, offset);
        // SAFETY: the pages cover `at` to `at + data.length`.
        assembly ("memory-safe") {
            mcopy(add(add(pages, 32), mod(at, PAGE_SIZE)), add(data, 32), mload(data))
        }
        newRoot = rootWithPages(opening, pages);
    }

    /// @notice `size` bytes of a slice from `at` on; behind its end all is zero, unproven.
    function readSlice(Slice memory source, uint256 at, uint256 size, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes memory data, uint256 end)
    {
        uint256 available = 0;
        if (at < source.size) available = source.size - at < size ? source.size - at : size;
        if (available == 0) return (new bytes(size), offset);
        (data, end) = readRange(source.root, source.kind, source.offset + at, available, witness, offset);
        if (available != size) {
            bytes memory padded = new bytes(size);
            // SAFETY: `padded` is longer than `available`, which is the length of `data`.
            assembly ("memory-safe") {
                mcopy(add(padded, 32), add(data, 32), available)
            }
            data = padded;
        }
    }

    /// @notice The pages under `size` bytes from `at` on.
    function openRange(
        bytes32 root,
        uint256 kind,
        uint256 at,
        uint256 size,
        bytes calldata witness,
        uint256 offset
    ) internal pure returns (bytes memory pages, Opening memory opening, uint256 end) {
        if (size == 0 || size > PagedBytes.MAX_SIZE || at > PagedBytes.MAX_SIZE - size) {
            revert PagedProof_RangeIsOutside(at, size);
        }
        // From here on: the index of the last page and of the first.
        size = (at + size - 1) / PAGE_SIZE;
        at /= PAGE_SIZE;
        return openPages(root, kind, at, size - at + 1, witness, offset);
    }

    /// @dev Reads the proof for `opening` at `offset`, fills `pages` and the rest of `opening`.
    function _prove(
        bytes32 root,
        Opening memory opening,
        bytes memory pages,
        bytes calldata witness,
        uint256 offset
    ) private pure returns (uint256 end) {
        if (offset > witness.length) {
            revert PagedProof_WitnessIsTooShort(witness.length, offset);
        }
        uint256 position;
        uint256 hashes;
        // SAFETY: the hashes go to free memory, with one word before them; nothing is taken between here and `fold`.
        assembly ("memory-safe") {
            position := add(witness.offset, offset)
            hashes := add(mload(0x40), 32)
        }
        bool isCode = opening.kind == CODE;
        if (isCode) {
            uint256 firstInstruction;
            // SAFETY: reads calldata only, the byte behind the length of the first page.
            assembly ("memory-safe") {
                firstInstruction := byte(2, calldataload(position))
            }
            opening.firstInstruction = firstInstruction;
        }
        position = _copyPages(pages, hashes, isCode, opening.count, position);
        uint256 bitmap;
        // SAFETY: reads calldata only. Whatever is read behind the witness is refused by the check of `end` below.
        assembly ("memory-safe") {
            bitmap := shr(224, calldataload(position))
            position := add(position, 4)
        }
        opening.bitmap = bitmap;
        opening.siblings = position;
        bytes32 computed;
        (computed, position) = PagedBytes.fold(hashes, opening.first, opening.count, bitmap, position);
        // SAFETY: `position` never goes back behind the start of the witness.
        assembly ("memory-safe") {
            end := sub(position, witness.offset)
        }
        if (end > witness.length) revert PagedProof_WitnessIsTooShort(witness.length, end);
        if (computed != root) revert PagedProof_RootIsDifferent(computed, root);
    }

    /// @dev Copies pages from calldata to `pages`, hashes them to `hashes`, and returns the position behind them.
    function _copyPages(bytes memory pages, uint256 hashes, bool isCode, uint256 count, uint256 position)
        private
        pure
        returns (uint256 end)
    {
        bool malformed;
        // SAFETY: every page is written whole: its bytes, then zeros from behind all calldata; `length` is at most
        // PAGE_SIZE where it is used. The tag goes into the bytes before the page and their word is put back.
        assembly ("memory-safe") {
            end := position
            let page := add(pages, 32)
            for {} count { count := sub(count, 1) } {
                let length := shr(240, calldataload(end))
                end := add(end, 2)
                if gt(length, PAGE_SIZE) {
                    malformed := 1
                    length := 0
                }
                let tagged := sub(page, 1)
                let saved := mload(sub(page, 32))
                switch isCode
                case 0 { mstore8(tagged, 2) }
                default {
                    let firstInstruction := byte(0, calldataload(end))
                    end := add(end, 1)
                    malformed := or(malformed, gt(firstInstruction, MAX_FIRST_INSTRUCTION))
                    mstore8(tagged, firstInstruction)
                    tagged := sub(tagged, 1)
                    mstore8(tagged, 4)
                }
                calldatacopy(page, end, length)
                calldatacopy(add(page, length), calldatasize(), sub(PAGE_SIZE, length))
                end := add(end, length)
                if length { malformed := or(malformed, iszero(byte(0, calldataload(sub(end, 1))))) }
                mstore(hashes, keccak256(tagged, sub(add(page, PAGE_SIZE), tagged)))
                mstore(sub(page, 32), saved)
                page := add(page, PAGE_SIZE)
                hashes := add(hashes, 32)
            }
        }
        if (malformed) revert PagedProof_PageIsMalformed();
    }
}
