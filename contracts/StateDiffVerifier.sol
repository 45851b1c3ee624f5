// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Reader} from "./machine/Reader.sol";
import {DiffApplication} from "./osp/DiffApplication.sol";
import {StateAccess} from "./osp/StateAccess.sol";
import {SparseMerkleTree} from "./trees/SparseMerkleTree.sol";

/// @title What L1 can check about states and diffs from their hashes alone
/// @notice `h(S)` and `h(D)` are roots of sparse Merkle trees under the same keys. A diff holds a leaf for each key
/// that the batch changed, of value 0 where it removed the key; a state holds no value 0. Each proof has to be used
/// up. Twins: `offchain/proofs/application.py`, `offchain/state/keys.py`.
contract StateDiffVerifier {
    /// @notice The key of an account, whose value is `codeSize u32 | nonce u64 | balance u160`.
    function accountKey(address account) external pure returns (bytes32) {
        return StateAccess.accountKey(account);
    }

    /// @notice The key of an account's code entry, whose value is `keccak256(code hash ‖ code root)`.
    function codeKey(address account) external pure returns (bytes32) {
        return StateAccess.codeKey(account);
    }

    /// @notice The key of a storage slot.
    function slotKey(address account, uint256 key) external pure returns (bytes32) {
        return StateAccess.slotKey(account, key);
    }

    /// @notice The value of a key in the state `root`, 0 if the state does not have it.
    /// @param proof Its opening, see SparseMerklePath.
    function valueInState(bytes32 root, bytes32 key, bytes calldata proof)
        external
        pure
        returns (bytes32 value)
    {
        (, value) = _lookup(root, key, proof);
    }

    /// @notice Whether the diff `root` changes a key, and to which value; 0 means that it removes the key.
    /// @param proof Its opening, see SparseMerklePath.
    function entryOfDiff(bytes32 root, bytes32 key, bytes calldata proof)
        external
        pure
        returns (bool isChanged, bytes32 value)
    {
        return _lookup(root, key, proof);
    }

    /// @notice The state once the leftmost entry of the diff `rest` is applied to it, and the diff without that entry.
    /// @param proof See DiffApplication.
    function applyNext(bytes32 root, bytes32 rest, bytes calldata proof)
        external
        pure
        returns (bytes32 newRoot, bytes32 newRest)
    {
        uint256 end;
        (newRoot, newRest, end) = DiffApplication.applyNext(root, rest, proof, 0);
        Reader.finish(proof, end);
    }

    function _lookup(bytes32 root, bytes32 key, bytes calldata proof)
        private
        pure
        returns (bool present, bytes32 value)
    {
        uint256 end;
        (present, value, end) = SparseMerkleTree.lookup(root, key, proof, 0);
        Reader.finish(proof, end);
    }
}
