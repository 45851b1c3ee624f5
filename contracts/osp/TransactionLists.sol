// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IntrinsicGas} from "./IntrinsicGas.sol";
import {Rlp} from "./Rlp.sol";

/// @title Access lists (EIP-2930) and authorization lists (EIP-7702): their shape, and one entry
/// @notice Twins: `read_access_list` in `offchain/evm/transaction_fields.py` and `offchain/evm/authorization.py`.
/// @dev Positions are those of bytes in memory.
library TransactionLists {
    /// @param start Where the signed fields begin: chain id, address, nonce.
    /// @param size Bytes of these three.
    struct Authorization {
        uint256 chainId;
        address delegate;
        uint256 nonce;
        uint256 yParity;
        uint256 r;
        uint256 s;
        uint256 start;
        uint256 size;
    }

    /// @notice Bytes of a storage key with its header.
    uint256 internal constant KEY_SIZE = 33;

    /// @dev More tuples than the highest gas limit pays for.
    uint256 private constant TOO_MANY_AUTHORIZATIONS =
        IntrinsicGas.MAX_TRANSACTION_GAS / IntrinsicGas.AUTHORIZATION + 1;

    /// @notice Whether the payload of an access list is well-formed; how many addresses and keys it has.
    function countAccessList(uint256 at, uint256 end)
        internal
        pure
        returns (bool ok, uint256 addresses, uint256 keys)
    {
        while (at < end) {
            (at, addresses) = _skipAddresses(at, end, addresses);
            if (at == end) break;
            (uint256 keysStart, uint256 behind,) = accessListEntry(at, end);
            if (behind == 0) return (false, 0, 0);
            uint256 size = behind - keysStart;
            if (size % KEY_SIZE != 0) return (false, 0, 0);
            bool bad;
            // SAFETY: only reads memory. 0xa0 stands before a string of 32 bytes.
            assembly ("memory-safe") {
                for {} lt(keysStart, behind) { keysStart := add(keysStart, KEY_SIZE) } {
                    bad := or(bad, sub(byte(0, mload(keysStart)), 0xa0))
                }
            }
            if (bad) return (false, 0, 0);
            keys += size / KEY_SIZE;
            ++addresses;
            at = behind;
        }
        ok = true;
    }

    /// @notice One entry: its address and where its keys begin and end; `keysEnd` is 0 where it has not this shape.
    /// @dev The keys are the entry's last field, so their end is the end of the entry.
    function accessListEntry(uint256 at, uint256 end)
        internal
        pure
        returns (uint256 keysStart, uint256 keysEnd, address account)
    {
        (bool isList, uint256 start, uint256 behind) = Rlp.header(at, end);
        if (behind == 0 || !isList) return (0, 0, address(0));
        uint256 word;
        // SAFETY: only reads memory. 0x94 stands before a string of 20 bytes; where the entry is shorter than that,
        // there is no field at `start + 21` and the bytes are not used.
        assembly ("memory-safe") {
            word := mload(start)
        }
        (isList, keysStart, keysEnd) = Rlp.header(start + 21, behind);
        if (word >> 248 != 0x94 || !isList || keysEnd != behind) return (0, 0, address(0));
        account = address(uint160(word >> 88));
    }

    /// @notice Whether the payload of an authorization list is well-formed and not empty; how many tuples it has.
    /// @dev Stops at more than any gas limit pays for: such a transaction is invalid whatever follows.
    function countAuthorizations(uint256 at, uint256 end) internal pure returns (bool ok, uint256 count) {
        Authorization memory tuple;
        while (at < end) {
            at = readAuthorization(tuple, at, end);
            if (at == 0 || ++count == TOO_MANY_AUTHORIZATIONS) return (false, 0);
        }
        ok = count != 0;
    }

    /// @notice Reads the tuple at `at`; `behind` is 0 where it has not the shape of one.
    function readAuthorization(Authorization memory tuple, uint256 at, uint256 end)
        internal
        pure
        returns (uint256 behind)
    {
        bool isList;
        (isList, at, behind) = Rlp.header(at, end);
        if (!isList || behind == 0) return 0;
        tuple.start = at;
        (tuple.chainId, at) = Rlp.uintAt(at, behind, 32);
        // 0x94 stands before a string of 20 bytes; where they are not all there, neither is the nonce.
        if (at == 0 || Rlp.byteAt(at) != 0x94) return 0;
        tuple.delegate = Rlp.addressAt(at + 1);
        (tuple.nonce, at) = Rlp.uintAt(at + 21, behind, 8);
        if (at == 0) return 0;
        tuple.size = at - tuple.start;
        (tuple.yParity, at) = Rlp.uintAt(at, behind, 1);
        if (at == 0) return 0;
        (tuple.r, at) = Rlp.uintAt(at, behind, 32);
        if (at == 0) return 0;
        (tuple.s, at) = Rlp.uintAt(at, behind, 32);
        if (at != behind) return 0;
    }

    /// @dev Passes over entries without keys, the shortest that there are: 0xd6, the address behind 0x94, 0xc0.
    /// That is the only form of such an entry; whatever else stands at `at` is left to the caller.
    function _skipAddresses(uint256 at, uint256 end, uint256 count)
        private
        pure
        returns (uint256 behind, uint256 countBehind)
    {
        uint256 form = 0xd694 << 240 | 0xc0 << 72;
        uint256 fixed_ = 0xffff << 240 | 0xff << 72;
        // SAFETY: only reads memory; an entry counts only if all of it lies before `end`.
        assembly ("memory-safe") {
            let last := sub(end, 23)
            for {} iszero(or(gt(at, last), sub(and(mload(at), fixed_), form))) { at := add(at, 23) } {
                count := add(count, 1)
            }
            behind := at
            countBehind := count
        }
    }
}
