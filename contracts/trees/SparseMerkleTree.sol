// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SparseMerklePath} from "./SparseMerklePath.sol";

/// @title What a compact sparse Merkle tree holds, and its root after a change
/// @notice Works from a root and a proof alone; twin of `offchain/trees/sparse_merkle_proof.py`, names included.
/// @dev Every function reads one proof at `offset` of `witness` and returns the offset behind it. The caller of the
/// last one checks that nothing follows. The proof is an opening, see `SparseMerklePath`.
library SparseMerkleTree {
    /// @notice Thrown when a key that should have a leaf has none.
    error SparseMerkleTree_KeyIsAbsent(bytes32 have);
    /// @notice Thrown when a key that should have no leaf has one.
    error SparseMerkleTree_KeyIsPresent(bytes32 have);
    /// @notice Thrown when the leaf to remove is not the leftmost one.
    error SparseMerkleTree_LeafIsNotLeftmost(bytes32 have);

    /// @notice The value of a key, or the proof that it has none.
    function lookup(bytes32 root, bytes32 key, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bool present, bytes32 value, uint256 end)
    {
        SparseMerklePath.Opening memory opening;
        (opening, end) = SparseMerklePath.openPath(root, key, witness, offset);
        if (opening.kind == SparseMerklePath.REMOVABLE) {
            revert SparseMerklePath.SparseMerklePath_KindIsWrong(
                SparseMerklePath.REMOVABLE, SparseMerklePath.LEAF
            );
        }
        present = opening.kind == SparseMerklePath.LEAF;
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
        if (!present) revert SparseMerkleTree_KeyIsAbsent(key);
    }

    /// @notice Checks that a key has no leaf.
    function exclusion(bytes32 root, bytes32 key, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (uint256 end)
    {
        bool present;
        (present,, end) = lookup(root, key, witness, offset);
        if (present) revert SparseMerkleTree_KeyIsPresent(key);
    }

    /// @notice Gives a key a value, whether it has a leaf or not: what was there, and the new root.
    function write(bytes32 root, bytes32 key, bytes32 value, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bool present, bytes32 oldValue, bytes32 newRoot, uint256 end)
    {
        SparseMerklePath.Opening memory opening;
        (opening, end) = SparseMerklePath.openPath(root, key, witness, offset);
        newRoot = SparseMerklePath.rootWith(opening, value);
        present = opening.kind == SparseMerklePath.LEAF;
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
        if (!present) revert SparseMerkleTree_KeyIsAbsent(key);
    }

    /// @notice Gives a leaf to a key that has none.
    function insert(bytes32 root, bytes32 key, bytes32 value, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 newRoot, uint256 end)
    {
        bool present;
        (present,, newRoot, end) = write(root, key, value, witness, offset);
        if (present) revert SparseMerkleTree_KeyIsPresent(key);
    }

    /// @notice Removes the leaf of a key.
    function remove(bytes32 root, bytes32 key, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 oldValue, bytes32 newRoot, uint256 end)
    {
        SparseMerklePath.Opening memory opening;
        (opening, end) = SparseMerklePath.openPath(root, key, witness, offset);
        return (opening.value, SparseMerklePath.rootWithout(opening), end);
    }

    /// @notice Removes the leaf with the lowest key. The proof is that key, then its opening of kind REMOVABLE.
    function removeLeftmost(bytes32 root, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 key, bytes32 oldValue, bytes32 newRoot, uint256 end)
    {
        if (offset > witness.length) {
            revert SparseMerklePath.SparseMerklePath_WitnessIsTooShort(witness.length, offset);
        }
        // SAFETY: reads calldata only; `offset` can't wrap, and `openPath` refuses it if it leaves the witness.
        assembly ("memory-safe") {
            key := calldataload(add(witness.offset, offset))
            offset := add(offset, 32)
        }
        SparseMerklePath.Opening memory opening;
        (opening, end) = SparseMerklePath.openPath(root, key, witness, offset);
        if (opening.bitmap & uint256(key) != 0) revert SparseMerkleTree_LeafIsNotLeftmost(key);
        return (key, opening.value, SparseMerklePath.rootWithout(opening), end);
    }
}
