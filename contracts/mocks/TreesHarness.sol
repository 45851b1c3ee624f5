// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CodePages} from "../trees/CodePages.sol";
import {PagedBytes} from "../trees/PagedBytes.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {SparseMerkleTree} from "../trees/SparseMerkleTree.sol";

/// @title The tree libraries for tests
/// @notice One function each, which refuses unused bytes, and `runMap` and `runPages` for many operations in one call.
contract TreesHarness {
    /// @notice Thrown when bytes follow the last proof.
    error TreesHarness_WitnessHasUnusedBytes(uint256 have, uint256 want);
    /// @notice Thrown when a program names no operation.
    error TreesHarness_OperationIsUnknown(uint256 have, uint256 want);

    function lookup(bytes32 root, bytes32 key, bytes calldata witness)
        external
        pure
        returns (bool present, bytes32 value)
    {
        uint256 end;
        (present, value, end) = SparseMerkleTree.lookup(root, key, witness, 0);
        _expectEnd(witness, end);
    }

    function inclusion(bytes32 root, bytes32 key, bytes calldata witness)
        external
        pure
        returns (bytes32 value)
    {
        uint256 end;
        (value, end) = SparseMerkleTree.inclusion(root, key, witness, 0);
        _expectEnd(witness, end);
    }

    function exclusion(bytes32 root, bytes32 key, bytes calldata witness) external pure {
        _expectEnd(witness, SparseMerkleTree.exclusion(root, key, witness, 0));
    }

    function write(bytes32 root, bytes32 key, bytes32 value, bytes calldata witness)
        external
        pure
        returns (bool present, bytes32 oldValue, bytes32 newRoot)
    {
        uint256 end;
        (present, oldValue, newRoot, end) = SparseMerkleTree.write(root, key, value, witness, 0);
        _expectEnd(witness, end);
    }

    function update(bytes32 root, bytes32 key, bytes32 value, bytes calldata witness)
        external
        pure
        returns (bytes32 oldValue, bytes32 newRoot)
    {
        uint256 end;
        (oldValue, newRoot, end) = SparseMerkleTree.update(root, key, value, witness, 0);
        _expectEnd(witness, end);
    }

    function insert(bytes32 root, bytes32 key, bytes32 value, bytes calldata witness)
        external
        pure
        returns (bytes32 newRoot)
    {
        uint256 end;
        (newRoot, end) = SparseMerkleTree.insert(root, key, value, witness, 0);
        _expectEnd(witness, end);
    }

    function remove(bytes32 root, bytes32 key, bytes calldata witness)
        external
        pure
        returns (bytes32 oldValue, bytes32 newRoot)
    {
        uint256 end;
        (oldValue, newRoot, end) = SparseMerkleTree.remove(root, key, witness, 0);
        _expectEnd(witness, end);
    }

    function removeLeftmost(bytes32 root, bytes calldata witness)
        external
        pure
        returns (bytes32 key, bytes32 oldValue, bytes32 newRoot)
    {
        uint256 end;
        (key, oldValue, newRoot, end) = SparseMerkleTree.removeLeftmost(root, witness, 0);
        _expectEnd(witness, end);
    }

    function rootOf(bytes calldata data) external pure returns (bytes32) {
        return PagedBytes.rootOf(data);
    }

    function rootOfMemory(bytes memory data) external pure returns (bytes32) {
        return PagedBytes.rootOfMemory(data);
    }

    function codeRoot(bytes memory code) external pure returns (bytes32) {
        return CodePages.codeRoot(code);
    }

    function isInstruction(bytes memory page, uint256 firstInstruction, uint256 index)
        external
        pure
        returns (bool)
    {
        return CodePages.isInstruction(page, firstInstruction, index);
    }

    function openPages(bytes32 root, uint256 kind, uint256 first, uint256 count, bytes calldata witness)
        external
        pure
        returns (bytes memory pages, uint256 firstInstruction)
    {
        uint256 end;
        PagedProof.Opening memory opening;
        (pages, opening, end) = PagedProof.openPages(root, kind, first, count, witness, 0);
        _expectEnd(witness, end);
        firstInstruction = opening.firstInstruction;
    }

    function readPage(bytes32 root, uint256 index, bytes calldata witness)
        external
        pure
        returns (bytes memory page)
    {
        uint256 end;
        (page, end) = PagedProof.readPage(root, index, witness, 0);
        _expectEnd(witness, end);
    }

    function writePage(bytes32 root, uint256 index, bytes memory page, bytes calldata witness)
        external
        pure
        returns (bytes32 newRoot)
    {
        uint256 end;
        (newRoot, end) = PagedProof.writePage(root, index, page, witness, 0);
        _expectEnd(witness, end);
    }

    function readRange(bytes32 root, uint256 kind, uint256 at, uint256 size, bytes calldata witness)
        external
        pure
        returns (bytes memory data)
    {
        uint256 end;
        (data, end) = PagedProof.readRange(root, kind, at, size, witness, 0);
        _expectEnd(witness, end);
    }

    function writeRange(bytes32 root, uint256 at, bytes memory data, bytes calldata witness)
        external
        pure
        returns (bytes32 newRoot)
    {
        uint256 end;
        (newRoot, end) = PagedProof.writeRange(root, at, data, witness, 0);
        _expectEnd(witness, end);
    }

    function readSlice(PagedProof.Slice memory source, uint256 at, uint256 size, bytes calldata witness)
        external
        pure
        returns (bytes memory data)
    {
        uint256 end;
        (data, end) = PagedProof.readSlice(source, at, size, witness, 0);
        _expectEnd(witness, end);
    }

    /// @notice A lookup in the middle of a witness.
    function lookupAt(bytes32 root, bytes32 key, bytes calldata witness, uint256 offset)
        external
        pure
        returns (bool present, bytes32 value, uint256 end)
    {
        return SparseMerkleTree.lookup(root, key, witness, offset);
    }

    /// @notice The removal of the leftmost leaf in the middle of a witness.
    function removeLeftmostAt(bytes32 root, bytes calldata witness, uint256 offset)
        external
        pure
        returns (bytes32 key, bytes32 oldValue, bytes32 newRoot, uint256 end)
    {
        return SparseMerkleTree.removeLeftmost(root, witness, offset);
    }

    /// @notice A read in the middle of a witness.
    function readRangeAt(bytes32 root, uint256 at, uint256 size, bytes calldata witness, uint256 offset)
        external
        pure
        returns (bytes memory data, uint256 end)
    {
        return PagedProof.readRange(root, PagedProof.DATA, at, size, witness, offset);
    }

    /// @notice Gas of one root, without the calldata.
    function gasOfRootOf(bytes calldata data) external view returns (uint256 used) {
        used = gasleft();
        PagedBytes.rootOf(data);
        used -= gasleft();
    }

    /// @notice Gas of one root of code.
    function gasOfCodeRoot(bytes memory code) external view returns (uint256 used) {
        used = gasleft();
        CodePages.codeRoot(code);
        used -= gasleft();
    }

    /// @notice Gas of one lookup, without the calldata.
    function gasOfLookup(bytes32 root, bytes32 key, bytes calldata witness)
        external
        view
        returns (uint256 used)
    {
        used = gasleft();
        SparseMerkleTree.lookup(root, key, witness, 0);
        used -= gasleft();
    }

    /// @notice Gas of one write, without the calldata.
    function gasOfWrite(bytes32 root, bytes32 key, bytes calldata witness)
        external
        view
        returns (uint256 used)
    {
        used = gasleft();
        SparseMerkleTree.write(root, key, key, witness, 0);
        used -= gasleft();
    }

    /// @notice Gas of one removal, without the calldata.
    function gasOfRemove(bytes32 root, bytes32 key, bytes calldata witness)
        external
        view
        returns (uint256 used)
    {
        used = gasleft();
        SparseMerkleTree.remove(root, key, witness, 0);
        used -= gasleft();
    }

    /// @notice Gas of reading bytes from a paged tree, without the calldata.
    function gasOfReadRange(bytes32 root, uint256 at, uint256 size, bytes calldata witness)
        external
        view
        returns (uint256 used)
    {
        used = gasleft();
        PagedProof.readRange(root, PagedProof.DATA, at, size, witness, 0);
        used -= gasleft();
    }

    /// @notice Gas of writing one word into a paged tree, without the calldata.
    function gasOfWriteWord(bytes32 root, uint256 at, bytes calldata witness)
        external
        view
        returns (uint256 used)
    {
        bytes memory word = abi.encode(at);
        used = gasleft();
        PagedProof.writeRange(root, at, word, witness, 0);
        used -= gasleft();
    }

    /// @notice Runs map operations one after another; a digest of all that they return, and the last root.
    /// @dev Operation: number 1 | key 32 (not for 3) | value 32 (0 only) | proof. 0 write, 1 lookup, 2 remove, 3 remove
    /// leftmost.
    function runMap(bytes32 root, bytes calldata program) external pure returns (bytes32 digest, bytes32) {
        uint256 offset = 0;
        while (offset < program.length) {
            uint256 operation = uint8(program[offset]);
            bytes32 key;
            bytes32 value;
            bool present = true;
            ++offset;
            if (operation != 3) {
                key = bytes32(program[offset:offset + 32]);
                offset += 32;
            }
            if (operation == 0) {
                value = bytes32(program[offset:offset + 32]);
                (present, value, root, offset) =
                    SparseMerkleTree.write(root, key, value, program, offset + 32);
            } else if (operation == 1) {
                (present, value, offset) = SparseMerkleTree.lookup(root, key, program, offset);
            } else if (operation == 2) {
                (value, root, offset) = SparseMerkleTree.remove(root, key, program, offset);
            } else if (operation == 3) {
                (key, value, root, offset) = SparseMerkleTree.removeLeftmost(root, program, offset);
            } else {
                revert TreesHarness_OperationIsUnknown(operation, 3);
            }
            digest = keccak256(abi.encodePacked(digest, key, present, value, root));
        }
        _expectEnd(program, offset);
        return (digest, root);
    }

    /// @notice Runs operations on plain bytes one after another; a digest of all that they return, and the last root.
    /// @dev Operation: number 1 | position 4 | size 4 | bytes to write (0 only) | proof. 0 write, 1 read.
    function runPages(bytes32 root, bytes calldata program) external pure returns (bytes32 digest, bytes32) {
        uint256 offset = 0;
        while (offset < program.length) {
            uint256 operation = uint8(program[offset]);
            uint256 at = uint32(bytes4(program[offset + 1:offset + 5]));
            uint256 size = uint32(bytes4(program[offset + 5:offset + 9]));
            offset += 9;
            bytes memory data;
            if (operation == 0) {
                data = program[offset:offset + size];
                (root, offset) = PagedProof.writeRange(root, at, data, program, offset + size);
            } else if (operation == 1) {
                (data, offset) = PagedProof.readRange(root, PagedProof.DATA, at, size, program, offset);
            } else {
                revert TreesHarness_OperationIsUnknown(operation, 1);
            }
            digest = keccak256(abi.encodePacked(digest, data, root));
        }
        _expectEnd(program, offset);
        return (digest, root);
    }

    function _expectEnd(bytes calldata witness, uint256 end) private pure {
        if (end != witness.length) revert TreesHarness_WitnessHasUnusedBytes(witness.length, end);
    }
}
