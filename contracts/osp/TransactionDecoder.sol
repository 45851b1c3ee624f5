// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Creations} from "./Creations.sol";
import {IntrinsicGas} from "./IntrinsicGas.sol";
import {Rlp} from "./Rlp.sol";
import {Signatures} from "./Signatures.sol";
import {TransactionLists} from "./TransactionLists.sol";

/// @title What one item of the order decodes to, or that it is no valid transaction
/// @notice Judges everything that needs neither state nor batch, exactly as `offchain/evm/transaction.py`. Which
/// rule is broken is nobody's business here, so their order is free.
library TransactionDecoder {
    using Rlp for Rlp.Cursor;

    /// @param maxPriorityFee In types 0 and 1 the gas price, as is `maxFee`.
    /// @param data Where the data begins in memory.
    /// @param accessListStart Where the payload of the list begins in memory; begin and end are equal without one.
    /// @param authorizationsStart As `accessListStart`.
    struct Decoded {
        uint256 nonce;
        uint256 maxPriorityFee;
        uint256 maxFee;
        uint256 gasLimit;
        bool isCreate;
        address to;
        uint256 value;
        uint256 data;
        uint256 dataSize;
        uint256 accessListStart;
        uint256 accessListEnd;
        uint256 authorizationsStart;
        uint256 authorizationsEnd;
        uint256 intrinsicGas;
        uint256 floorGas;
        address sender;
    }

    uint256 internal constant LEGACY = 0;
    uint256 internal constant ACCESS_LIST = 1;
    uint256 internal constant FEE_MARKET = 2;
    uint256 internal constant SET_CODE = 4;

    /// @notice EIP-2681.
    uint256 internal constant MAX_NONCE = type(uint64).max - 1;

    /// @notice The transaction in the EIP-2718 bytes `raw` for the chain with this id, or that there is none.
    function decode(bytes memory raw, uint256 chainId)
        internal
        view
        returns (bool valid, Decoded memory decoded)
    {
        (uint256 kind, Rlp.Cursor memory cursor) = _open(raw);
        uint256 fields = cursor.at;
        _readFields(decoded, kind, chainId, cursor);
        if (cursor.broken || !_isPayable(decoded, kind)) return (false, decoded);
        valid = _readSignature(decoded, kind, chainId, fields, cursor);
    }

    /// @dev The type, and a cursor at the first field; broken where the bytes are no list of a type that is known.
    function _open(bytes memory raw) private pure returns (uint256 kind, Rlp.Cursor memory cursor) {
        uint256 at;
        // SAFETY: an address in memory as a number.
        assembly ("memory-safe") {
            at := add(raw, 32)
        }
        // Of empty bytes the byte behind counts for the type, and then there is no list.
        kind = Rlp.byteAt(at);
        uint256 end = at + raw.length;
        if (kind >= 0xc0) {
            kind = LEGACY;
        } else {
            if (kind != ACCESS_LIST && kind != FEE_MARKET && kind != SET_CODE) cursor.broken = true;
            ++at;
        }
        (bool isList, uint256 start, uint256 behind) = Rlp.header(at, end);
        cursor.at = start;
        cursor.end = behind;
        if (!isList || behind != end) cursor.fail();
    }

    /// @dev All fields before the signature. Lists that the type does not have stay empty.
    function _readFields(Decoded memory decoded, uint256 kind, uint256 chainId, Rlp.Cursor memory cursor)
        private
        pure
    {
        if (kind != LEGACY && cursor.readUint(32) != chainId) cursor.fail();
        decoded.nonce = cursor.readUint(8);
        decoded.maxPriorityFee = cursor.readUint(32);
        decoded.maxFee = kind >= FEE_MARKET ? cursor.readUint(32) : decoded.maxPriorityFee;
        decoded.gasLimit = cursor.readUint(8);
        _readRecipient(decoded, cursor);
        decoded.value = cursor.readUint(32);
        (decoded.data, decoded.dataSize) = cursor.readBytes();
        if (kind != LEGACY) (decoded.accessListStart, decoded.accessListEnd) = cursor.readList();
        if (kind == SET_CODE) (decoded.authorizationsStart, decoded.authorizationsEnd) = cursor.readList();
    }

    function _readRecipient(Decoded memory decoded, Rlp.Cursor memory cursor) private pure {
        (uint256 start, uint256 size) = cursor.readBytes();
        decoded.isCreate = size == 0;
        if (size == 20) decoded.to = Rlp.addressAt(start);
        else if (size != 0) cursor.fail();
    }

    /// @dev The rules about fields, lists and gas.
    function _isPayable(Decoded memory decoded, uint256 kind) private pure returns (bool) {
        uint256 gasLimit = decoded.gasLimit;
        if (decoded.nonce > MAX_NONCE || decoded.maxPriorityFee > decoded.maxFee) return false;
        if (gasLimit == 0 || gasLimit > IntrinsicGas.MAX_TRANSACTION_GAS) return false;
        if (decoded.maxFee > type(uint256).max / gasLimit) return false;
        if (decoded.isCreate && (kind == SET_CODE || decoded.dataSize > Creations.MAX_INITCODE_SIZE)) {
            return false;
        }
        (bool ok, uint256 addresses, uint256 keys) =
            TransactionLists.countAccessList(decoded.accessListStart, decoded.accessListEnd);
        uint256 authorizations;
        if (ok && kind == SET_CODE) {
            (ok, authorizations) =
                TransactionLists.countAuthorizations(decoded.authorizationsStart, decoded.authorizationsEnd);
        }
        if (!ok) return false;
        uint256 tokens = IntrinsicGas.tokens(decoded.data, decoded.dataSize);
        uint256 gas = IntrinsicGas.TRANSACTION + IntrinsicGas.TOKEN * tokens;
        if (decoded.isCreate) {
            gas += IntrinsicGas.CREATE + IntrinsicGas.INITCODE_WORD * ((decoded.dataSize + 31) / 32);
        }
        gas += IntrinsicGas.ACCESS_LIST_ADDRESS * addresses + IntrinsicGas.ACCESS_LIST_STORAGE_KEY * keys;
        decoded.intrinsicGas = gas + IntrinsicGas.AUTHORIZATION * authorizations;
        decoded.floorGas = IntrinsicGas.TRANSACTION + IntrinsicGas.FLOOR_TOKEN * tokens;
        return decoded.intrinsicGas <= gasLimit && decoded.floorGas <= gasLimit;
    }

    /// @dev The last three fields, the end of the list, and the sender.
    function _readSignature(
        Decoded memory decoded,
        uint256 kind,
        uint256 chainId,
        uint256 fields,
        Rlp.Cursor memory cursor
    ) private view returns (bool valid) {
        uint256 fieldsSize = cursor.at - fields;
        uint256 yParity = cursor.readUint(32);
        uint256 r = cursor.readUint(32);
        uint256 s = cursor.readUint(32);
        if (!cursor.isDone()) return false;
        bool isProtected = kind == LEGACY && yParity >= 35;
        if (isProtected) {
            // EIP-155
            if ((yParity - 35) / 2 != chainId) return false;
            yParity = (yParity - 35) % 2;
        } else if (kind == LEGACY) {
            if (yParity != 27 && yParity != 28) return false;
            yParity -= 27;
        }
        bytes32 digest = Signatures.signingHash(kind, fields, fieldsSize, isProtected, chainId);
        (valid, decoded.sender) = Signatures.recover(digest, yParity, r, s);
    }
}
