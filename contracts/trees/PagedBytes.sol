// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Bytes of a page. `DEPTH`, `ZERO_ROOT` and `_putZeroHashes` follow from it. Not inside the library, because
/// assembly elsewhere needs it too.
uint256 constant PAGE_SIZE = 256;

/// @title Byte strings as binary Merkle trees of pages
/// @notice Roots; twin of `offchain/trees/paged_bytes.py`. The proofs are in `PagedProof`.
/// A page's leaf is `keccak256(0x02 ‖ page)`, that of a page of code `keccak256(0x04 ‖ first instruction ‖ page)`, a node
/// `keccak256(0x03 ‖ left ‖ right)`. All trees have the same depth; a subtree of zero pages has a constant hash.
library PagedBytes {
    /// @notice Bytes of the largest string.
    uint256 internal constant MAX_SIZE = 4_194_304;
    /// @notice Pages of every tree.
    uint256 internal constant MAX_PAGES = MAX_SIZE / PAGE_SIZE;
    /// @notice Levels of nodes above the pages.
    uint256 internal constant DEPTH = 14;
    /// @notice Root of the tree of zeros, and so of the empty string.
    bytes32 internal constant ZERO_ROOT = 0x9918eebe88a65bfcc51e8e33ea5030195761a2327792eaa5dfefac6bd774271f;
    /// @notice Thrown when pages or bytes outside the tree are asked for.
    error PagedBytes_RangeIsOutside(uint256 have, uint256 want);
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
            let last := add(zeros, mul(32, DEPTH))
            mstore8(buffer, 3)
            for {} gt(count, 1) { zeros := add(zeros, 32) } {
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
                let limit := add(source, shl(5, count))
                for {} lt(source, limit) { source := add(source, 64) } {
                    mstore(add(buffer, 1), mload(source))
                    mstore(add(buffer, 33), mload(add(source, 32)))
                    mstore(target, keccak256(buffer, 65))
                    target := add(target, 32)
                }
                first := shr(1, first)
                count := shr(1, count)
            }
            root := mload(hashes)
            // One subtree is left: at each height it has one sibling, on the one side or the other.
            for {} lt(zeros, last) { zeros := add(zeros, 32) } {
                let sibling := mload(zeros)
                if and(bitmap, 1) {
                    let given := calldataload(position)
                    position := add(position, 32)
                    malformed := or(malformed, eq(given, sibling))
                    sibling := given
                }
                bitmap := shr(1, bitmap)
                switch and(first, 1)
                case 0 {
                    mstore(add(buffer, 1), root)
                    mstore(add(buffer, 33), sibling)
                }
                default {
                    mstore(add(buffer, 1), sibling)
                    mstore(add(buffer, 33), root)
                }
                root := keccak256(buffer, 65)
                first := shr(1, first)
            }
            end := position
        }
        if (malformed || bitmap != 0) revert PagedBytes_SiblingsAreMalformed();
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
