// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PAGE_SIZE, PagedBytes} from "./PagedBytes.sol";

/// @title Code as paged bytes
/// @notice Twin of `offchain/trees/code_pages.py`. Each page that holds a byte of the code has the leaf
/// `keccak256(0x04 ‖ first instruction ‖ page)`; the pages behind are plain zero pages.
library CodePages {
    /// @notice Thrown when code does not fit into a tree.
    error CodePages_CodeIsTooLong(uint256 have, uint256 want);

    /// @notice Root of the tree of `code`.
    function codeRoot(bytes memory code) internal pure returns (bytes32 root) {
        uint256 size = code.length;
        if (size == 0) return PagedBytes.ZERO_ROOT;
        if (size > PagedBytes.MAX_SIZE) revert CodePages_CodeIsTooLong(size, PagedBytes.MAX_SIZE);
        uint256 count = (size + PAGE_SIZE - 1) / PAGE_SIZE;
        uint256 hashes;
        // SAFETY: writes free memory without taking it: the table of lengths, `count + 2` words for the hashes, then one
        // tagged page. Only bytes of `code` are copied. Eight instructions at once may read up to 264 bytes behind a
        // page, and so behind the code, but are then taken back; the positions that count are followed one by one.
        assembly ("memory-safe") {
            // By opcode, the bytes of the instruction: 2 to 33 for PUSH1 to PUSH32 (0x60 to 0x7f), else 1.
            let table := mload(0x40)
            let ones := div(not(0), 255)
            mstore(table, ones)
            mstore(add(table, 32), ones)
            mstore(add(table, 64), ones)
            mstore(add(table, 96), 0x02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021)
            mstore(add(table, 128), ones)
            mstore(add(table, 160), ones)
            mstore(add(table, 192), ones)
            mstore(add(table, 224), ones)
            hashes := add(table, 288)
            let target := hashes
            let buffer := add(hashes, shl(5, add(count, 1)))
            mstore8(buffer, 4)
            let source := add(code, 32)
            let end := add(source, size)
            let instruction := source
            for {} 1 {} {
                let page := add(buffer, 2)
                mstore8(sub(page, 1), sub(instruction, source))
                if iszero(lt(add(source, PAGE_SIZE), end)) {
                    let length := sub(end, source)
                    mcopy(page, source, length)
                    calldatacopy(add(page, length), calldatasize(), sub(PAGE_SIZE, length))
                    mstore(target, keccak256(buffer, add(PAGE_SIZE, 2)))
                    break
                }
                mcopy(page, source, PAGE_SIZE)
                mstore(target, keccak256(buffer, add(PAGE_SIZE, 2)))
                target := add(target, 32)
                source := add(source, PAGE_SIZE)
                let before := instruction
                for {} lt(instruction, source) {} {
                    before := instruction
                    instruction := add(instruction, byte(0, mload(add(table, byte(0, mload(instruction))))))
                    instruction := add(instruction, byte(0, mload(add(table, byte(0, mload(instruction))))))
                    instruction := add(instruction, byte(0, mload(add(table, byte(0, mload(instruction))))))
                    instruction := add(instruction, byte(0, mload(add(table, byte(0, mload(instruction))))))
                    instruction := add(instruction, byte(0, mload(add(table, byte(0, mload(instruction))))))
                    instruction := add(instruction, byte(0, mload(add(table, byte(0, mload(instruction))))))
                    instruction := add(instruction, byte(0, mload(add(table, byte(0, mload(instruction))))))
                    instruction := add(instruction, byte(0, mload(add(table, byte(0, mload(instruction))))))
                }
                instruction := before
                for {} lt(instruction, source) {} {
                    instruction := add(instruction, byte(0, mload(add(table, byte(0, mload(instruction))))))
                }
            }
        }
        (root,) = PagedBytes.fold(hashes, 0, count, 0, 0);
    }

    /// @notice Whether byte `index` of a page of code is an instruction and not data of a PUSH.
    function isInstruction(bytes memory page, uint256 firstInstruction, uint256 index)
        internal
        pure
        returns (bool)
    {
        if (index >= page.length) return false;
        uint256 at = firstInstruction;
        // SAFETY: reads memory only, below `index`, which lies within the page; each round goes on by 1 to 33.
        assembly ("memory-safe") {
            let content := add(page, 32)
            for {} lt(at, index) {} {
                let opcode := byte(0, mload(add(content, at)))
                at := add(at, 1)
                if eq(shr(5, opcode), 3) { at := add(at, sub(opcode, 0x5f)) }
            }
        }
        return at == index;
    }
}
