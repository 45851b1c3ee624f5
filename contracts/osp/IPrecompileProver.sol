// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The precompiled contracts of the L2, but for identity
interface IPrecompileProver {
    /// @notice A call of the L2 to the precompile at `account`.
    /// @dev Reverts where the L1 can't tell the outcome: too little gas, or it lacks the precompile.
    /// @param account The number of the precompile: 0x01 to 0x11 without 0x04, or 0x100.
    /// @param gas What the call has. A price above it, or above `PrecompilePrices.MAX_GAS`, is a failure, and nothing is
    /// run.
    /// @param input At most `PrecompilePrices.MAX_INPUT` bytes: more is a failed call, which the caller has to know.
    /// @return success Whether the call succeeds.
    /// @return cost The price of the precompile on the L2; a failed call burns all gas instead.
    /// @return output What the call returns, nothing if it fails.
    function run(uint256 account, uint256 gas, bytes calldata input)
        external
        view
        returns (bool success, uint256 cost, bytes memory output);
}
