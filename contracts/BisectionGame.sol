// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GameMoves} from "./game/GameMoves.sol";
import {GameOpenings} from "./game/GameOpenings.sol";
import {GameStorage} from "./game/GameStorage.sol";
import {GameVerdicts} from "./game/GameVerdicts.sol";
import {IRollupManager} from "./interfaces/IRollupManager.sol";
import {IStepVerifier} from "./interfaces/IStepVerifier.sol";
import {ChainConfigs} from "./libraries/ChainConfigs.sol";

/// @title The dispute game
/// @notice Two stages of bisection, over batches and over the steps of one batch, then one step on chain. Games are
/// independent of each other; each has two clocks, one bond, one verdict. No owner, no setter, no pause.
contract BisectionGame is GameOpenings, GameMoves, GameVerdicts {
    /// @param rollup_ the rollup whose disputes it plays, deployed before for this contract's address
    /// @param verifier_ what judges the last step
    /// @param config the configuration whose hash the rollup holds
    constructor(IRollupManager rollup_, IStepVerifier verifier_, ChainConfigs.ChainConfig memory config)
        GameStorage(rollup_, verifier_, config)
    {}
}
