// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "../machine/Checkpoints.sol";
import {FrameConsts} from "../machine/FrameConsts.sol";
import {Frames} from "../machine/Frames.sol";
import {Pendings} from "../machine/Pendings.sol";
import {Slices} from "../machine/Slices.sol";
import {CodePages} from "../trees/CodePages.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {Calls} from "./Calls.sol";
import {Creations} from "./Creations.sol";
import {IProver} from "./IProver.sol";
import {InstructionProver} from "./InstructionProver.sol";
import {ScratchAccess} from "./ScratchAccess.sol";
import {StateAccess} from "./StateAccess.sol";
import {Steps} from "./Steps.sol";

/// @title CREATE and CREATE2
/// @notice The initcode is read, hashed and paged in this one step. Twins: `create` and `create2` in
/// `offchain/evm/instructions/system.py`.
/// @dev Witness behind the entry's parts, in the forms of StateAccess and ScratchAccess:
///
///     account of the creator | pages of the initcode | flags of the new account | write of the creator
///     | the new account | its flags again | write of it | [write of the creator, write of the new one: with value]
///
/// Nothing follows what the instruction can't pay for, the account after a soft failure, the new account after a
/// collision.
contract CreateProver is InstructionProver {
    using Steps for Steps.Step;

    uint256 private constant CREATE = 0xf0;
    uint256 private constant CREATE2 = 0xf5;
    uint256 private constant INITCODE_WORD = 2;
    uint256 private constant KECCAK_WORD = 6;

    /// @inheritdoc IProver
    function number() external pure returns (uint256) {
        return 6;
    }

    /// @inheritdoc InstructionProver
    function _serves(uint256 opcode) internal pure override returns (bool) {
        return opcode == CREATE || opcode == CREATE2;
    }

    /// @inheritdoc InstructionProver
    function _execute(Steps.Step memory step, bytes calldata witness) internal pure override {
        // STACK
        uint256 offset = step.words[1];
        uint256 size = step.words[2];
        // GAS
        if (step.frameConst.isStatic || size > Creations.MAX_INITCODE_SIZE) {
            step.halted = true;
            return;
        }
        uint256 word = step.opcode == CREATE ? INITCODE_WORD : INITCODE_WORD + KECCAK_WORD;
        if (!step.charge(word * Steps.words32(size))) return;
        if (!step.expand(offset, size)) return;
        // OPERATION
        step.advance();
        step.frame.returnData = Slices.empty();
        uint256 creator = StateAccess.account(step, witness, step.frameConst.account);
        uint256 nonce = StateAccess.nonceOf(creator);
        if (
            step.words[0] > StateAccess.balanceOf(creator) || nonce == StateAccess.MAX_NONCE
                || step.frameConst.depth >= Calls.MAX_DEPTH
        ) {
            step.push(0);
            return;
        }
        bytes memory initcode;
        (initcode, step.at) =
            PagedProof.readRange(step.frame.memoryRoot, PagedProof.DATA, offset, size, witness, step.at);
        _create(step, witness, initcode, _address(step, initcode, nonce));
    }

    function _address(Steps.Step memory step, bytes memory initcode, uint256 nonce)
        private
        pure
        returns (address)
    {
        address creator = step.frameConst.account;
        if (step.opcode == CREATE) return Creations.createAddress(creator, nonce);
        return Creations.create2Address(creator, step.words[3], keccak256(initcode));
    }

    /// @dev What can't fail softly any more.
    function _create(Steps.Step memory step, bytes calldata witness, bytes memory initcode, address account)
        private
        pure
    {
        address creator = step.frameConst.account;
        ScratchAccess.warmAddress(step, witness, account);
        uint256 gas = step.frame.gas - step.frame.gas / 64; // EIP-150
        step.frame.gas -= gas;
        StateAccess.incrementNonce(step, witness, creator);
        if (Creations.hasCollision(step, witness, account)) {
            step.push(0);
            return;
        }
        FrameConsts.FrameConst memory child;
        child.checkpoint = Checkpoints.hash(Calls.checkpoint(step));
        Creations.begin(step, witness, account, creator, step.words[0]);
        child.kind = FrameConsts.CREATE;
        child.account = account;
        child.caller = creator;
        child.value = step.words[0];
        child.depth = step.frameConst.depth + 1;
        child.isNew = true;
        Pendings.Pending memory pending;
        pending.kind = Pendings.CREATE_RETURN;
        step.frame.pending = Pendings.hash(pending);
        child.parent = Frames.hash(step.frame);
        Calls.openFrame(step, child, CodePages.codeRoot(initcode), initcode.length, gas);
    }
}
