// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A plain ERC-20 on L2
contract DemoToken is ERC20 {
    /// @param supply all tokens there will ever be; they belong to the deployer
    constructor(uint256 supply) ERC20("Demo Token", "DEMO") {
        _mint(msg.sender, supply);
    }
}
