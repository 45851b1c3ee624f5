// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CodePages} from "../trees/CodePages.sol";
import {Delegations} from "./Delegations.sol";
import {ScratchAccess} from "./ScratchAccess.sol";
import {Signatures} from "./Signatures.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";
import {TransactionLists} from "./TransactionLists.sol";

/// @title One authorization tuple applied, or passed over where it means nothing (EIP-7702)
/// @notice Twin: `authorization` in `offchain/evm/phases.py`.
/// @dev Witness, each part only where the tuple gets so far: `flags of the authority | its account | [its code
/// entry, code hash and root, code of 23 bytes: where it has code] | write of its code entry | write of its account
/// with the size | write of its account with the nonce`.
library Authorizations {
    /// @notice What an authority that exists already gives back.
    uint256 internal constant REFUND = 12_500;

    /// @notice Applies the tuple to the state. Context and transaction are open.
    function authorize(
        Steps.Step memory step,
        bytes calldata witness,
        TransactionLists.Authorization memory tuple
    ) internal view {
        if (tuple.chainId != 0 && tuple.chainId != step.context.chainId) return;
        if (tuple.nonce == StateAccess.MAX_NONCE) return;
        bytes32 digest =
            Signatures.signingHash(Signatures.AUTHORIZATION_MAGIC, tuple.start, tuple.size, false, 0);
        (bool ok, address authority) = Signatures.recover(digest, tuple.yParity, tuple.r, tuple.s);
        if (!ok) return;
        ScratchAccess.warmAddress(step, witness, authority);
        uint256 account = StateAccess.account(step, witness, authority);
        if (StateAccess.codeSizeOf(account) != 0) {
            StateAccess.Code memory code = StateAccess.code(step, witness, authority);
            (bool isDelegation,) = Delegations.delegateOf(step, witness, code);
            if (!isDelegation) return;
        }
        if (StateAccess.nonceOf(account) != tuple.nonce) return;
        if (account != 0) step.transaction.refund += REFUND;
        _delegate(step, witness, authority, tuple.delegate);
        StateAccess.incrementNonce(step, witness, authority);
    }

    /// @dev Gives the authority the code that delegates; the zero address takes it away.
    function _delegate(Steps.Step memory step, bytes calldata witness, address authority, address delegate)
        private
        pure
    {
        if (delegate == address(0)) {
            StateAccess.setCode(step, witness, authority, 0, 0, 0);
            return;
        }
        bytes memory code = abi.encodePacked(hex"ef0100", delegate);
        StateAccess.setCode(step, witness, authority, code.length, keccak256(code), CodePages.codeRoot(code));
    }
}
