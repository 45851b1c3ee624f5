// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PagedProof} from "../trees/PagedProof.sol";
import {Reader} from "./Reader.sol";
import {Writer} from "./Writer.sol";

/// @title Slices as fields of a struct: `kind u8 | root 32 | offset u32 | size u32`
library Slices {
    /// @notice Bytes of an encoded slice.
    uint256 internal constant SIZE = 41;

    /// @notice The empty slice.
    function empty() internal pure returns (PagedProof.Slice memory slice) {}

    /// @notice A slice of a tree, the empty one where `size` is 0.
    function make(uint256 kind, bytes32 root, uint256 offset, uint256 size)
        internal
        pure
        returns (PagedProof.Slice memory slice)
    {
        if (size != 0) slice = PagedProof.Slice(kind, root, offset, size);
    }

    /// @notice Reads a slice at calldata `position`.
    function at(uint256 position) internal pure returns (PagedProof.Slice memory slice) {
        slice.kind = Reader.uintAt(position, 1);
        slice.root = Reader.wordAt(position + 1);
        slice.offset = Reader.uintAt(position + 33, 4);
        slice.size = Reader.uintAt(position + 37, 4);
    }

    /// @notice Appends a slice.
    function put(uint256 position, PagedProof.Slice memory slice) internal pure returns (uint256 end) {
        end = Writer.put(position, slice.kind, 1);
        end = Writer.put(end, slice.root);
        end = Writer.put(end, slice.offset, 4);
        end = Writer.put(end, slice.size, 4);
    }
}
