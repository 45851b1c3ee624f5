// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Sending ether without listening
library Ether {
    /// @notice Thrown when `recipient` did not take `amount` wei.
    error Ether_NotTaken(address recipient, uint256 amount);

    /// @notice Sends `amount` wei with all gas. Whatever the recipient returns is ignored, only its refusal reverts.
    function send(address recipient, uint256 amount) internal {
        bool taken;
        // SAFETY: reads and writes no memory: no calldata is sent and no return data is copied, so that a
        // recipient can't make the caller pay for a large answer.
        assembly ("memory-safe") {
            taken := call(gas(), recipient, amount, 0, 0, 0, 0)
        }
        require(taken, Ether_NotTaken(recipient, amount));
    }

    /// @notice Sends `amount` wei to the zero address, which has no key and no code.
    function burn(uint256 amount) internal {
        send(address(0), amount);
    }
}
