// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPrecompileProver} from "./IPrecompileProver.sol";
import {PrecompilePrices} from "./PrecompilePrices.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

/// @title The precompiled contracts, run by the L1's own
/// @notice Each is given twice its price on the L2, so that a lack of gas can't look like a failed call: where the L1
/// can't give so much the proof reverts. P256VERIFY is Solidity, so that no L1 needs it. Shapes that fail are told from
/// the input alone, before anything is called. Twin: `offchain/evm/precompiles`.
/// @dev Assumes of the L1 that none of its precompiles costs more than twice what it costs on the L2.
contract PrecompileProver is IPrecompileProver {
    /// @dev Given beside the price, for precompiles that cost next to nothing.
    uint256 private constant SPARE_GAS = 1000;
    /// @dev Left for what happens between the check of the gas and the call: at most the access of a cold account.
    uint256 private constant CALL_GAS = 3000;

    /// @notice Thrown when there is too little gas to run a precompile: try again with more.
    error PrecompileProver_GasIsTooLittle(uint256 have, uint256 want);
    /// @notice Thrown when the L1 is older than the precompile (0x0b to 0x11: Prague).
    error PrecompileProver_PrecompileIsMissing(uint256 account);
    /// @notice Thrown when an L1 precompile fails that has no bad inputs.
    error PrecompileProver_CallFailed(uint256 account);

    /// @inheritdoc IPrecompileProver
    function run(uint256 account, uint256 gas, bytes calldata input)
        external
        view
        returns (bool success, uint256 cost, bytes memory output)
    {
        cost = PrecompilePrices.price(account, input);
        if (cost > gas || cost > PrecompilePrices.MAX_GAS || !PrecompilePrices.isWellFormed(account, input)) {
            return (false, cost, "");
        }
        if (account == PrecompilePrices.P256VERIFY) return (true, cost, _verifyP256(input));
        (success, output) = _callL1(account, input, 2 * cost + SPARE_GAS);
        if (!success) {
            if (!_canFail(account)) revert PrecompileProver_CallFailed(account);
            return (false, cost, "");
        }
        if (account == PrecompilePrices.ECRECOVER && output.length == 0) return (true, cost, output);
        if (output.length != PrecompilePrices.outputSize(account, input)) {
            revert PrecompileProver_PrecompileIsMissing(account);
        }
    }

    /// @notice The first precompile that the L1 lacks, 0 if it has all: to be asked before a deployment.
    /// @dev Without gas a precompile fails, whereas a call to an account without code succeeds.
    function missing() external view returns (uint256 account) {
        for (account = 1; account <= PrecompilePrices.BLS12_MAP_FP2_TO_G2; ++account) {
            bool success;
            // SAFETY: no memory.
            assembly ("memory-safe") {
                success := staticcall(0, account, 0, 0, 0, 0)
            }
            if (success) return account;
        }
        return 0;
    }

    /// @dev Whether there are inputs of the right shape with which the precompile fails.
    function _canFail(uint256 account) private pure returns (bool) {
        return account >= PrecompilePrices.BN254_ADD && account != PrecompilePrices.BLAKE2F;
    }

    function _callL1(uint256 account, bytes calldata input, uint256 given)
        private
        view
        returns (bool success, bytes memory output)
    {
        bool enough;
        uint256 have;
        // SAFETY: the input goes to free memory, which is taken only by the output that then lies there; memory for the
        // input is paid for before the gas is looked at.
        assembly ("memory-safe") {
            output := mload(0x40)
            calldatacopy(output, input.offset, input.length)
            have := gas()
            // EIP-150: a call gets all but one 64th.
            enough := gt(sub(have, shr(6, have)), add(given, CALL_GAS))
            if enough {
                success := staticcall(given, account, output, input.length, 0, 0)
                mstore(output, returndatasize())
                returndatacopy(add(output, 32), 0, returndatasize())
                mstore(0x40, and(add(add(output, 63), returndatasize()), not(31)))
            }
        }
        if (!enough) revert PrecompileProver_GasIsTooLittle(have, given);
    }

    /// @dev EIP-7951: 1 in 32 bytes for a valid signature, else nothing. Unlike the library it takes a high `s`, whose
    /// signature is as valid as that with the negated one.
    function _verifyP256(bytes calldata input) private view returns (bytes memory output) {
        if (input.length != 160) return "";
        bytes32 r = bytes32(input[32:64]);
        uint256 s = uint256(bytes32(input[64:96]));
        if (s >= P256.N) return "";
        if (s > P256.N / 2) s = P256.N - s;
        if (P256.verifySolidity(
                bytes32(input[:32]), r, bytes32(s), bytes32(input[96:128]), bytes32(input[128:160])
            )) return abi.encode(uint256(1));
    }
}
