// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The judge of one step
/// @notice `OneStepVerifier` is the one that is deployed; tests of the game put a toy behind the same interface.
interface IStepVerifier {
    /// @notice The state behind `stateHash` in `unit` of the batch with this context. Reverts where the witness does
    /// not show it.
    function step(bytes32 contextHash, uint256 unit, bytes32 stateHash, bytes calldata witness)
        external
        view
        returns (bytes32 nextStateHash);
}
