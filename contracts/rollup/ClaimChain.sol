// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupManager} from "../interfaces/IRollupManager.sol";
import {RollupStorage} from "./RollupStorage.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title The replaceable claims, and how they become final
abstract contract ClaimChain is RollupStorage {
    using SafeCast for uint256;

    /// @inheritdoc IRollupManager
    function claim(
        uint64 firstBatch,
        bytes32 lastOrderHash,
        uint64 previousSerial,
        bytes32[] calldata diffRoots
    ) external onlySequencer {
        uint64 last = _claim(firstBatch, previousSerial, diffRoots);
        bytes32 actual = _orderHashes[last];
        require(lastOrderHash == actual, RollupManager_OrderHashDiffers(lastOrderHash, actual));
    }

    /// @inheritdoc IRollupManager
    function finalize(uint256 maxCount) external returns (uint256 count) {
        Heads memory head = _heads;
        uint64 batch = head.finalized;
        while (batch < head.claimed && batch - head.finalized < maxCount) {
            Claim storage next = _claims[batch + 1];
            if (next.openGames != 0 || block.timestamp <= uint256(next.time) + CLAIM_WINDOW) break;
            ++batch;
        }
        require(batch != head.finalized, RollupManager_NothingToFinalize(uint256(batch) + 1));
        _heads.finalized = batch;
        emit BatchesFinalized(uint256(head.finalized) + 1, batch);
        return batch - head.finalized;
    }

    /// @inheritdoc IRollupManager
    function claimState(uint64 batch, bytes32 orderHash_, uint64 previousSerial, bytes32 stateRoot)
        external
        onlySequencer
    {
        Heads memory head = _heads;
        require(_pendingState.serial == 0, RollupManager_StateClaimPending(_pendingState.serial));
        uint64 r = _base.batch;
        require(
            batch > r && batch <= head.finalized,
            RollupManager_StateBatchOutOfRange(batch, uint256(r) + 1, head.finalized)
        );
        bytes32 actual = _orderHashes[batch];
        require(orderHash_ == actual, RollupManager_OrderHashDiffers(orderHash_, actual));
        require(previousSerial == head.serial, RollupManager_SerialChanged(previousSerial, head.serial));

        uint64 serial = head.serial + 1;
        _heads.serial = serial;
        _pendingState =
            StateClaim({stateRoot: stateRoot, serial: serial, batch: batch, time: _now(), openGames: 0});
        emit StateClaimed(batch, _seat.term, serial, _now(), stateRoot);
    }

    /// @inheritdoc IRollupManager
    function finalizeState(uint64 serial) external {
        StateClaim memory pending = _pendingState;
        require(
            serial != 0 && serial == pending.serial, RollupManager_StateSerialDiffers(serial, pending.serial)
        );
        require(pending.openGames == 0, RollupManager_GamesOpen(serial, pending.openGames));
        uint256 end = uint256(pending.time) + STATE_WINDOW;
        require(block.timestamp > end, RollupManager_WindowOpen(block.timestamp, end + 1));

        _base = Base({stateRoot: pending.stateRoot, batch: pending.batch});
        delete _pendingState;
        emit StateFinalized(pending.batch, serial, pending.stateRoot);
    }

    /// @dev The loop is as long as the caller's own array. Answers the last batch claimed.
    function _claim(uint64 firstBatch, uint64 previousSerial, bytes32[] calldata diffRoots)
        internal
        returns (uint64 last)
    {
        Heads memory head = _heads;
        require(diffRoots.length != 0, RollupManager_NoClaims());
        require(
            firstBatch == head.claimed + 1,
            RollupManager_ClaimOutOfTurn(firstBatch, uint256(head.claimed) + 1)
        );
        require(previousSerial == head.serial, RollupManager_SerialChanged(previousSerial, head.serial));
        last = (uint256(head.claimed) + diffRoots.length).toUint64();
        require(last <= head.ordered, RollupManager_OrderAbsent(last, head.ordered));
        uint256 highest = uint256(_base.batch) + MAX_LAG;
        require(last <= highest, RollupManager_LagTooLong(last, highest));

        uint64 time = _now();
        uint64 term = _seat.term;
        for (uint64 i = 0; i < diffRoots.length; ++i) {
            _claims[firstBatch + i] = Claim({
                diffRoot: diffRoots[i], serial: previousSerial + 1 + i, term: term, time: time, openGames: 0
            });
        }
        _heads.claimed = last;
        _heads.serial = (uint256(previousSerial) + diffRoots.length).toUint64();
        emit BatchesClaimed(firstBatch, term, uint256(previousSerial) + 1, time, diffRoots);
    }
}
