// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @title A plain ERC-721 on L2 that everybody may mint
contract DemoCollectible is ERC721 {
    /// @notice How many were minted; their ids run from 1.
    uint256 public minted;

    constructor() ERC721("Demo Collectible", "DEMOC") {}

    /// @notice Mints the next one for `owner`.
    function mint(address owner) external returns (uint256 id) {
        id = ++minted;
        _mint(owner, id);
    }
}
