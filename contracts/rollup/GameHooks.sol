// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupManager} from "../interfaces/IRollupManager.sol";
import {SequencerRole} from "./SequencerRole.sol";

/// @title What the game may do, and nobody else
/// @dev Closing and slashing answer false instead of reverting where the term is over: a void game must always
/// be able to give its challenger the bond back.
abstract contract GameHooks is SequencerRole {
    /// @inheritdoc IRollupManager
    function openClaimGame(uint64 batch, uint64 serial) external onlyGame returns (Disputed memory) {
        Claim storage disputed = _claims[batch];
        require(_standing(batch, serial), RollupManager_ClaimAbsent(batch, serial, disputed.serial));
        _requireOpen(uint256(disputed.time) + CLAIM_WINDOW);
        emit GameOpened(batch, serial, ++disputed.openGames);
        return _frozen(batch, serial, disputed.diffRoot);
    }

    /// @inheritdoc IRollupManager
    function openStateGame(uint64 serial) external onlyGame returns (Disputed memory) {
        StateClaim storage disputed = _pendingState;
        uint64 pending = disputed.serial;
        require(serial != 0 && serial == pending, RollupManager_StateSerialDiffers(serial, pending));
        _requireOpen(uint256(disputed.time) + STATE_WINDOW);
        emit GameOpened(disputed.batch, serial, ++disputed.openGames);
        return _frozen(disputed.batch, serial, disputed.stateRoot);
    }

    /// @inheritdoc IRollupManager
    function closeClaimGame(uint64 batch, uint64 serial) external onlyGame returns (bool live) {
        if (!_standing(batch, serial)) return false;
        Claim storage disputed = _claims[batch];
        require(disputed.openGames != 0, RollupManager_NoGameOpen(serial));
        emit GameClosed(batch, serial, --disputed.openGames);
        return true;
    }

    /// @inheritdoc IRollupManager
    function closeStateGame(uint64 serial) external onlyGame returns (bool live) {
        StateClaim storage disputed = _pendingState;
        if (serial == 0 || serial != disputed.serial) return false;
        require(disputed.openGames != 0, RollupManager_NoGameOpen(serial));
        emit GameClosed(disputed.batch, serial, --disputed.openGames);
        return true;
    }

    /// @inheritdoc IRollupManager
    function slash(uint64 term, address winner) external onlyGame returns (bool live) {
        if (!isLive(term)) return false;
        _slash(winner);
        return true;
    }

    function _frozen(uint64 batch, uint64 serial, bytes32 root) private view returns (Disputed memory) {
        return Disputed({
            sequencer: _seat.sequencer,
            term: _seat.term,
            serial: serial,
            batch: batch,
            root: root,
            parentHash: _orderHashes[batch - 1],
            orderHash: _orderHashes[batch],
            base: _base
        });
    }

    function _requireOpen(uint256 deadline) private view {
        require(block.timestamp <= deadline, RollupManager_WindowClosed(block.timestamp, deadline));
    }
}
