// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BisectionGame} from "../BisectionGame.sol";
import {IRollupManager} from "../interfaces/IRollupManager.sol";
import {IStepVerifier} from "../interfaces/IStepVerifier.sol";
import {ChainConfigs} from "../libraries/ChainConfigs.sol";

/// @title The game over traces that are played in no time
/// @notice For tests that play all there is to play. Fits `ToyVerifier`, whose traces end within these.
contract TinyBisectionGame is BisectionGame {
    constructor(IRollupManager rollup_, IStepVerifier verifier_, ChainConfigs.ChainConfig memory config)
        BisectionGame(rollup_, verifier_, config)
    {}

    /// @notice 8 steps of an execution, 3 of an application.
    function traceEnd(Form form) public pure override returns (uint64) {
        return form == Form.Application ? 3 : 8;
    }
}
