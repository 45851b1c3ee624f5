// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupErrors} from "../interfaces/IRollupErrors.sol";
import {IRollupManager} from "../interfaces/IRollupManager.sol";

/// @title A game without rules: whoever calls decides
/// @notice Tests deploy it at the predicted address to drive the hooks of the rollup, whose errors pass through.
contract GameStub is IRollupErrors {
    /// @notice The rollup that this game was deployed for.
    IRollupManager public immutable rollup;

    /// @notice What the last opening was told to freeze.
    Disputed internal _disputed;

    /// @notice A hook answered.
    event HookAnswered(bool live);

    constructor(IRollupManager rollup_) {
        rollup = rollup_;
    }

    function openClaimGame(uint64 batch, uint64 serial) external {
        _disputed = rollup.openClaimGame(batch, serial);
    }

    function openStateGame(uint64 serial) external {
        _disputed = rollup.openStateGame(serial);
    }

    function closeClaimGame(uint64 batch, uint64 serial) external returns (bool live) {
        live = rollup.closeClaimGame(batch, serial);
        emit HookAnswered(live);
    }

    function closeStateGame(uint64 serial) external returns (bool live) {
        live = rollup.closeStateGame(serial);
        emit HookAnswered(live);
    }

    function slash(uint64 term, address winner) external returns (bool live) {
        live = rollup.slash(term, winner);
        emit HookAnswered(live);
    }

    function disputed() external view returns (Disputed memory) {
        return _disputed;
    }
}
