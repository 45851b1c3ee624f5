// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bisections} from "../game/Bisections.sol";
import {Games} from "../game/Games.sol";
import {Vectors} from "../game/Vectors.sol";
import {IGameTypes} from "../interfaces/IGameTypes.sol";

/// @title The pure parts of the game, callable one by one
contract GameHarness is IGameTypes {
    function vectorRoot(bytes32[] calldata hashes) external pure returns (bytes32) {
        return Vectors.root(hashes);
    }

    function checkOpening(bytes32 want, uint256 width, uint256 index, Vectors.Opening calldata opening)
        external
        pure
    {
        Vectors.check(want, width, index, opening);
    }

    function points(uint256 low, uint256 high, uint256 arity) external pure returns (uint256[] memory cuts) {
        uint256 count = Bisections.segments(high - low, arity);
        cuts = new uint256[](count + 1);
        for (uint256 j = 0; j <= count; ++j) {
            cuts[j] = low + Bisections.point(high - low, count, j);
        }
    }

    function describe(Game calldata game)
        external
        pure
        returns (bytes32 gameHash, Side turn, uint256 deadline)
    {
        return (Games.hash(game), Games.turn(game), Games.deadline(game));
    }
}
