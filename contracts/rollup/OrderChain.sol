// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupManager} from "../interfaces/IRollupManager.sol";
import {Orders} from "../libraries/Orders.sol";
import {PagedBytes} from "../trees/PagedBytes.sol";
import {RollupStorage} from "./RollupStorage.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title The permanent chain of orders
abstract contract OrderChain is RollupStorage {
    /// @inheritdoc IRollupManager
    function append(bytes32 parentHash, Orders.Context calldata context, bytes calldata data)
        external
        onlySequencer
        returns (bytes32)
    {
        return _append(parentHash, context, data);
    }

    function _append(bytes32 parentHash, Orders.Context calldata context, bytes calldata data)
        internal
        returns (bytes32 newHash)
    {
        uint64 batch = _heads.ordered + 1;
        bytes32 head = _orderHashes[batch - 1];
        require(parentHash == head, RollupManager_ParentChanged(parentHash, head));
        _requireReadable(data);
        _requireTrue(context, batch);

        Orders.Order memory order = Orders.Order({
            parentHash: parentHash,
            batch: batch,
            dataRoot: PagedBytes.rootOf(data),
            size: SafeCast.toUint32(data.length),
            timestamp: context.timestamp,
            prevrandao: context.prevrandao,
            coinbase: context.coinbase
        });
        newHash = Orders.hash(order);

        _heads.ordered = batch;
        _clocks.orderTimestamp = context.timestamp;
        _clocks.orderedAt = _now();
        _orderHashes[batch] = newHash;
        emit OrderAppended(
            batch,
            newHash,
            _seat.term,
            order.dataRoot,
            order.timestamp,
            order.prevrandao,
            order.coinbase,
            data
        );
    }

    /// @dev What follows the version byte may be anything: every T_n has a meaning.
    function _requireReadable(bytes calldata data) private pure {
        require(
            data.length != 0 && data.length <= Orders.MAX_SIZE,
            RollupManager_SizeOutOfRange(data.length, Orders.MAX_SIZE)
        );
        require(
            uint8(data[0]) == Orders.VERSION, RollupManager_UnknownVersion(uint8(data[0]), Orders.VERSION)
        );
    }

    /// @dev Checks the declared context of order `batch` against L1. The first order has no predecessor in time.
    function _requireTrue(Orders.Context calldata context, uint64 batch) private view {
        uint256 timestamp = context.timestamp;
        if (batch > 1) {
            uint256 earliest = uint256(_clocks.orderTimestamp) + BATCH_INTERVAL;
            require(timestamp >= earliest, RollupManager_TimestampTooEarly(timestamp, earliest));
        }
        require(timestamp <= block.timestamp, RollupManager_TimestampInFuture(timestamp, block.timestamp));
        uint256 oldest = block.timestamp > MAX_ORDER_AGE ? block.timestamp - MAX_ORDER_AGE : 0;
        require(timestamp >= oldest, RollupManager_TimestampTooOld(timestamp, oldest));

        // The hash of the current block, a later one or one older than 256 is 0.
        bytes32 actual = blockhash(context.l1Block);
        require(actual != 0, RollupManager_L1BlockOutOfReach(context.l1Block, block.number));
        require(context.prevrandao == actual, RollupManager_PrevrandaoDiffers(context.prevrandao, actual));
    }
}
