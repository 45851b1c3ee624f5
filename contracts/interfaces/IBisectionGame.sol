// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vectors} from "../game/Vectors.sol";
import {Orders} from "../libraries/Orders.sol";
import {IGameErrors} from "./IGameErrors.sol";
import {IGameEvents} from "./IGameEvents.sol";
import {IRollupManager} from "./IRollupManager.sol";
import {IStepVerifier} from "./IStepVerifier.sol";

/// @title The contract that plays the disputes of the rollup
/// @notice It calls the hooks of `IRollupManager`: `openClaimGame` or `openStateGame` once at the opening of a game,
/// then at most one of `closeClaimGame`, `closeStateGame` and `slash` at its end. Every call on a game hands in the
/// whole game, whose hash is compared with the one stored: a call made for another state of it (a race, a reorg)
/// reverts with `BisectionGame_GameChanged` and harms nobody.
interface IBisectionGame is IGameErrors, IGameEvents {
    /// @notice The rollup that this game was deployed for; the deployment checks that each names the other.
    function rollup() external view returns (IRollupManager);

    /// @notice What judges the last step.
    function verifier() external view returns (IStepVerifier);

    /// @notice Games opened so far; the last id given out.
    function opened() external view returns (uint64);

    /// @notice The hash of a game that goes on, 0 of one that is over or never was.
    function gameHash(uint256 id) external view returns (bytes32);

    /// @notice What the contract owes an account.
    function creditOf(address account) external view returns (uint256);

    /// @notice Disputes the claim of batch `order.batch` for the bond.
    /// @param order The order of that batch.
    /// @param serial The serial of the claim.
    /// @param diffRoot The h(D_n) that is denied: where L1 was reorganized, this serial may be another claim's.
    /// @param parentRoot h(S'_{n-1}) as the challenger has it.
    function openClaimGame(Orders.Order calldata order, uint64 serial, bytes32 diffRoot, bytes32 parentRoot)
        external
        payable
        returns (uint64 id);

    /// @notice Disputes the pending state claim for the bond.
    /// @param stateRoot The h(S_m) that is denied.
    function openStateGame(uint64 serial, bytes32 stateRoot) external payable returns (uint64 id);

    /// @notice The sequencer has the challenger's h(S_{n-1}): the trace of batch n is played (case A).
    function agree(Game calldata game) external;

    /// @notice The sequencer has another h(S_{n-1}): the batches between r and n - 1 are played (case B).
    function object(Game calldata game, bytes32 parentRoot) external;

    /// @notice The sequencer shows the inner hashes of the range, as many as the cut rule says.
    function reveal(Game calldata game, bytes32[] calldata hashes) external;

    /// @notice The challenger points at the segment whose start it accepts and whose end it denies.
    /// @param start The hash where the segment begins, opened in the vector unless it is the range's own.
    /// @param end The hash where it ends, likewise.
    function point(
        Game calldata game,
        uint256 segment,
        Vectors.Opening calldata start,
        Vectors.Opening calldata end
    ) external;

    /// @notice The challenger says which trace of the batch at the range's end it disputes. Of a final batch only the
    /// application is open.
    /// @param order The order of that batch.
    /// @param diffRoot The standing h(D_x), as the challenger chose by it.
    function choose(Game calldata game, Form form, Orders.Order calldata order, bytes32 diffRoot) external;

    /// @notice Anybody shows the last step. Whoever is wrong about it has lost. A witness that shows nothing reverts.
    function proveStep(Game calldata game, bytes calldata witness) external;

    /// @notice Anybody ends a game whose side on turn has used up its time.
    function timeOut(Game calldata game) external;

    /// @notice Anybody gives the bond of a game back whose term is over.
    function refund(Game calldata game) external;

    /// @notice Anybody has an account's credit paid to it.
    function withdraw(address account) external returns (uint256 amount);
}
