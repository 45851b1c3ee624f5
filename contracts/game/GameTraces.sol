// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Machines} from "../machine/Machines.sol";
import {GameStorage} from "./GameStorage.sol";

/// @title How stage two begins
abstract contract GameTraces is GameStorage {
    /// @dev Case A: the whole trace of the disputed batch, from the start that both have to the claimed h(D_n).
    function _beginExecution(Game memory game) internal view {
        game.batch = game.disputed.batch;
        _beginTrace(
            game, Form.Execution, Machines.startHash(GAS_LIMIT), Machines.diffHash(game.disputed.root)
        );
    }

    /// @dev A trace from its first index to its last.
    function _beginTrace(Game memory game, Form form, bytes32 first, bytes32 last) internal pure {
        game.stage = Stage.Trace;
        game.form = form;
        game.low = 0;
        game.high = traceEnd(form);
        game.lowHash = first;
        game.highHash = last;
        _cut(game);
    }
}
