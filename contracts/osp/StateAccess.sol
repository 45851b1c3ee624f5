// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Reader} from "../machine/Reader.sol";
import {PagedBytes} from "../trees/PagedBytes.sol";
import {SparseMerklePath} from "../trees/SparseMerklePath.sol";
import {SparseMerkleTree} from "../trees/SparseMerkleTree.sol";
import {Steps} from "./Steps.sol";

/// @title Reads and writes of the state in a step
/// @notice A read looks into `diffRoot`, else into `preRoot`; a write goes into `diffRoot`, or out of it where the value
/// equals the one in `preRoot`, so that the diff is canonical after every step. Twin: `ProvingOverlay` in
/// `offchain/proofs/overlay.py`, which records the proofs in the order in which these functions read them.
/// @dev Witness of a read: the opening of the key in the diff; where it has no leaf there, that in the pre-state. Of a
/// write: the opening in the pre-state, then that in the diff, of kind REMOVABLE where a leaf leaves the diff. What the
/// step has proven or written before is known and not proven again: the value, and the value in the pre-state.
/// Whoever changes `diffRoot` by other means (a restored checkpoint) makes the step forget all values.
library StateAccess {
    using Steps for Steps.Step;

    /// @notice The code of an account: size 0, hash 0 and the root of no bytes where it has none.
    struct Code {
        uint256 size;
        bytes32 hash;
        bytes32 root;
    }

    uint256 internal constant NONCE_SHIFT = 160;
    uint256 internal constant CODE_SIZE_SHIFT = 224;
    uint256 internal constant NONCE_ONE = 1 << 160;
    uint256 internal constant MAX_NONCE = type(uint64).max;
    uint256 internal constant BALANCE_MASK = type(uint160).max;

    uint256 private constant WITHOUT_CODE_SIZE = type(uint224).max;
    bytes1 private constant ACCOUNT_TAG = 0x00;
    bytes1 private constant CODE_TAG = 0x01;
    bytes1 private constant SLOT_TAG = 0x02;

    /// @notice Thrown when a leaf would stay in the diff with the value of the pre-state.
    error StateAccess_LeafHasToGo(bytes32 have);
    /// @notice Thrown when code hash and code root in the witness are not those of the account's code entry.
    error StateAccess_CodeIsDifferent(bytes32 have, bytes32 want);

    // Keys

    /// @notice The key of an account.
    function accountKey(address account) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, ACCOUNT_TAG));
    }

    /// @notice The key of an account's code entry.
    function codeKey(address account) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, CODE_TAG));
    }

    /// @notice The key of a storage slot.
    function slotKey(address account, uint256 key) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, SLOT_TAG, key));
    }

    // The packed account: codeSize u32 | nonce u64 | balance u160

    /// @notice Balance of a packed account in wei.
    function balanceOf(uint256 account) internal pure returns (uint256) {
        return account & BALANCE_MASK;
    }

    /// @notice Nonce of a packed account.
    function nonceOf(uint256 account) internal pure returns (uint256) {
        return account >> NONCE_SHIFT & MAX_NONCE;
    }

    /// @notice Size of the code of a packed account in bytes.
    function codeSizeOf(uint256 account) internal pure returns (uint256) {
        return account >> CODE_SIZE_SHIFT;
    }

    // Any key

    /// @notice The value of a key, 0 if it is absent.
    function read(Steps.Step memory step, bytes calldata witness, bytes32 key)
        internal
        pure
        returns (uint256 value)
    {
        return _load(step, witness, key).value;
    }

    /// @notice Gives a key a value; 0 removes it.
    function write(Steps.Step memory step, bytes calldata witness, bytes32 key, uint256 value) internal pure {
        _store(step, witness, key, value);
    }

    /// @notice The value that a key had when the transaction began (EIP-2200). Witness: its opening in `diffRoot0`; where
    /// it has no leaf there, that in the pre-state, unless that is known.
    function original(Steps.Step memory step, bytes calldata witness, bytes32 key)
        internal
        pure
        returns (uint256)
    {
        step.useTransaction(witness);
        bool present;
        bytes32 value;
        (present, value, step.at) = SparseMerkleTree.lookup(step.transaction.diffRoot0, key, witness, step.at);
        return present ? uint256(value) : _before(step, witness, _find(step, key));
    }

    // Accounts

    /// @notice The packed account, 0 if it is absent.
    function account(Steps.Step memory step, bytes calldata witness, address at)
        internal
        pure
        returns (uint256)
    {
        return read(step, witness, accountKey(at));
    }

    /// @notice Writes a packed account; 0 removes it.
    function setAccount(Steps.Step memory step, bytes calldata witness, address at, uint256 packed)
        internal
        pure
    {
        write(step, witness, accountKey(at), packed);
    }

    /// @notice Adds 1 to a nonce below 2**64 - 1.
    function incrementNonce(Steps.Step memory step, bytes calldata witness, address at) internal pure {
        bytes32 key = accountKey(at);
        write(step, witness, key, read(step, witness, key) + NONCE_ONE);
    }

    /// @notice Moves `value` wei that `sender` has; nothing is read or written for 0.
    function transfer(
        Steps.Step memory step,
        bytes calldata witness,
        address sender,
        address recipient,
        uint256 value
    ) internal pure {
        if (value == 0) return;
        bytes32 key = accountKey(sender);
        write(step, witness, key, read(step, witness, key) - value);
        key = accountKey(recipient);
        write(step, witness, key, read(step, witness, key) + value);
    }

    // Code

    /// @notice The code of an account: reads the account, and its code entry where it has code. Never follows a
    /// delegation.
    function code(Steps.Step memory step, bytes calldata witness, address at)
        internal
        pure
        returns (Code memory found)
    {
        found.size = codeSizeOf(account(step, witness, at));
        if (found.size == 0) found.root = PagedBytes.ZERO_ROOT;
        else (found.hash, found.root) = readCode(step, witness, at);
    }

    /// @notice Hash and page root of an account's code, both 0 where it has none. Witness: the read of the code entry,
    /// then, where it is not 0, `code hash 32 | code root 32`.
    function readCode(Steps.Step memory step, bytes calldata witness, address at)
        internal
        pure
        returns (bytes32 codeHash, bytes32 codeRoot)
    {
        bytes32 key = codeKey(at);
        Steps.Known memory known = _find(step, key);
        if (!known.hasValue) {
            known = _load(step, witness, key);
            if (known.value != 0) {
                uint256 position = Reader.enter(witness, step.at, 64);
                step.at += 64;
                known.codeHash = Reader.wordAt(position);
                known.codeRoot = Reader.wordAt(position + 32);
                bytes32 have = codeValue(known.codeHash, known.codeRoot);
                if (have != bytes32(known.value)) {
                    revert StateAccess_CodeIsDifferent(have, bytes32(known.value));
                }
            }
        }
        return (known.codeHash, known.codeRoot);
    }

    /// @notice Gives an account code of `size` bytes; size 0 removes it. Reads the account, writes the code entry, then
    /// the account with the size.
    function setCode(
        Steps.Step memory step,
        bytes calldata witness,
        address at,
        uint256 size,
        bytes32 codeHash,
        bytes32 codeRoot
    ) internal pure {
        uint256 packed = account(step, witness, at) & WITHOUT_CODE_SIZE | size << CODE_SIZE_SHIFT;
        Steps.Known memory known =
            _store(step, witness, codeKey(at), size == 0 ? 0 : uint256(codeValue(codeHash, codeRoot)));
        (known.codeHash, known.codeRoot) = size == 0 ? (bytes32(0), bytes32(0)) : (codeHash, codeRoot);
        setAccount(step, witness, at, packed);
    }

    /// @notice The value of a code entry: hash and page root bound together.
    function codeValue(bytes32 codeHash, bytes32 codeRoot) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(codeHash, codeRoot));
    }

    // What is known

    /// @dev What the step knows about a key, a new entry if nothing.
    function _find(Steps.Step memory step, bytes32 key) private pure returns (Steps.Known memory entry) {
        Steps.Known[] memory known = step.known;
        uint256 count = known.length;
        if (step.knownRoot != step.machine.diffRoot) {
            step.knownRoot = step.machine.diffRoot;
            count = 0;
        }
        for (uint256 i = 0; i < count; ++i) {
            if (known[i].key == key) return known[i];
        }
        step.known = new Steps.Known[](count + 1);
        for (uint256 i = 0; i < count; ++i) {
            step.known[i] = known[i];
        }
        entry = step.known[count];
        entry.key = key;
    }

    /// @dev Reads the value of a key unless it is known.
    function _load(Steps.Step memory step, bytes calldata witness, bytes32 key)
        private
        pure
        returns (Steps.Known memory known)
    {
        known = _find(step, key);
        if (known.hasValue) return known;
        bool present;
        bytes32 value;
        (present, value, step.at) = SparseMerkleTree.lookup(step.machine.diffRoot, key, witness, step.at);
        known.value = present ? uint256(value) : _before(step, witness, known);
        known.hasValue = true;
    }

    /// @dev The value of a key in the pre-state, 0 if it is absent.
    function _before(Steps.Step memory step, bytes calldata witness, Steps.Known memory known)
        private
        pure
        returns (uint256)
    {
        if (known.hasBefore) return known.before;
        step.useContext(witness);
        bytes32 value;
        (, value, step.at) = SparseMerkleTree.lookup(step.context.preRoot, known.key, witness, step.at);
        known.before = uint256(value);
        known.hasBefore = true;
        return uint256(value);
    }

    /// @dev Writes a value, canonically.
    function _store(Steps.Step memory step, bytes calldata witness, bytes32 key, uint256 value)
        private
        pure
        returns (Steps.Known memory known)
    {
        known = _find(step, key);
        bool isBefore = _before(step, witness, known) == value;
        SparseMerklePath.Opening memory opening;
        (opening, step.at) = SparseMerklePath.openPath(step.machine.diffRoot, key, witness, step.at);
        if (!isBefore) {
            step.machine.diffRoot = SparseMerklePath.rootWith(opening, bytes32(value));
        } else if (opening.kind == SparseMerklePath.REMOVABLE) {
            step.machine.diffRoot = SparseMerklePath.rootWithout(opening);
        } else if (opening.kind == SparseMerklePath.LEAF) {
            revert StateAccess_LeafHasToGo(key);
        }
        step.knownRoot = step.machine.diffRoot;
        known.value = value;
        known.hasValue = true;
    }
}
