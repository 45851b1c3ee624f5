// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Reader} from "../machine/Reader.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";

/// @title Code that is nothing but the address of other code (EIP-7702)
/// @notice Twins: `delegate_of` in `offchain/evm/overlay.py` and in `offchain/proofs/overlay.py`.
library Delegations {
    /// @notice Bytes of a delegation: the prefix and an address.
    uint256 internal constant SIZE = 23;

    uint256 private constant PREFIX = 0xef0100;

    /// @notice Thrown when the bytes in the witness are not the account's code.
    error Delegations_CodeIsDifferent(bytes32 have, bytes32 want);

    /// @notice Whether `code` delegates, and where to. Witness: the code, if it has the size of a delegation.
    function delegateOf(Steps.Step memory step, bytes calldata witness, StateAccess.Code memory code)
        internal
        pure
        returns (bool isDelegation, address delegate)
    {
        if (code.size != SIZE) return (false, address(0));
        uint256 position = Reader.enter(witness, step.at, SIZE);
        bytes32 have = keccak256(witness[step.at:step.at + SIZE]);
        if (have != code.hash) revert Delegations_CodeIsDifferent(have, code.hash);
        step.at += SIZE;
        if (Reader.uintAt(position, 3) != PREFIX) return (false, address(0));
        return (true, Reader.addressAt(position + 3));
    }
}
