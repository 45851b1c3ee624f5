// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The path of a key through a compact sparse Merkle tree
/// @notice Checks an opening against a root; twin of the first half of `offchain/trees/sparse_merkle_proof.py`.
/// A leaf is `keccak256(0x00 ‖ key ‖ value)`, a node `keccak256(0x01 ‖ left ‖ right)`, an empty subtree 0, the path goes
/// from the most significant bit of the key, and a subtree with exactly one leaf is that leaf.
/// @dev Wire format of an opening (numbers are bytes):
///
///     kind 1 | bitmap 32 | end of the path 0, 32 or 64 | [sibling preimage 65] | siblings 32 each, deepest first
///
/// Bit 2**(255-i) of the bitmap is set if the sibling at depth i is not empty. The deepest sibling of a path is never
/// empty, so the lowest bit set tells the depth at which the path ends and no bit can lie beyond it.
library SparseMerklePath {
    /// @notice A checked way from the root to where the path of `key` ends.
    /// @param kind One of the four kinds below.
    /// @param key The key whose path was opened.
    /// @param bitmap The depths with a sibling that is not empty; depth 0 is the highest bit.
    /// @param terminalKey Kind OTHER_LEAF: the key of the leaf that the path ends in.
    /// @param value The value of the leaf that the path ends in.
    /// @param sibling Kind REMOVABLE: hash of the deepest sibling, which was opened.
    /// @param siblingIsLeaf Kind REMOVABLE: whether that sibling is a leaf.
    /// @param siblings Position in calldata of the siblings that are given by their hashes.
    struct Opening {
        uint256 kind;
        bytes32 key;
        uint256 bitmap;
        bytes32 terminalKey;
        bytes32 value;
        bytes32 sibling;
        bool siblingIsLeaf;
        uint256 siblings;
    }

    /// @notice The path ends in an empty subtree.
    uint256 internal constant EMPTY = 0;
    /// @notice The path ends in the leaf of the key; its value follows the bitmap.
    uint256 internal constant LEAF = 1;
    /// @notice The path ends in the leaf of another key; that key and its value follow the bitmap.
    uint256 internal constant OTHER_LEAF = 2;
    /// @notice As LEAF, and the 65-byte preimage of the deepest sibling follows (nothing if the bitmap is 0).
    uint256 internal constant REMOVABLE = 3;

    /// @notice The root of the tree without leaves.
    bytes32 internal constant EMPTY_ROOT = 0;

    /// @notice Thrown when a proof leads to another root.
    error SparseMerklePath_RootIsDifferent(bytes32 have, bytes32 want);
    /// @notice Thrown when a proof goes on behind the end of the witness.
    error SparseMerklePath_WitnessIsTooShort(uint256 have, uint256 want);
    /// @notice Thrown when the first byte of an opening names no kind.
    error SparseMerklePath_KindIsUnknown(uint256 have, uint256 want);
    /// @notice Thrown when an opening of this kind does not serve the purpose.
    error SparseMerklePath_KindIsWrong(uint256 have, uint256 want);
    /// @notice Thrown when an empty sibling is given in full instead of by its bit.
    error SparseMerklePath_SiblingIsEmpty();
    /// @notice Thrown when the preimage of a sibling begins neither as a leaf nor as a node.
    error SparseMerklePath_SiblingTagIsUnknown(uint256 have, uint256 want);
    /// @notice Thrown when a leaf that is shown does not lie where the path of the key leads.
    error SparseMerklePath_LeafIsMisplaced(bytes32 have, bytes32 want);

    /// @notice Hash of a leaf.
    function leafHash(bytes32 key, bytes32 value) internal pure returns (bytes32 hash) {
        // SAFETY: writes 65 bytes of free memory without taking them.
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, 0)
            mstore(add(buffer, 1), key)
            mstore(add(buffer, 33), value)
            hash := keccak256(buffer, 65)
        }
    }

    /// @notice Hash of an inner node.
    function nodeHash(bytes32 left, bytes32 right) internal pure returns (bytes32 hash) {
        // SAFETY: writes 65 bytes of free memory without taking them.
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, 1)
            mstore(add(buffer, 1), left)
            mstore(add(buffer, 33), right)
            hash := keccak256(buffer, 65)
        }
    }

    /// @notice Checks one opening of any kind; what its kind allows is up to the caller.
    function openPath(bytes32 root, bytes32 key, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (Opening memory opening, uint256 end)
    {
        if (offset > witness.length) revert SparseMerklePath_WitnessIsTooShort(witness.length, offset);
        opening.key = key;
        uint256 position;
        // SAFETY: points into calldata; `offset` was compared with the length above.
        assembly ("memory-safe") {
            position := add(witness.offset, offset)
        }
        bytes32 subtree;
        uint256 mask;
        (subtree, mask, position) = _openEnd(opening, position);
        opening.siblings = position;
        bool hasEmpty;
        (subtree, position, hasEmpty) = _fold(subtree, uint256(key), opening.bitmap, mask, position);
        // SAFETY: `position` never goes back behind the start of the witness.
        assembly ("memory-safe") {
            end := sub(position, witness.offset)
        }
        // Whatever was read behind the witness is refused here.
        if (end > witness.length) revert SparseMerklePath_WitnessIsTooShort(witness.length, end);
        if (hasEmpty) revert SparseMerklePath_SiblingIsEmpty();
        if (subtree != root) revert SparseMerklePath_RootIsDifferent(subtree, root);
    }

    /// @notice The root once the key has `value`: updated if it has a leaf, else inserted. Not for REMOVABLE.
    function rootWith(Opening memory opening, bytes32 value) internal pure returns (bytes32 newRoot) {
        uint256 kind = opening.kind;
        if (kind == REMOVABLE) revert SparseMerklePath_KindIsWrong(REMOVABLE, LEAF);
        uint256 path = uint256(opening.key);
        uint256 bitmap = opening.bitmap;
        bytes32 subtree = leafHash(opening.key, value);
        uint256 mask;
        if (kind == OTHER_LEAF) {
            // The two leaves part at the highest bit in which their keys differ; empty siblings fill the way up.
            uint256 branch = highestBit(path ^ uint256(opening.terminalKey));
            subtree = _join(subtree, leafHash(opening.terminalKey, opening.value), path & branch);
            mask = branch << 1;
        } else {
            mask = lowestBit(bitmap);
        }
        (newRoot,,) = _fold(subtree, path, bitmap, mask, opening.siblings);
    }

    /// @notice The root once the leaf is removed: a leaf beside it moves up until it meets another subtree.
    function rootWithout(Opening memory opening) internal pure returns (bytes32 newRoot) {
        if (opening.kind != REMOVABLE) revert SparseMerklePath_KindIsWrong(opening.kind, REMOVABLE);
        uint256 bitmap = opening.bitmap;
        if (bitmap == 0) return EMPTY_ROOT;
        uint256 path = uint256(opening.key);
        uint256 mask = lowestBit(bitmap);
        uint256 rest = bitmap ^ mask;
        bytes32 subtree = opening.sibling;
        if (opening.siblingIsLeaf) {
            mask = lowestBit(rest);
        } else {
            subtree = _join(EMPTY_ROOT, subtree, path & mask);
            mask <<= 1;
        }
        (newRoot,,) = _fold(subtree, path, rest, mask, opening.siblings);
    }

    /// @notice The lowest bit that is set, 0 for 0.
    function lowestBit(uint256 word) internal pure returns (uint256 bit) {
        // SAFETY: the two's complement is meant to wrap around.
        unchecked {
            bit = word & (~word + 1);
        }
    }

    /// @notice The highest bit that is set, 0 for 0.
    function highestBit(uint256 word) internal pure returns (uint256 bit) {
        word |= word >> 1;
        word |= word >> 2;
        word |= word >> 4;
        word |= word >> 8;
        word |= word >> 16;
        word |= word >> 32;
        word |= word >> 64;
        word |= word >> 128;
        bit = word ^ (word >> 1);
    }

    /// @dev Reads all of an opening before its siblings: the lowest known subtree on the path, the bit of the depth of
    /// its parent (0 if it is the root), and the position behind.
    function _openEnd(Opening memory opening, uint256 position)
        private
        pure
        returns (bytes32 subtree, uint256 mask, uint256 end)
    {
        uint256 kind = uint256(_word(position)) >> 248;
        mask = lowestBit(opening.bitmap = uint256(_word(position + 1)));
        opening.kind = kind;
        position += 33;
        if (kind == EMPTY) return (EMPTY_ROOT, mask, position);
        if (kind == OTHER_LEAF) {
            (subtree, end) = _openOtherLeaf(opening, position, mask);
            return (subtree, mask, end);
        }
        if (kind > REMOVABLE) revert SparseMerklePath_KindIsUnknown(kind, REMOVABLE);
        bytes32 key = opening.key;
        opening.value = _word(position);
        subtree = leafHash(key, opening.value);
        end = position + 32;
        if (kind == REMOVABLE && mask != 0) {
            _openSibling(opening, end, mask);
            subtree = _join(subtree, opening.sibling, uint256(key) & mask);
            mask <<= 1;
            end += 65;
        }
    }

    /// @dev Reads the leaf of another key; it must share with `opening.key` the whole path above `lowest`.
    function _openOtherLeaf(Opening memory opening, uint256 position, uint256 lowest)
        private
        pure
        returns (bytes32 subtree, uint256 end)
    {
        bytes32 terminalKey = _word(position);
        bytes32 value = _word(position + 32);
        uint256 distance = uint256(terminalKey) ^ uint256(opening.key);
        if (distance == 0 || (lowest != 0 && distance >= lowest)) {
            revert SparseMerklePath_LeafIsMisplaced(terminalKey, opening.key);
        }
        opening.terminalKey = terminalKey;
        opening.value = value;
        return (leafHash(terminalKey, value), position + 64);
    }

    /// @dev Reads the 65 bytes of the deepest sibling, which branches off at the bit `lowest`.
    function _openSibling(Opening memory opening, uint256 position, uint256 lowest) private pure {
        uint256 tag;
        bytes32 first;
        bytes32 sibling;
        // SAFETY: reads calldata, and writes 65 bytes of free memory without taking them.
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            calldatacopy(buffer, position, 65)
            tag := byte(0, mload(buffer))
            first := mload(add(buffer, 1))
            sibling := keccak256(buffer, 65)
        }
        if (tag > 1) revert SparseMerklePath_SiblingTagIsUnknown(tag, 1);
        if (tag == 0) {
            uint256 distance = uint256(first) ^ uint256(opening.key);
            // Written by division, because `lowest << 1` is 0 at the highest bit.
            if (distance / lowest != 1) revert SparseMerklePath_LeafIsMisplaced(first, opening.key);
            opening.siblingIsLeaf = true;
        }
        opening.sibling = sibling;
    }

    function _word(uint256 position) private pure returns (bytes32 word) {
        // SAFETY: reads calldata only; behind its end are zeros.
        assembly ("memory-safe") {
            word := calldataload(position)
        }
    }

    /// @dev The parent of a subtree and its sibling; the subtree lies right if `side` is not 0.
    function _join(bytes32 subtree, bytes32 sibling, uint256 side) private pure returns (bytes32) {
        return side == 0 ? nodeHash(subtree, sibling) : nodeHash(sibling, subtree);
    }

    /// @dev The root from `subtree`, whose parent stands at the depth of the bit `mask`; 0 means that it is the root.
    /// Siblings lie at `position` of calldata, one for each bit of `bitmap` that is not below `mask`.
    function _fold(bytes32 subtree, uint256 path, uint256 bitmap, uint256 mask, uint256 position)
        private
        pure
        returns (bytes32 root, uint256 end, bool hasEmpty)
    {
        // SAFETY: writes 65 bytes of free memory without taking them; at most 256 rounds, as `mask` is shifted out;
        // `position` grows by at most 8192 from inside calldata and can't wrap.
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            let first := add(buffer, 1)
            let second := add(buffer, 33)
            mstore8(buffer, 1)
            for {} mask { mask := shl(1, mask) } {
                let sibling := 0
                if and(bitmap, mask) {
                    sibling := calldataload(position)
                    position := add(position, 32)
                    hasEmpty := or(hasEmpty, iszero(sibling))
                }
                switch and(path, mask)
                case 0 {
                    mstore(first, subtree)
                    mstore(second, sibling)
                }
                default {
                    mstore(first, sibling)
                    mstore(second, subtree)
                }
                subtree := keccak256(buffer, 65)
            }
            root := subtree
            end := position
        }
    }
}
