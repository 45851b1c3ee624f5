// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The commitment to a revealed vector of hashes
/// @notice A binary tree over 1 to 63 hashes, padded with zeros to a power of two: `node = H(0x20 ‖ left ‖ right)`, a
/// tree of one hash is that hash. Its depth follows from the number of hashes, which both sides compute, so that no
/// node passes for a leaf. Twin: `offchain/game/vectors.py`.
library Vectors {
    /// @notice One hash with the siblings on its way up, the lowest first.
    struct Opening {
        bytes32 hash;
        bytes32[] siblings;
    }

    bytes1 private constant NODE_TAG = 0x20;

    /// @notice Thrown when an opening has not as many siblings as the tree has levels.
    error Vectors_DepthDiffers(uint256 have, uint256 want);
    /// @notice Thrown when what is opened is not in the vector at this place.
    error Vectors_RootDiffers(bytes32 have, bytes32 want);

    /// @notice The root over `hashes`; 0 where there is none.
    function root(bytes32[] calldata hashes) internal pure returns (bytes32) {
        uint256 width = hashes.length;
        if (width == 0) return 0;
        uint256 levels = depth(width);
        bytes32[] memory nodes = new bytes32[](1 << levels);
        for (uint256 i = 0; i < width; ++i) {
            nodes[i] = hashes[i];
        }
        for (width = nodes.length >> 1; width != 0; width >>= 1) {
            for (uint256 i = 0; i < width; ++i) {
                nodes[i] = _node(nodes[2 * i], nodes[2 * i + 1]);
            }
        }
        return nodes[0];
    }

    /// @notice Reverts unless `opening` is what stands at `index` of a vector of `width` hashes with root `want`.
    function check(bytes32 want, uint256 width, uint256 index, Opening calldata opening) internal pure {
        uint256 levels = depth(width);
        require(opening.siblings.length == levels, Vectors_DepthDiffers(opening.siblings.length, levels));
        bytes32 node = opening.hash;
        for (uint256 i = 0; i < levels; ++i) {
            bytes32 sibling = opening.siblings[i];
            node = (index >> i) & 1 == 0 ? _node(node, sibling) : _node(sibling, node);
        }
        require(node == want, Vectors_RootDiffers(node, want));
    }

    /// @notice Levels above `width` hashes, `width` >= 1.
    function depth(uint256 width) internal pure returns (uint256 levels) {
        while (1 << levels < width) ++levels;
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(NODE_TAG, left, right));
    }
}
