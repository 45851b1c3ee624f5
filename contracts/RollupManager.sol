// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupManager} from "./interfaces/IRollupManager.sol";
import {Orders} from "./libraries/Orders.sol";
import {Protocol} from "./libraries/Protocol.sol";
import {ClaimChain} from "./rollup/ClaimChain.sol";
import {GameHooks} from "./rollup/GameHooks.sol";
import {OrderChain} from "./rollup/OrderChain.sol";
import {RollupStorage} from "./rollup/RollupStorage.sol";

/// @title The rollup on L1
/// @notice Permanent orders, replaceable claims, one staked role, a final index, and the verdicts of the game.
/// No owner, no setter, no pause: what is not decided by the rules below is decided at deployment.
contract RollupManager is OrderChain, ClaimChain, GameHooks {
    /// @param p frozen parameters; deployment fails unless `Protocol.requireSound`
    /// @param game_ the address that the game will have or has
    /// @param genesisStateRoot h(S_0)
    /// @param chainConfigHash_ hash of what every batch is executed under
    constructor(
        Protocol.Parameters memory p,
        address game_,
        bytes32 genesisStateRoot,
        bytes32 chainConfigHash_
    ) RollupStorage(p, game_, genesisStateRoot, chainConfigHash_) {}

    /// @inheritdoc IRollupManager
    function appendAndClaim(
        bytes32 parentHash,
        Orders.Context calldata context,
        bytes calldata data,
        uint64 firstBatch,
        uint64 previousSerial,
        bytes32[] calldata diffRoots
    ) external onlySequencer returns (bytes32 newHash) {
        newHash = _append(parentHash, context, data);
        _claim(firstBatch, previousSerial, diffRoots);
    }
}
