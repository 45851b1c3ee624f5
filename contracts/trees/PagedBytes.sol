// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Byte strings as binary Merkle trees of pages
/// @notice Roots and proofs; twin of `offchain/trees/paged_bytes.py`, `paged_proof.py` and `slices.py`.
/// A page's leaf is `keccak256(0x02 ‖ page)`, that of a page of code `keccak256(0x04 ‖ first instruction ‖ page)`, a node
/// `keccak256(0x03 ‖ left ‖ right)`. All trees have the same depth; a subtree of zero pages has a constant hash.
/// @dev One format serves all proofs, that of `count` neighbouring pages (numbers are bytes):
///
///     count pages: length 2 | [code: first instruction 1] | the page without its trailing zeros
///     bitmap 4 | siblings 32 each
///
/// The siblings are those at the two borders, from the pages upwards, at each height left before right. Bit 2**i of
/// the bitmap is set if the i-th of them is not the zero subtree of its height; only those follow.
library PagedBytes {
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

    /// @notice Bytes of a page. `DEPTH`, `ZERO_ROOT` and `_putZeroHashes` follow from it.
    uint256 internal constant PAGE_SIZE = 256;
    /// @notice Bytes of the largest string.
    uint256 internal constant MAX_SIZE = 4_194_304;
    /// @notice Pages of every tree.
    uint256 internal constant MAX_PAGES = MAX_SIZE / PAGE_SIZE;
    /// @notice Levels of nodes above the pages.
    uint256 internal constant DEPTH = 14;
    /// @notice Root of the tree of zeros, and so of the empty string.
    bytes32 internal constant ZERO_ROOT = 0x9918eebe88a65bfcc51e8e33ea5030195761a2327792eaa5dfefac6bd774271f;
    /// @notice Largest position of the first instruction in a page of code.
    uint256 internal constant MAX_FIRST_INSTRUCTION = 32;

    /// @notice A slice of size 0.
    uint256 internal constant EMPTY = 0;
    /// @notice Plain bytes.
    uint256 internal constant DATA = 1;
    /// @notice Code, whose pages know their first instruction.
    uint256 internal constant CODE = 2;

    /// @notice Thrown when a proof leads to another root.
    error PagedBytes_RootIsDifferent(bytes32 have, bytes32 want);
    /// @notice Thrown when a proof goes on behind the end of the witness.
    error PagedBytes_WitnessIsTooShort(uint256 have, uint256 want);
    /// @notice Thrown when pages or bytes outside the tree are asked for.
    error PagedBytes_RangeIsOutside(uint256 have, uint256 want);
    /// @notice Thrown when bytes of this kind do not serve the purpose.
    error PagedBytes_KindIsWrong(uint256 have, uint256 want);
    /// @notice Thrown when a page is too long, ends in zeros, or its first instruction lies too far behind.
    error PagedBytes_PageIsMalformed();
    /// @notice Thrown when a zero subtree is given in full, or the bitmap names a sibling that is not there.
    error PagedBytes_SiblingsAreMalformed();

    /// @notice Root of the tree of `data`.
    function rootOf(bytes calldata data) internal pure returns (bytes32 root) {
        uint256 size = data.length;
        if (size == 0) return ZERO_ROOT;
        if (size > MAX_SIZE) revert PagedBytes_RangeIsOutside(size, MAX_SIZE);
        uint256 count = (size + PAGE_SIZE - 1) / PAGE_SIZE;
        uint256 hashes;
        // SAFETY: writes free memory without taking it: `count + 2` words for the hashes, then one tagged page. Only
        // bytes of `data` are copied; the last page is filled with the zeros that lie behind all calldata.
        assembly ("memory-safe") {
            hashes := add(mload(0x40), 32)
            let target := hashes
            let buffer := add(hashes, shl(5, add(count, 1)))
            let page := add(buffer, 1)
            mstore8(buffer, 2)
            let source := data.offset
            let tail := mod(size, PAGE_SIZE)
            for { let end := add(source, sub(size, tail)) } lt(source, end) {} {
                calldatacopy(page, source, PAGE_SIZE)
                mstore(target, keccak256(buffer, add(PAGE_SIZE, 1)))
                source := add(source, PAGE_SIZE)
                target := add(target, 32)
            }
            if tail {
                calldatacopy(page, source, tail)
                calldatacopy(add(page, tail), calldatasize(), sub(PAGE_SIZE, tail))
                mstore(target, keccak256(buffer, add(PAGE_SIZE, 1)))
            }
        }
        (root,) = fold(hashes, 0, count, 0, 0);
    }

    /// @notice Root of the tree of `data` that lies in memory.
    function rootOfMemory(bytes memory data) internal pure returns (bytes32 root) {
        uint256 size = data.length;
        if (size == 0) return ZERO_ROOT;
        if (size > MAX_SIZE) revert PagedBytes_RangeIsOutside(size, MAX_SIZE);
        uint256 count = (size + PAGE_SIZE - 1) / PAGE_SIZE;
        uint256 hashes;
        // SAFETY: as in `rootOf`; the source lies before the free memory that is written to.
        assembly ("memory-safe") {
            hashes := add(mload(0x40), 32)
            let target := hashes
            let buffer := add(hashes, shl(5, add(count, 1)))
            let page := add(buffer, 1)
            mstore8(buffer, 2)
            let source := add(data, 32)
            let tail := mod(size, PAGE_SIZE)
            for { let end := add(source, sub(size, tail)) } lt(source, end) {} {
                mcopy(page, source, PAGE_SIZE)
                mstore(target, keccak256(buffer, add(PAGE_SIZE, 1)))
                source := add(source, PAGE_SIZE)
                target := add(target, 32)
            }
            if tail {
                mcopy(page, source, tail)
                calldatacopy(add(page, tail), calldatasize(), sub(PAGE_SIZE, tail))
                mstore(target, keccak256(buffer, add(PAGE_SIZE, 1)))
            }
        }
        (root,) = fold(hashes, 0, count, 0, 0);
    }

    /// @notice Checks `count` pages from page `first` on and puts them into memory.
    function openPages(
        bytes32 root,
        uint256 kind,
        uint256 first,
        uint256 count,
        bytes calldata witness,
        uint256 offset
    ) internal pure returns (bytes memory pages, Opening memory opening, uint256 end) {
        if (kind != DATA && kind != CODE) revert PagedBytes_KindIsWrong(kind, DATA);
        if (count == 0 || count > MAX_PAGES || first > MAX_PAGES - count) {
            revert PagedBytes_RangeIsOutside(first, count);
        }
        if (offset > witness.length) revert PagedBytes_WitnessIsTooShort(witness.length, offset);
        uint256 start;
        uint256 hashes;
        // SAFETY: takes whole words for `pages`, all of which `_copyPages` writes; the hashes go to free memory.
        assembly ("memory-safe") {
            start := witness.offset
            pages := mload(0x40)
            let size := mul(count, PAGE_SIZE)
            mstore(pages, size)
            let free := add(add(pages, 32), size)
            mstore(0x40, free)
            hashes := add(free, 32)
        }
        opening.kind = kind;
        opening.first = first;
        opening.count = count;
        // `opening` was taken from free memory before the pages, so nothing lies between them and the hashes.
        (uint256 position, uint256 firstInstruction) = _copyPages(pages, hashes, kind, count, start + offset);
        opening.firstInstruction = firstInstruction;
        uint256 bitmap;
        // SAFETY: reads calldata only. Whatever is read behind the witness is refused by the check of `end` below.
        assembly ("memory-safe") {
            bitmap := shr(224, calldataload(position))
            position := add(position, 4)
        }
        opening.bitmap = bitmap;
        opening.siblings = position;
        bytes32 computed;
        (computed, end) = fold(hashes, first, count, bitmap, position);
        end -= start;
        if (end > witness.length) revert PagedBytes_WitnessIsTooShort(witness.length, end);
        if (computed != root) revert PagedBytes_RootIsDifferent(computed, root);
    }

    /// @notice The root once plain bytes have `pages` in place of those that were opened.
    function rootWithPages(Opening memory opening, bytes memory pages)
        internal
        pure
        returns (bytes32 newRoot)
    {
        if (opening.kind != DATA) revert PagedBytes_KindIsWrong(opening.kind, DATA);
        uint256 count = opening.count;
        if (pages.length != count * PAGE_SIZE) {
            revert PagedBytes_RangeIsOutside(pages.length, count * PAGE_SIZE);
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
        (newRoot,) = fold(hashes, opening.first, count, opening.bitmap, opening.siblings);
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
        if (size == 0 || size > MAX_SIZE || at > MAX_SIZE - size) {
            revert PagedBytes_RangeIsOutside(at, size);
        }
        uint256 first = at / PAGE_SIZE;
        return openPages(root, kind, first, (at + size - 1) / PAGE_SIZE - first + 1, witness, offset);
    }

    /// @notice The root from the hashes of `count` pages from page `first` on.
    /// @dev `hashes` points to them in free memory; the words before and behind them are used too, as is all behind.
    /// `bitmap` and `position` are those of the siblings in calldata; all are zero subtrees if `bitmap` is 0.
    function fold(uint256 hashes, uint256 first, uint256 count, uint256 bitmap, uint256 position)
        internal
        pure
        returns (bytes32 root, uint256 end)
    {
        uint256 zeros;
        // SAFETY: behind the word that follows the hashes; see above.
        assembly ("memory-safe") {
            zeros := add(hashes, shl(5, add(count, 1)))
        }
        _putZeroHashes(zeros);
        bool malformed;
        // SAFETY: `count` words from `hashes` on are the level; a left sibling goes into the word before, a right one
        // into the word behind. The pair 2i, 2i+1 is read before its parent is written to word i, which never lies
        // behind the pair. `position` grows by 32 at most 28 times from inside calldata and can't wrap.
        assembly ("memory-safe") {
            let buffer := add(zeros, mul(32, add(DEPTH, 1)))
            let left := add(buffer, 1)
            let right := add(buffer, 33)
            mstore8(buffer, 3)
            for { let last := add(zeros, mul(32, DEPTH)) } lt(zeros, last) { zeros := add(zeros, 32) } {
                let source := hashes
                if and(first, 1) {
                    let sibling := mload(zeros)
                    if and(bitmap, 1) {
                        let given := calldataload(position)
                        position := add(position, 32)
                        malformed := or(malformed, eq(given, sibling))
                        sibling := given
                    }
                    bitmap := shr(1, bitmap)
                    source := sub(source, 32)
                    mstore(source, sibling)
                    count := add(count, 1)
                }
                if and(count, 1) {
                    let sibling := mload(zeros)
                    if and(bitmap, 1) {
                        let given := calldataload(position)
                        position := add(position, 32)
                        malformed := or(malformed, eq(given, sibling))
                        sibling := given
                    }
                    bitmap := shr(1, bitmap)
                    mstore(add(source, shl(5, count)), sibling)
                    count := add(count, 1)
                }
                let target := hashes
                for { let limit := add(source, shl(5, count)) } lt(source, limit) {
                    source := add(source, 64)
                } {
                    mstore(left, mload(source))
                    mstore(right, mload(add(source, 32)))
                    mstore(target, keccak256(buffer, 65))
                    target := add(target, 32)
                }
                first := shr(1, first)
                count := shr(1, count)
            }
            root := mload(hashes)
            end := position
        }
        if (malformed || bitmap != 0) revert PagedBytes_SiblingsAreMalformed();
    }

    /// @dev Copies pages from calldata to `pages`, hashes them to `hashes`, and returns the position behind them.
    function _copyPages(bytes memory pages, uint256 hashes, uint256 kind, uint256 count, uint256 position)
        private
        pure
        returns (uint256 end, uint256 firstInstruction)
    {
        bool malformed;
        // SAFETY: every page is written whole: its bytes, then zeros from behind all calldata; `length` is at most
        // PAGE_SIZE where it is used. The tag goes into the bytes before the page and their word is put back.
        assembly ("memory-safe") {
            let isCode := eq(kind, CODE)
            let page := add(pages, 32)
            for { let limit := add(page, mul(count, PAGE_SIZE)) } lt(page, limit) {
                page := add(page, PAGE_SIZE)
            } {
                let length := shr(240, calldataload(position))
                position := add(position, 2)
                if gt(length, PAGE_SIZE) {
                    malformed := 1
                    length := 0
                }
                let before := sub(page, 32)
                let tagged := sub(page, 1)
                let saved := mload(before)
                switch isCode
                case 0 { mstore8(tagged, 2) }
                default {
                    let offsetInPage := byte(0, calldataload(position))
                    position := add(position, 1)
                    malformed := or(malformed, gt(offsetInPage, MAX_FIRST_INSTRUCTION))
                    if eq(before, pages) { firstInstruction := offsetInPage }
                    mstore8(tagged, offsetInPage)
                    tagged := sub(tagged, 1)
                    mstore8(tagged, 4)
                }
                calldatacopy(page, position, length)
                calldatacopy(add(page, length), calldatasize(), sub(PAGE_SIZE, length))
                position := add(position, length)
                if length { malformed := or(malformed, iszero(byte(0, calldataload(sub(position, 1))))) }
                mstore(hashes, keccak256(tagged, sub(add(page, PAGE_SIZE), tagged)))
                mstore(before, saved)
                hashes := add(hashes, 32)
            }
            end := position
        }
        if (malformed) revert PagedBytes_PageIsMalformed();
    }

    /// @dev Writes the hash of the zero subtree of each height 0 to `DEPTH` to `target` in memory.
    function _putZeroHashes(uint256 target) private pure {
        // SAFETY: `DEPTH + 1` words of free memory, given by the caller.
        assembly ("memory-safe") {
            mstore(target, 0x48616f0df40b63158cebe396b7d96415d9a24b96b071341bd44316a504b99bca)
            mstore(add(target, 32), 0x633848d94c8d72f9d1cfda3aef339d1899fad5e1d721d3102102f3b0529c9178)
            mstore(add(target, 64), 0x5303ddf28dffb24c3bc4af34f434d887270c981dd0d9fa95524e7a1e0dd832aa)
            mstore(add(target, 96), 0x173f725d5cb4ef535bd8f45814c2e104cf95fa4686d3f4f67aab55e52e2e5da3)
            mstore(add(target, 128), 0x4b8fa9fb65e2c4519c711b61792407c73860f30ac1f756234540ef05af3e2dca)
            mstore(add(target, 160), 0x60e94d32e6b82174fa34e09c045c7c799521d5e150be2cf3834aacc8702fb82a)
            mstore(add(target, 192), 0x54c9a5ec62612d816d732e685d02868e53f1b1e4df64dec659333862d779d147)
            mstore(add(target, 224), 0xaf2d80ca88afdef8798f9fe1a2369a86c0fe4dd722a1d96924247de93971b841)
            mstore(add(target, 256), 0x0328540a4c7655ff34f21db54a8cf647a90506c9f4a27fe1021fa361cf246f70)
            mstore(add(target, 288), 0xb527252e4bbe4409f69559ca044fced4d36da5c23a9fe2af34c25a643ef7d9ee)
            mstore(add(target, 320), 0x7aaa73f2e4160351a4763edd4a531b1ee672e60cd62d534313eaf33434b17e7c)
            mstore(add(target, 352), 0x0d9a55dfd78f13662e3896b84173c8197964aaaccc8f99aea12d41ce2bb990da)
            mstore(add(target, 384), 0x1413b3926d2543f19c7dac7b00153d88a89fb7086db3831234cb534dc4ffb2f6)
            mstore(add(target, 416), 0x3d3d0d80f767cd38fe21a13d965b3cf419266e17457e2bbbd70a6918820ce153)
            mstore(add(target, 448), 0x9918eebe88a65bfcc51e8e33ea5030195761a2327792eaa5dfefac6bd774271f)
        }
    }
}
