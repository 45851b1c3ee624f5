// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Proofs about compact sparse Merkle trees
/// @notice Checks proofs from a root alone; twin of `offchain/trees/sparse_merkle_proof.py`.
/// A leaf is `keccak256(0x00 ‖ key ‖ value)`, a node `keccak256(0x01 ‖ left ‖ right)`, an empty subtree 0, the path goes
/// from the most significant bit of the key, and a subtree with exactly one leaf is that leaf.
/// @dev Every function reads one proof at `offset` of `witness` and returns the offset behind it. The caller of the
/// last one checks that nothing follows. Numbers are bytes:
///
///     kind 1 | bitmap 32 | end of the path 0, 32 or 64 | [sibling preimage 65] | siblings 32 each, deepest first
///
/// Bit 2**(255-i) of the bitmap is set if the sibling at depth i is not empty. The deepest sibling of a path is never
/// empty, so the lowest bit set tells the depth at which the path ends and no bit can lie beyond it.
library SparseMerkleTree {
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
    error SparseMerkleTree_RootIsDifferent(bytes32 have, bytes32 want);
    /// @notice Thrown when a proof goes on behind the end of the witness.
    error SparseMerkleTree_WitnessIsTooShort(uint256 have, uint256 want);
    /// @notice Thrown when the first byte of an opening names no kind.
    error SparseMerkleTree_KindIsUnknown(uint256 have, uint256 want);
    /// @notice Thrown when an opening of this kind does not serve the purpose.
    error SparseMerkleTree_KindIsWrong(uint256 have, uint256 want);
    /// @notice Thrown when an empty sibling is given in full instead of by its bit.
    error SparseMerkleTree_SiblingIsEmpty();
    /// @notice Thrown when the preimage of a sibling begins neither as a leaf nor as a node.
    error SparseMerkleTree_SiblingTagIsUnknown(uint256 have, uint256 want);
    /// @notice Thrown when a leaf that is shown does not lie where the path of the key leads.
    error SparseMerkleTree_LeafIsMisplaced(bytes32 have, bytes32 want);
    /// @notice Thrown when the leaf to remove is not the leftmost one.
    error SparseMerkleTree_LeafIsNotLeftmost(bytes32 have);

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

    /// @notice The value of a key, or the proof that it has none.
    function lookup(bytes32 root, bytes32 key, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bool present, bytes32 value, uint256 end)
    {
        Opening memory opening;
        (opening, end) = openPath(root, key, witness, offset);
        if (opening.kind == REMOVABLE) revert SparseMerkleTree_KindIsWrong(REMOVABLE, LEAF);
        present = opening.kind == LEAF;
        if (present) value = opening.value;
    }

    /// @notice The value of a key that has a leaf.
    function inclusion(bytes32 root, bytes32 key, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 value, uint256 end)
    {
        bool present;
        (present, value, end) = lookup(root, key, witness, offset);
        if (!present) revert SparseMerkleTree_KindIsWrong(EMPTY, LEAF);
    }

    /// @notice Checks that a key has no leaf.
    function exclusion(bytes32 root, bytes32 key, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (uint256 end)
    {
        bool present;
        (present,, end) = lookup(root, key, witness, offset);
        if (present) revert SparseMerkleTree_KindIsWrong(LEAF, EMPTY);
    }

    /// @notice Gives a key a value, whether it has a leaf or not: what was there, and the new root.
    function write(bytes32 root, bytes32 key, bytes32 value, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bool present, bytes32 oldValue, bytes32 newRoot, uint256 end)
    {
        Opening memory opening;
        (opening, end) = openPath(root, key, witness, offset);
        newRoot = rootWith(opening, value);
        present = opening.kind == LEAF;
        if (present) oldValue = opening.value;
    }

    /// @notice Changes the value of a key that has a leaf.
    function update(bytes32 root, bytes32 key, bytes32 value, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 oldValue, bytes32 newRoot, uint256 end)
    {
        bool present;
        (present, oldValue, newRoot, end) = write(root, key, value, witness, offset);
        if (!present) revert SparseMerkleTree_KindIsWrong(EMPTY, LEAF);
    }

    /// @notice Gives a leaf to a key that has none.
    function insert(bytes32 root, bytes32 key, bytes32 value, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 newRoot, uint256 end)
    {
        bool present;
        (present,, newRoot, end) = write(root, key, value, witness, offset);
        if (present) revert SparseMerkleTree_KindIsWrong(LEAF, EMPTY);
    }

    /// @notice Removes the leaf of a key.
    function remove(bytes32 root, bytes32 key, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 oldValue, bytes32 newRoot, uint256 end)
    {
        Opening memory opening;
        (opening, end) = openPath(root, key, witness, offset);
        return (opening.value, rootWithout(opening), end);
    }

    /// @notice Removes the leaf with the lowest key. The proof is that key, then its opening of kind REMOVABLE.
    function removeLeftmost(bytes32 root, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 key, bytes32 oldValue, bytes32 newRoot, uint256 end)
    {
        if (offset >= witness.length || witness.length - offset < 32) {
            revert SparseMerkleTree_WitnessIsTooShort(witness.length, 32);
        }
        // SAFETY: reads calldata only; the line above keeps offset + 32 within the witness.
        assembly ("memory-safe") {
            key := calldataload(add(witness.offset, offset))
            offset := add(offset, 32)
        }
        Opening memory opening;
        (opening, end) = openPath(root, key, witness, offset);
        if (opening.bitmap & uint256(key) != 0) revert SparseMerkleTree_LeafIsNotLeftmost(key);
        return (key, opening.value, rootWithout(opening), end);
    }

    /// @notice Checks one opening of any kind; what its kind allows is up to the caller.
    function openPath(bytes32 root, bytes32 key, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (Opening memory opening, uint256 end)
    {
        if (offset > witness.length) revert SparseMerkleTree_WitnessIsTooShort(witness.length, offset);
        uint256 kind;
        uint256 bitmap;
        uint256 position;
        // SAFETY: reads calldata only. Whatever is read behind the witness is refused by the check of `end` below.
        assembly ("memory-safe") {
            position := add(witness.offset, offset)
            kind := byte(0, calldataload(position))
            bitmap := calldataload(add(position, 1))
            position := add(position, 33)
        }
        opening.kind = kind;
        opening.key = key;
        opening.bitmap = bitmap;

        bytes32 subtree;
        uint256 mask = lowestBit(bitmap);
        uint256 rest = bitmap;
        if (kind == OTHER_LEAF) {
            (subtree, position) = _openOtherLeaf(opening, position, mask);
        } else if (kind == LEAF || kind == REMOVABLE) {
            bytes32 value = _word(position);
            position += 32;
            opening.value = value;
            subtree = leafHash(key, value);
            if (kind == REMOVABLE && bitmap != 0) {
                _openSibling(opening, position, mask);
                position += 65;
                subtree = _join(subtree, opening.sibling, uint256(key) & mask);
                rest = bitmap ^ mask;
                mask <<= 1;
            }
        } else if (kind != EMPTY) {
            revert SparseMerkleTree_KindIsUnknown(kind, REMOVABLE);
        }
        opening.siblings = position;
        bool hasEmpty;
        (subtree, position, hasEmpty) = _fold(subtree, uint256(key), rest, mask, position);
        // SAFETY: `position` never goes back behind the witness's own start.
        unchecked {
            uint256 start;
            assembly ("memory-safe") {
                start := witness.offset
            }
            end = position - start;
        }
        if (end > witness.length) revert SparseMerkleTree_WitnessIsTooShort(witness.length, end);
        if (hasEmpty) revert SparseMerkleTree_SiblingIsEmpty();
        if (subtree != root) revert SparseMerkleTree_RootIsDifferent(subtree, root);
    }

    /// @notice The root once the key has `value`: updated if it has a leaf, else inserted. Not for REMOVABLE.
    function rootWith(Opening memory opening, bytes32 value) internal pure returns (bytes32 newRoot) {
        uint256 kind = opening.kind;
        if (kind == REMOVABLE) revert SparseMerkleTree_KindIsWrong(REMOVABLE, LEAF);
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
        if (opening.kind != REMOVABLE) revert SparseMerkleTree_KindIsWrong(opening.kind, REMOVABLE);
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
            revert SparseMerkleTree_LeafIsMisplaced(terminalKey, opening.key);
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
        if (tag > 1) revert SparseMerkleTree_SiblingTagIsUnknown(tag, 1);
        if (tag == 0) {
            uint256 distance = uint256(first) ^ uint256(opening.key);
            // Written by division, because `lowest << 1` is 0 at the highest bit.
            if (distance / lowest != 1) revert SparseMerkleTree_LeafIsMisplaced(first, opening.key);
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
