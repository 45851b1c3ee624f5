// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StateAccess} from "./StateAccess.sol";

/// @title Where the order hashes of the last batches are kept (EIP-2935)
/// @notice Twin: `offchain/evm/history.py`.
library History {
    /// @notice Slots of the ring.
    uint256 internal constant WINDOW = 8191;

    address private constant ACCOUNT = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// @notice The key of the slot for the order hash of a batch.
    function slotKey(uint256 number) internal pure returns (bytes32) {
        return StateAccess.slotKey(ACCOUNT, number % WINDOW);
    }
}
