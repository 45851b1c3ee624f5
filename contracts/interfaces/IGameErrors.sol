// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGameTypes} from "./IGameTypes.sol";

/// @title Why the game refuses a call
interface IGameErrors is IGameTypes {
    /// @notice Thrown at the deployment when the rollup is bound to another game.
    error BisectionGame_RollupHasOtherGame(address have, address want);
    /// @notice Thrown at the deployment when the configuration is not the one whose hash the rollup holds.
    error BisectionGame_ConfigurationDiffers(bytes32 have, bytes32 want);
    /// @notice Thrown at the deployment when d_min of the configuration is not that of the rollup.
    error BisectionGame_IntervalDiffers(uint256 have, uint256 want);
    /// @notice Thrown at the deployment when a batch may have more gas than its diff has room in the trace.
    error BisectionGame_GasLimitTooHigh(uint256 have, uint256 max);
    /// @notice Thrown at the deployment when there is no contract at the verifier's address.
    error BisectionGame_VerifierIsMissing(address verifier);

    /// @notice Thrown when the payment is not exactly the bond.
    error BisectionGame_WrongBond(uint256 have, uint256 want);
    /// @notice Thrown when the order handed in is not the one that L1 holds.
    error BisectionGame_OrderDiffers(bytes32 have, bytes32 want);
    /// @notice Thrown when a claim says something else than the caller read: L1 was reorganized.
    error BisectionGame_ClaimDiffers(bytes32 have, bytes32 want);
    /// @notice Thrown when a challenge of batch r + 1 names another state than the final h(S_r).
    error BisectionGame_ParentRootDiffers(bytes32 have, bytes32 want);

    /// @notice Thrown when the game handed in is not the one stored: it moved on, is over, or never was.
    error BisectionGame_GameChanged(uint256 id, bytes32 have, bytes32 want);
    /// @notice Thrown when the game waits for another move.
    error BisectionGame_WrongPhase(Phase have, Phase want);
    /// @notice Thrown when somebody else moves than the side on turn.
    error BisectionGame_NotYourTurn(address have, address want);
    /// @notice Thrown when a move comes too late.
    error BisectionGame_TooLate(uint256 have, uint256 deadline);
    /// @notice Thrown when a time-out is called too early.
    error BisectionGame_TooEarly(uint256 have, uint256 min);
    /// @notice Thrown when the game's term is over: only a refund is legal.
    error BisectionGame_GameIsVoid(uint256 id, uint256 term);
    /// @notice Thrown when a refund is asked for while the game's term goes on.
    error BisectionGame_GameIsLive(uint256 id, uint256 term);
    /// @notice Thrown when an objection repeats what the challenger said.
    error BisectionGame_NoObjection(bytes32 parentRoot);
    /// @notice Thrown when a vector has not as many hashes as the cut rule says.
    error BisectionGame_VectorLengthDiffers(uint256 have, uint256 want);
    /// @notice Thrown when the range has no such segment.
    error BisectionGame_NoSuchSegment(uint256 have, uint256 count);
    /// @notice Thrown when an end of the whole range is named that is not the game's.
    error BisectionGame_EndDiffers(bytes32 have, bytes32 want);
    /// @notice Thrown when the execution of a final batch is disputed.
    error BisectionGame_BatchIsFinal(uint256 batch, uint256 finalized);
    /// @notice Thrown when there is nothing to withdraw.
    error BisectionGame_NothingOwed(address account);
}
