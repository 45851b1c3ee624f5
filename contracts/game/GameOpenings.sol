// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBisectionGame} from "../interfaces/IBisectionGame.sol";
import {Orders} from "../libraries/Orders.sol";
import {GameTraces} from "./GameTraces.sol";

/// @title How a game begins
/// @dev Ids count up, so that nobody can be kept from opening by having its id taken.
abstract contract GameOpenings is GameTraces {
    /// @inheritdoc IBisectionGame
    function openClaimGame(Orders.Order calldata order, uint64 serial, bytes32 diffRoot, bytes32 parentRoot)
        external
        payable
        returns (uint64 id)
    {
        Game memory game = _begin(Kind.Claim);
        Disputed memory disputed = rollup.openClaimGame(order.batch, serial);
        bytes32 have = Orders.hash(order);
        require(have == disputed.orderHash, BisectionGame_OrderDiffers(have, disputed.orderHash));
        require(diffRoot == disputed.root, BisectionGame_ClaimDiffers(diffRoot, disputed.root));

        game.disputed = disputed;
        game.parentRoot = parentRoot;
        game.contextHash = _contextHash(order, parentRoot, Form.Execution);
        game.low = disputed.base.batch;
        game.lowHash = disputed.base.stateRoot;
        game.high = disputed.batch - 1;
        if (game.high == game.low) {
            require(parentRoot == game.lowHash, BisectionGame_ParentRootDiffers(parentRoot, game.lowHash));
            _beginExecution(game);
        }
        return _open(game);
    }

    /// @inheritdoc IBisectionGame
    function openStateGame(uint64 serial, bytes32 stateRoot) external payable returns (uint64 id) {
        Game memory game = _begin(Kind.State);
        Disputed memory disputed = rollup.openStateGame(serial);
        require(stateRoot == disputed.root, BisectionGame_ClaimDiffers(stateRoot, disputed.root));
        game.disputed = disputed;
        game.low = disputed.base.batch;
        game.lowHash = disputed.base.stateRoot;
        game.high = disputed.batch;
        game.highHash = disputed.root;
        _cut(game);
        return _open(game);
    }

    function _begin(Kind kind) private view returns (Game memory game) {
        require(msg.value == BOND, BisectionGame_WrongBond(msg.value, BOND));
        game.kind = kind;
        game.challenger = msg.sender;
        game.movedAt = _now();
        game.sequencerTime = CLOCK;
        game.challengerTime = CLOCK;
    }

    function _open(Game memory game) private returns (uint64 id) {
        id = ++opened;
        game.id = id;
        emit GameOpened(id, msg.sender, game.disputed.serial, _endMove(game), game);
    }
}
