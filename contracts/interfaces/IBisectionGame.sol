// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupManager} from "./IRollupManager.sol";

/// @title The contract that plays the disputes of the rollup
/// @notice It calls the hooks of `IRollupManager`: `openClaimGame` or `openStateGame` once at the opening of a game, then
/// exactly one of `closeClaimGame`, `closeStateGame` and `slash` at its end. A hook that answers false tells that
/// the term was over before: the game is void and its challenger gets the bond back.
interface IBisectionGame {
    /// @notice The rollup that this game was deployed for; the deployment checks that each names the other.
    function rollup() external view returns (IRollupManager);
}
