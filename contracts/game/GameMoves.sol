// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBisectionGame} from "../interfaces/IBisectionGame.sol";
import {Orders} from "../libraries/Orders.sol";
import {Machines} from "../machine/Machines.sol";
import {Bisections} from "./Bisections.sol";
import {GameTraces} from "./GameTraces.sol";
import {Vectors} from "./Vectors.sol";

/// @title The moves of both sides
abstract contract GameMoves is GameTraces {
    /// @inheritdoc IBisectionGame
    function agree(Game calldata stored) external {
        Game memory game = _beginMove(stored, Phase.Answer);
        _beginExecution(game);
        emit Agreed(game.id, _endMove(game), game.movedAt);
    }

    /// @inheritdoc IBisectionGame
    function object(Game calldata stored, bytes32 parentRoot) external {
        Game memory game = _beginMove(stored, Phase.Answer);
        require(parentRoot != game.parentRoot, BisectionGame_NoObjection(parentRoot));
        game.contextHash = 0;
        game.highHash = parentRoot;
        _cut(game);
        emit Objected(game.id, _endMove(game), game.movedAt, parentRoot);
    }

    /// @inheritdoc IBisectionGame
    function reveal(Game calldata stored, bytes32[] calldata hashes) external {
        Game memory game = _beginMove(stored, Phase.Reveal);
        uint256 want = Bisections.segments(game.high - game.low, ARITY) - 1;
        require(hashes.length == want, BisectionGame_VectorLengthDiffers(hashes.length, want));
        game.vectorRoot = Vectors.root(hashes);
        game.phase = Phase.Point;
        emit Revealed(game.id, _endMove(game), game.movedAt, hashes);
    }

    /// @inheritdoc IBisectionGame
    function point(
        Game calldata stored,
        uint256 segment,
        Vectors.Opening calldata start,
        Vectors.Opening calldata end
    ) external {
        Game memory game = _beginMove(stored, Phase.Point);
        uint256 length = game.high - game.low;
        uint256 count = Bisections.segments(length, ARITY);
        require(segment < count, BisectionGame_NoSuchSegment(segment, count));
        _requirePoint(game, count, segment, start);
        _requirePoint(game, count, segment + 1, end);

        // SAFETY of the casts: both are at most `high`.
        game.high = game.low + uint64(Bisections.point(length, count, segment + 1));
        game.low = game.low + uint64(Bisections.point(length, count, segment));
        game.lowHash = start.hash;
        game.highHash = end.hash;
        game.vectorRoot = 0;
        _cut(game);
        emit Pointed(game.id, _endMove(game), game.movedAt, segment, start.hash, end.hash);
    }

    /// @inheritdoc IBisectionGame
    function choose(Game calldata stored, Form form, Orders.Order calldata order, bytes32 diffRoot) external {
        Game memory game = _beginMove(stored, Phase.Choose);
        _requireChoice(game.high, form, order, diffRoot);
        game.batch = game.high;
        game.contextHash = _contextHash(order, game.lowHash, form);
        _beginTrace(
            game,
            form,
            form == Form.Application
                ? Machines.applyHash(game.lowHash, diffRoot)
                : Machines.startHash(GAS_LIMIT),
            form == Form.Execution ? Machines.diffHash(diffRoot) : Machines.stateHash(game.highHash)
        );
        emit FormChosen(game.id, _endMove(game), game.movedAt, form, diffRoot, game.contextHash);
    }

    /// @dev What the challenger read of `batch` is what L1 has, and the form is open.
    function _requireChoice(uint64 batch, Form form, Orders.Order calldata order, bytes32 diffRoot)
        private
        view
    {
        bytes32 have = Orders.hash(order);
        bytes32 want = rollup.orderHash(batch);
        require(have == want, BisectionGame_OrderDiffers(have, want));
        uint64 finalized = rollup.heads().finalized;
        // What is not final was claimed in the game's own term: claims of an ended term were deleted.
        require(form == Form.Application || batch > finalized, BisectionGame_BatchIsFinal(batch, finalized));
        bytes32 claimed = rollup.claimOf(batch).diffRoot;
        require(diffRoot == claimed, BisectionGame_ClaimDiffers(diffRoot, claimed));
    }

    /// @dev Point `index` of `count + 1`: the ends of the range are the game's, what lies between is the vector's.
    function _requirePoint(Game memory game, uint256 count, uint256 index, Vectors.Opening calldata opening)
        private
        pure
    {
        if (index != 0 && index != count) {
            Vectors.check(game.vectorRoot, count - 1, index - 1, opening);
            return;
        }
        bytes32 want = index == 0 ? game.lowHash : game.highHash;
        require(opening.hash == want, BisectionGame_EndDiffers(opening.hash, want));
        require(opening.siblings.length == 0, Vectors.Vectors_DepthDiffers(opening.siblings.length, 0));
    }
}
