// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SparseMerklePath} from "../trees/SparseMerklePath.sol";
import {SparseMerkleTree} from "../trees/SparseMerkleTree.sol";
import {Steps} from "./Steps.sol";

/// @title What a transaction remembers and the next one forgets, in a step
/// @notice Warm addresses and slots, created and destroyed contracts, transient storage: a sparse tree under
/// `scratchRoot`. Twins: `offchain/evm/scratch.py`, `ProvingScratch` in `offchain/proofs/overlay.py`.
/// @dev Witness of every function: one opening of its leaf, which serves its read and its write. Precompiles are warm by
/// rule, without a leaf and without a proof. Only `setTransient` can remove a leaf.
library ScratchAccess {
    using Steps for Steps.Step;

    /// @notice Flags of an address.
    uint256 internal constant WARM = 1;
    uint256 internal constant CREATED = 2;
    uint256 internal constant DESTROYED = 4;

    /// @notice Gas of an access (EIP-2929).
    uint256 internal constant WARM_GAS = 100;
    uint256 internal constant COLD_ACCOUNT_GAS = 2600;
    uint256 internal constant COLD_SLOT_GAS = 2100;

    bytes1 private constant FLAGS_TAG = 0x03;
    bytes1 private constant WARM_SLOT_TAG = 0x04;
    bytes1 private constant TRANSIENT_TAG = 0x05;

    /// @notice Thrown when a transient value of 0 would keep its leaf.
    error ScratchAccess_LeafHasToGo(bytes32 have);

    // Keys

    /// @notice The key of an address's flags.
    function flagsKey(address account) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, FLAGS_TAG));
    }

    /// @notice The key that tells whether a slot is warm.
    function warmSlotKey(address account, uint256 key) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, WARM_SLOT_TAG, key));
    }

    /// @notice The key of a transient value.
    function transientKey(address account, uint256 key) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, TRANSIENT_TAG, key));
    }

    /// @notice Whether a precompile of Osaka lies at the address: 0x01 to 0x11 and 0x100.
    function isPrecompile(address account) internal pure returns (bool) {
        uint256 number = uint160(account);
        return (number >= 0x01 && number <= 0x11) || number == 0x100;
    }

    // Addresses

    /// @notice Makes an address warm: what the access costs, and the flags as they were (0 of a precompile).
    function warmAddress(Steps.Step memory step, bytes calldata witness, address account)
        internal
        pure
        returns (uint256 gas, uint256 flags)
    {
        if (isPrecompile(account)) return (WARM_GAS, 0);
        flags = _setFlag(step, witness, flagsKey(account), WARM);
        gas = flags & WARM != 0 ? WARM_GAS : COLD_ACCOUNT_GAS;
    }

    /// @notice Remembers that the transaction created the contract (EIP-6780).
    function markCreated(Steps.Step memory step, bytes calldata witness, address account) internal pure {
        _setFlag(step, witness, flagsKey(account), CREATED);
    }

    /// @notice Remembers that the contract goes with this transaction; false if that was known.
    function markDestroyed(Steps.Step memory step, bytes calldata witness, address account)
        internal
        pure
        returns (bool isFirst)
    {
        return _setFlag(step, witness, flagsKey(account), DESTROYED) & DESTROYED == 0;
    }

    /// @notice Whether the contract goes with this transaction.
    function isDestroyed(Steps.Step memory step, bytes calldata witness, address account)
        internal
        pure
        returns (bool)
    {
        return _read(step, witness, flagsKey(account)) & DESTROYED != 0;
    }

    // Slots

    /// @notice Makes a slot warm: what the access costs.
    function warmSlot(Steps.Step memory step, bytes calldata witness, address account, uint256 key)
        internal
        pure
        returns (uint256 gas)
    {
        uint256 flags = _setFlag(step, witness, warmSlotKey(account, key), WARM);
        gas = flags != 0 ? WARM_GAS : COLD_SLOT_GAS;
    }

    /// @notice A transient value (EIP-1153).
    function getTransient(Steps.Step memory step, bytes calldata witness, address account, uint256 key)
        internal
        pure
        returns (uint256)
    {
        return _read(step, witness, transientKey(account, key));
    }

    /// @notice Gives a transient value; the opening is of kind REMOVABLE where 0 takes a leaf out.
    function setTransient(
        Steps.Step memory step,
        bytes calldata witness,
        address account,
        uint256 key,
        uint256 value
    ) internal pure {
        bytes32 leaf = transientKey(account, key);
        SparseMerklePath.Opening memory opening = _open(step, witness, leaf);
        if (value != 0) {
            step.transaction.scratchRoot = SparseMerklePath.rootWith(opening, bytes32(value));
        } else if (opening.kind == SparseMerklePath.REMOVABLE) {
            step.transaction.scratchRoot = SparseMerklePath.rootWithout(opening);
        } else if (opening.kind == SparseMerklePath.LEAF) {
            revert ScratchAccess_LeafHasToGo(leaf);
        }
    }

    // Leaves

    function _open(Steps.Step memory step, bytes calldata witness, bytes32 key)
        private
        pure
        returns (SparseMerklePath.Opening memory opening)
    {
        step.useTransaction(witness);
        (opening, step.at) = SparseMerklePath.openPath(step.transaction.scratchRoot, key, witness, step.at);
    }

    function _read(Steps.Step memory step, bytes calldata witness, bytes32 key)
        private
        pure
        returns (uint256)
    {
        step.useTransaction(witness);
        bytes32 value;
        (, value, step.at) = SparseMerkleTree.lookup(step.transaction.scratchRoot, key, witness, step.at);
        return uint256(value);
    }

    /// @dev Sets one bit of a leaf and returns all bits as they were.
    function _setFlag(Steps.Step memory step, bytes calldata witness, bytes32 key, uint256 flag)
        private
        pure
        returns (uint256 flags)
    {
        SparseMerklePath.Opening memory opening = _open(step, witness, key);
        if (opening.kind == SparseMerklePath.REMOVABLE) {
            revert SparseMerklePath.SparseMerklePath_KindIsWrong(opening.kind, SparseMerklePath.LEAF);
        }
        if (opening.kind == SparseMerklePath.LEAF) flags = uint256(opening.value);
        if (flags & flag == 0) {
            step.transaction.scratchRoot = SparseMerklePath.rootWith(opening, bytes32(flags | flag));
        }
    }
}
