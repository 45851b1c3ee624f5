// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Piece} from "./Piece.sol";

/// @title Loops and creates on L2, and a batch of calls for an account that delegates to it
contract Workshop {
    /// @notice One call of `perform`.
    struct Call {
        address to;
        uint256 value;
        bytes data;
    }

    /// @notice The pieces made here, in their order.
    Piece[] public pieces;
    /// @notice The last result of `grind`.
    bytes32 public dust;

    /// @notice Thrown when somebody else than the account itself asks it to act.
    error Workshop_CallerIsNotSelf(address have, address want);
    /// @notice Thrown when the call at `index` failed.
    error Workshop_CallFailed(uint256 index, bytes reason);

    /// @notice A piece was made.
    event PieceMade(uint256 indexed index, address piece);
    /// @notice Something was ground to dust.
    event Ground(uint256 rounds, bytes32 dust);
    /// @notice All calls were made.
    event Performed(uint256 calls);

    /// @notice An account that delegates here still takes ether.
    receive() external payable {}

    /// @notice Makes `count` pieces, every other one at an address that is known before.
    function make(uint256 count) external {
        for (uint256 i = 0; i < count; ++i) {
            uint256 index = pieces.length;
            Piece piece = index % 2 == 0 ? new Piece(index) : new Piece{salt: bytes32(index)}(index);
            pieces.push(piece);
            emit PieceMade(index, address(piece));
        }
    }

    /// @notice Rubs every piece from `first` up to, not including, `last`.
    function rub(uint256 first, uint256 last, uint256 times) external {
        for (uint256 i = first; i < last; ++i) {
            pieces[i].rub(times);
        }
    }

    /// @notice Hashes `rounds` times.
    function grind(uint256 rounds) external returns (bytes32 result) {
        result = dust;
        for (uint256 i = 0; i < rounds; ++i) {
            result = keccak256(abi.encode(result, i));
        }
        dust = result;
        emit Ground(rounds, result);
    }

    /// @notice Makes calls as the account itself, all or none. For an account that delegates here (EIP-7702).
    function perform(Call[] calldata calls) external payable {
        require(msg.sender == address(this), Workshop_CallerIsNotSelf(msg.sender, address(this)));
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool done, bytes memory answer) = calls[i].to.call{value: calls[i].value}(calls[i].data);
            require(done, Workshop_CallFailed(i, answer));
        }
        emit Performed(calls.length);
    }
}
