// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title How a range is cut
/// @notice A range [low, high] of length L = high - low is cut into m = min(k, L) segments at the points
/// `low + floor(j * L / m)`, j = 0 .. m. The longest has ceil(L / m) steps, so that a range of length L needs
/// ceil(log_k L) rounds. Twin: `offchain/game/bisections.py`.
library Bisections {
    /// @notice m: the number of segments, for a length of at least 1.
    function segments(uint256 length, uint256 arity) internal pure returns (uint256) {
        return length < arity ? length : arity;
    }

    /// @notice Point `j` of 0 .. `count`, as a distance from the low end.
    /// @dev A length has at most 64 bits and `j` at most 7, so that nothing overflows.
    function point(uint256 length, uint256 count, uint256 j) internal pure returns (uint256) {
        return j * length / count;
    }
}
