// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PagedBytes} from "./PagedBytes.sol";

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
        uint256 pageSize = PagedBytes.PAGE_SIZE;
        uint256 count = (size + pageSize - 1) / pageSize;
        uint256 hashes;
        // SAFETY: writes free memory without taking it: `count + 2` words for the hashes, then one tagged page. Only
        // bytes of `code` are copied; instructions are followed up to the start of the last page, so every opcode
        // that is read lies within `code`.
        assembly ("memory-safe") {
            hashes := add(mload(0x40), 32)
            let buffer := add(hashes, shl(5, add(count, 1)))
            let page := add(buffer, 2)
            mstore8(buffer, 4)
            let source := add(code, 32)
            let end := add(source, size)
            let instruction := source
            let target := hashes
            for {} 1 {} {
                mstore8(add(buffer, 1), sub(instruction, source))
                let next := add(source, pageSize)
                if iszero(lt(next, end)) {
                    let length := sub(end, source)
                    mcopy(page, source, length)
                    calldatacopy(add(page, length), calldatasize(), sub(pageSize, length))
                    mstore(target, keccak256(buffer, add(pageSize, 2)))
                    break
                }
                mcopy(page, source, pageSize)
                mstore(target, keccak256(buffer, add(pageSize, 2)))
                target := add(target, 32)
                source := next
                for {} lt(instruction, source) {} {
                    let opcode := byte(0, mload(instruction))
                    instruction := add(instruction, 1)
                    // 0x60 to 0x7f
                    if eq(shr(5, opcode), 3) { instruction := add(instruction, sub(opcode, 0x5f)) }
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
