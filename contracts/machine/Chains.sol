// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Writer} from "./Writer.sol";

/// @title Hash chains: the stack, the list of new slots, the list of destroyed contracts
/// @notice Empty is 0. Twin: `offchain/proofs/encoding.py`.
library Chains {
    /// @notice The stack with `word` on top (tag 0x1a).
    function pushWord(bytes32 stack, uint256 word) internal pure returns (bytes32 chain) {
        // SAFETY: writes free memory without taking it.
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, 0x1a)
            mstore(add(buffer, 1), stack)
            mstore(add(buffer, 33), word)
            chain := keccak256(buffer, 65)
        }
    }

    /// @notice The list of new slots with one more (tag 0x1b).
    function pushNewSlot(bytes32 list, address account, uint256 key) internal pure returns (bytes32) {
        uint256 at = Writer.put(Writer.begin(0x1b), list);
        return Writer.hash(Writer.put(Writer.put(at, account), key, 32));
    }

    /// @notice The list of destroyed contracts with one more (tag 0x1c).
    function pushDestroyed(bytes32 list, address account) internal pure returns (bytes32) {
        return Writer.hash(Writer.put(Writer.put(Writer.begin(0x1c), list), account));
    }
}
