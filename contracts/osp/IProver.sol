// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A prover of some kinds of step
interface IProver {
    /// @notice Its number: the first byte of its witnesses, and its place in OneStepVerifier.
    function number() external pure returns (uint256);

    /// @notice The successor of `stateHash`, a state of `unit` in the batch with this context.
    /// @dev Reverts unless the witness opens the state, and the step is of a kind that this prover serves. A fault of the
    /// L2 machine is no revert but a successor.
    /// @param witness Its first byte chose this prover; the parts of the step follow.
    function prove(bytes32 contextHash, uint256 unit, bytes32 stateHash, bytes calldata witness)
        external
        view
        returns (bytes32 nextStateHash);
}
