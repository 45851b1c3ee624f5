// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupTypes} from "./IRollupTypes.sol";

/// @title Why the rollup refuses a call
interface IRollupErrors is IRollupTypes {
    /// @notice Thrown when the game's address is zero.
    error RollupManager_GameIsZero();
    /// @notice Thrown when somebody else calls what only the game may.
    error RollupManager_CallerIsNotGame(address have, address want);
    /// @notice Thrown when somebody else calls what only the sequencer of the term may.
    error RollupManager_CallerIsNotSequencer(address have, address want);
    /// @notice Thrown when the role is in another state than the call needs.
    error RollupManager_WrongRole(Role have, Role want);
    /// @notice Thrown when the deposit is not exactly the stake.
    error RollupManager_WrongStake(uint256 have, uint256 want);

    /// @notice Thrown when the chain's head is not the order that the caller builds on.
    error RollupManager_ParentChanged(bytes32 have, bytes32 want);
    /// @notice Thrown when T_n has no byte or more than 2^20.
    error RollupManager_SizeOutOfRange(uint256 have, uint256 max);
    /// @notice Thrown when the first byte of T_n is no version that can be proved.
    error RollupManager_UnknownVersion(uint256 have, uint256 want);
    /// @notice Thrown when the declared time is less than d_min after the last order's.
    error RollupManager_TimestampTooEarly(uint256 have, uint256 min);
    /// @notice Thrown when the declared time is older than MAX_AGE.
    error RollupManager_TimestampTooOld(uint256 have, uint256 min);
    /// @notice Thrown when the declared time lies ahead of L1's.
    error RollupManager_TimestampInFuture(uint256 have, uint256 max);
    /// @notice Thrown when the declared L1 block is none of the last 256.
    error RollupManager_L1BlockOutOfReach(uint256 have, uint256 current);
    /// @notice Thrown when the declared L1 block has another hash.
    error RollupManager_PrevrandaoDiffers(bytes32 have, bytes32 want);

    /// @notice Thrown when a claim call holds no claim.
    error RollupManager_NoClaims();
    /// @notice Thrown when the first batch claimed is not the one after the last claimed.
    error RollupManager_ClaimOutOfTurn(uint256 have, uint256 want);
    /// @notice Thrown when another claim was made since the caller looked.
    error RollupManager_SerialChanged(uint256 have, uint256 want);
    /// @notice Thrown when a batch without an order is named.
    error RollupManager_OrderAbsent(uint256 have, uint256 max);
    /// @notice Thrown when the named order is not the one on this chain.
    error RollupManager_OrderHashDiffers(bytes32 have, bytes32 want);
    /// @notice Thrown when a claim lies more than MAX_LAG above the last final state.
    error RollupManager_LagTooLong(uint256 have, uint256 max);
    /// @notice Thrown when the lowest claim that is not final can't become so yet, or there is none.
    error RollupManager_NothingToFinalize(uint256 batch);

    /// @notice Thrown when a state claim is still pending.
    error RollupManager_StateClaimPending(uint256 serial);
    /// @notice Thrown when a state claim's batch is not above r and at most the last final batch.
    error RollupManager_StateBatchOutOfRange(uint256 have, uint256 min, uint256 max);
    /// @notice Thrown when the pending state claim has another serial, or there is none (0).
    error RollupManager_StateSerialDiffers(uint256 have, uint256 want);
    /// @notice Thrown when the window is still open; a call is legal from `want` on.
    error RollupManager_WindowOpen(uint256 have, uint256 want);
    /// @notice Thrown when games are still open on the claim.
    error RollupManager_GamesOpen(uint256 serial, uint256 games);
    /// @notice Thrown when claims are left that are not final.
    error RollupManager_ClaimsPending(uint256 claimed, uint256 finalized);

    /// @notice Thrown when the sequencer is not idle yet; a call is legal from `want` on.
    error RollupManager_NotIdle(uint256 have, uint256 want);
    /// @notice Thrown when the named claim is not there, or not any more (serial 0), or final.
    error RollupManager_ClaimAbsent(uint256 batch, uint256 have, uint256 want);
    /// @notice Thrown when a claim's window for opening games is over.
    error RollupManager_WindowClosed(uint256 have, uint256 max);
    /// @notice Thrown when a game is closed on a claim that has none.
    error RollupManager_NoGameOpen(uint256 serial);
    /// @notice Thrown when the account is owed nothing.
    error RollupManager_NothingOwed(address account);
}
