// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What a Workshop makes
contract Piece {
    /// @notice The workshop that made it.
    address public immutable maker;
    /// @notice How smooth it is by now.
    uint256 public polish;

    /// @notice Thrown when somebody else than the maker handles the piece.
    error Piece_CallerIsNotMaker(address have, address want);

    /// @notice The piece was made smoother.
    event Polished(uint256 polish);

    constructor(uint256 polish_) {
        maker = msg.sender;
        polish = polish_;
    }

    /// @notice Adds to the polish.
    function rub(uint256 times) external returns (uint256) {
        require(msg.sender == maker, Piece_CallerIsNotMaker(msg.sender, maker));
        polish += times;
        emit Polished(polish);
        return polish;
    }
}
