// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Orders} from "../libraries/Orders.sol";
import {Protocol} from "../libraries/Protocol.sol";
import {IRollupErrors} from "./IRollupErrors.sol";
import {IRollupEvents} from "./IRollupEvents.sol";

/// @title Orders, claims, the role, the stake, finality and verdicts
interface IRollupManager is IRollupErrors, IRollupEvents {
    // Orders

    /// @notice Appends the next order. Only the Active sequencer.
    /// @param parentHash hash of the order that the caller builds on; the call reverts on any other chain
    /// @param context what the order declares; checked here, not believed
    /// @param data T_n
    /// @return orderHash hash of the new order
    function append(bytes32 parentHash, Orders.Context calldata context, bytes calldata data)
        external
        returns (bytes32 orderHash);

    /// @notice Appends the next order, then claims from `firstBatch` on; see `append` and `claim`. The parent's
    /// hash fixes every order that can be claimed here, so no second hash is asked for.
    function appendAndClaim(
        bytes32 parentHash,
        Orders.Context calldata context,
        bytes calldata data,
        uint64 firstBatch,
        uint64 previousSerial,
        bytes32[] calldata diffRoots
    ) external returns (bytes32 orderHash);

    // Claims

    /// @notice Claims h(D_n) of `diffRoots.length` batches in a row. Only the Active sequencer.
    /// @param firstBatch the batch after the last claimed one
    /// @param lastOrderHash hash of the last order claimed here, which fixes all before it
    /// @param previousSerial the last serial given out; the new ones follow it
    /// @param diffRoots h(D_n), one a batch
    function claim(
        uint64 firstBatch,
        bytes32 lastOrderHash,
        uint64 previousSerial,
        bytes32[] calldata diffRoots
    ) external;

    /// @notice Moves the final index over at most `maxCount` claims; stops at the first that can't be final yet.
    /// @return count how many became final; the call reverts instead of answering 0
    function finalize(uint256 maxCount) external returns (uint256 count);

    /// @notice Claims h(S_m) for a final batch m > r. Only the Active sequencer, one at a time.
    function claimState(uint64 batch, bytes32 orderHash_, uint64 previousSerial, bytes32 stateRoot) external;

    /// @notice Makes the pending state claim final once its window is over and no game on it is open: r := m.
    function finalizeState(uint64 serial) external;

    // The role

    /// @notice Begins a term: the caller deposits exactly the stake and becomes the Active sequencer.
    function beginTerm() external payable returns (uint64 term);

    /// @notice The sequencer stops ordering and claiming for the rest of its term.
    function retire() external;

    /// @notice Retires a sequencer from whom no order has come for longer than T_idle. Anyone.
    function retireSilent() external;

    /// @notice Retires a sequencer that has left an order unclaimed for longer than T_idle. Anyone.
    /// @param order the order of the first batch without a claim
    function retireUnclaimed(Orders.Order calldata order) external;

    /// @notice Ends the term of a Retiring sequencer whose claims are all final. Anyone.
    function endTerm() external;

    /// @notice Pays `account` what it is owed. Anyone.
    function withdraw(address account) external returns (uint256 amount);

    // Hooks of the game. None of them can be called by anybody else.

    /// @notice A game opens on the claim of `batch`; reverts unless that is legal now.
    function openClaimGame(uint64 batch, uint64 serial) external returns (Disputed memory disputed);

    /// @notice A game opens on the pending state claim; reverts unless that is legal now.
    function openStateGame(uint64 serial) external returns (Disputed memory disputed);

    /// @notice A challenger has lost a game on the claim of `batch`.
    /// @return live false if the claim's term is over, so that the game is void and nothing changes
    function closeClaimGame(uint64 batch, uint64 serial) external returns (bool live);

    /// @notice A challenger has lost a game on the state claim; see `closeClaimGame`.
    function closeStateGame(uint64 serial) external returns (bool live);

    /// @notice The sequencer of `term` has lost a game to `winner`: its whole stake is gone, and with it all that
    /// is not final. Half of the stake is burnt, the other half credited to `winner`.
    /// @return live false if the term is over already, so that the game is void and nothing changes
    function slash(uint64 term, address winner) external returns (bool live);

    // Views

    /// @notice The one contract that may call the hooks.
    function game() external view returns (address);
    /// @notice Hash of the chain's configuration, as it enters the hash of order 0.
    function chainConfigHash() external view returns (bytes32);
    /// @notice The frozen parameters.
    function parameters() external view returns (Protocol.Parameters memory);
    /// @notice Who holds the role.
    function seat() external view returns (Seat memory);
    /// @notice The last batch ordered, claimed, final; the last serial.
    function heads() external view returns (Heads memory);
    /// @notice The times that idleness and the next timestamp are measured from.
    function clocks() external view returns (Clocks memory);
    /// @notice r and h(S_r).
    function base() external view returns (Base memory);
    /// @notice The pending state claim; serial 0 if there is none.
    function pendingState() external view returns (StateClaim memory);
    /// @notice Hash of an order; 0 if there is none. Order 0 is the genesis.
    function orderHash(uint256 batch) external view returns (bytes32);
    /// @notice The standing claim of a batch; serial 0 if there is none.
    function claimOf(uint256 batch) external view returns (Claim memory);
    /// @notice Whether `term` goes on, so that its games mean something.
    function isLive(uint64 term) external view returns (bool);
    /// @notice What `withdraw` would pay.
    function creditOf(address account) external view returns (uint256);
    /// @notice The last second in which an order of the running term may lie unclaimed.
    function claimDeadline(uint64 batch, uint64 timestamp) external view returns (uint256);
}
