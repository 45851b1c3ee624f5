// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Rlp} from "./Rlp.sol";

/// @title Signers recovered from secp256k1 signatures by the L1's precompile
/// @notice Twin: `offchain/evm/signature.py`.
library Signatures {
    uint256 internal constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    /// @notice EIP-2, EIP-7702: the greatest s.
    uint256 internal constant HALF_N = N / 2;
    /// @notice EIP-7702.
    uint256 internal constant AUTHORIZATION_MAGIC = 5;

    /// @notice Thrown when the L1 did not run its precompile: there was too little gas.
    error Signatures_PrecompileDidNotRun();

    /// @notice What was signed: the fields as they stand in memory at `fields`, under a header of their own. RLP
    /// has one form only, so they need not be encoded again.
    /// @param prefix The byte before the list, 0 for none: a transaction's type, or `AUTHORIZATION_MAGIC`.
    /// @param isProtected Whether the chain id and two empty strings follow the fields (EIP-155).
    function signingHash(
        uint256 prefix,
        uint256 fields,
        uint256 fieldsSize,
        bool isProtected,
        uint256 chainId
    ) internal pure returns (bytes32 digest) {
        uint256 buffer;
        // SAFETY: all that follows is written to free memory, which is not taken.
        assembly ("memory-safe") {
            buffer := mload(0x40)
            mstore8(buffer, prefix)
        }
        uint256 size = isProtected ? fieldsSize + Rlp.sizeOfUint(chainId) + 2 : fieldsSize;
        uint256 at = Rlp.writeListHeader(prefix == 0 ? buffer : buffer + 1, size);
        // SAFETY: see above; the fields lie before the free memory.
        assembly ("memory-safe") {
            mcopy(at, fields, fieldsSize)
            at := add(at, fieldsSize)
        }
        if (isProtected) {
            at = Rlp.writeUint(at, chainId);
            // SAFETY: see above.
            assembly ("memory-safe") {
                mstore(at, shl(240, 0x8080))
                at := add(at, 2)
            }
        }
        // SAFETY: see above.
        assembly ("memory-safe") {
            digest := keccak256(buffer, sub(at, buffer))
        }
    }

    /// @notice Who signed the digest; `ok` is false where a number is out of its range, s is high, or no key fits.
    function recover(bytes32 digest, uint256 yParity, uint256 r, uint256 s)
        internal
        view
        returns (bool ok, address signer)
    {
        if (yParity > 1 || r == 0 || r >= N || s == 0 || s > HALF_N) return (false, address(0));
        bool ran;
        // SAFETY: writes four words of free memory without taking them. Without a fitting key the precompile
        // succeeds and returns nothing; it fails for want of gas alone.
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, digest)
            mstore(add(buffer, 32), add(27, yParity))
            mstore(add(buffer, 64), r)
            mstore(add(buffer, 96), s)
            ran := staticcall(gas(), 1, buffer, 128, buffer, 32)
            ok := eq(returndatasize(), 32)
            signer := mul(ok, and(mload(buffer), 0xffffffffffffffffffffffffffffffffffffffff))
        }
        if (!ran) revert Signatures_PrecompileDidNotRun();
    }
}
