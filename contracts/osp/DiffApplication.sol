// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SparseMerklePath} from "../trees/SparseMerklePath.sol";
import {SparseMerkleTree} from "../trees/SparseMerkleTree.sol";

/// @title A diff applied to a state, one entry a step
/// @notice Twin: `offchain/proofs/application.py`.
library DiffApplication {
    /// @notice Thrown when a removed key would keep its leaf.
    error DiffApplication_LeafHasToGo(bytes32 have);

    /// @notice Takes the leftmost entry out of the diff `rest` and writes it to the state `root`. A value of 0
    /// removes the key; what changes nothing is no fault.
    /// @dev Witness: `removal of the leftmost leaf of rest | opening of its key in root`, the opening of kind
    /// REMOVABLE where 0 takes a leaf out.
    function applyNext(bytes32 root, bytes32 rest, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (bytes32 newRoot, bytes32 newRest, uint256 end)
    {
        bytes32 key;
        bytes32 value;
        (key, value, newRest, end) = SparseMerkleTree.removeLeftmost(rest, witness, offset);
        SparseMerklePath.Opening memory opening;
        (opening, end) = SparseMerklePath.openPath(root, key, witness, end);
        if (value != 0) newRoot = SparseMerklePath.rootWith(opening, value);
        else if (opening.kind == SparseMerklePath.REMOVABLE) newRoot = SparseMerklePath.rootWithout(opening);
        else if (opening.kind == SparseMerklePath.LEAF) revert DiffApplication_LeafHasToGo(key);
        else newRoot = root;
    }
}
