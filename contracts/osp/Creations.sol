// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ScratchAccess} from "./ScratchAccess.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";

/// @title The beginning of a creation
/// @notice For CREATE, CREATE2 and creating transactions alike. Twins: `create_address`, `create2_address`,
/// `has_collision` and `begin_creation` in `offchain/evm/calls.py`.
library Creations {
    /// @notice EIP-3860.
    uint256 internal constant MAX_INITCODE_SIZE = 49_152;

    /// @notice Address of a contract made by CREATE or by a transaction: of the RLP list of creator and nonce (Yellow
    /// Paper, section 7).
    function createAddress(address creator, uint256 nonce) internal pure returns (address) {
        uint256 length = 0;
        if (nonce >= 0x80) {
            for (uint256 rest = nonce; rest != 0; rest >>= 8) {
                ++length;
            }
        }
        // The nonce is its own string below 0x80, but 0 is the empty string.
        uint256 header = length != 0 ? 0x80 + length : nonce == 0 ? 0x80 : nonce;
        bytes memory digits = new bytes(length);
        for (uint256 i = length; i > 0; --i) {
            digits[i - 1] = bytes1(uint8(nonce));
            nonce >>= 8;
        }
        bytes32 hash = keccak256(
            abi.encodePacked(uint8(0xc0 + 22 + length), uint8(0x80 + 20), creator, uint8(header), digits)
        );
        return address(uint160(uint256(hash)));
    }

    /// @notice Address of a contract made by CREATE2 (EIP-1014).
    function create2Address(address creator, uint256 salt, bytes32 initcodeHash)
        internal
        pure
        returns (address)
    {
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), creator, salt, initcodeHash));
        return address(uint160(uint256(hash)));
    }

    /// @notice Whether a contract can't be created at `account`: it has a nonce or code (EIP-684). Reads the account.
    function hasCollision(Steps.Step memory step, bytes calldata witness, address account)
        internal
        pure
        returns (bool)
    {
        return StateAccess.account(step, witness, account) >> StateAccess.NONCE_SHIFT != 0;
    }

    /// @notice After the checkpoint: the created flag, nonce 1 (EIP-161), the value.
    /// @dev Witness: `flags of the new account | write of it | [write of the creator, write of the new one: with value]`,
    /// with what is not known of them before.
    function begin(
        Steps.Step memory step,
        bytes calldata witness,
        address account,
        address creator,
        uint256 value
    ) internal pure {
        ScratchAccess.markCreated(step, witness, account);
        StateAccess.incrementNonce(step, witness, account);
        StateAccess.transfer(step, witness, creator, account, value);
    }
}
