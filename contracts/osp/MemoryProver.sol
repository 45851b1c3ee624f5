// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pendings} from "../machine/Pendings.sol";
import {Slices} from "../machine/Slices.sol";
import {PAGE_SIZE} from "../trees/PagedBytes.sol";
import {PagedProof} from "../trees/PagedProof.sol";
import {FrameEnds} from "./FrameEnds.sol";
import {IProver} from "./IProver.sol";
import {InstructionProver} from "./InstructionProver.sol";
import {KeccakSponge} from "./KeccakSponge.sol";
import {Steps} from "./Steps.sol";

/// @title Instructions that work on memory, and the micro-steps of copies and long hashes
/// @notice 0x20, 0x35, 0x37, 0x39, 0x3e, 0x51-0x53, 0x59, 0x5e, 0xa0-0xa4, and every step of a frame with something
/// pending. Twins: `memory.py`, `log.py`, parts of `environment.py` in `offchain/evm/instructions`, and
/// `offchain/evm/pending.py`.
/// @dev Witness behind the entry's parts, ranges in the form of PagedProof:
///
///     KECCAK256 of 1 to 4,096 bytes   that range of memory
///     CALLDATALOAD                    the range of the input, as much of it as there is
///     MLOAD, MSTORE, MSTORE8          the range of memory (as it was)
///
/// Nothing follows what the instruction can't pay for. The witness of a micro-step is `prover 1 | machine | frame | pending |`
/// and
///
///     COPY   the range of the source, as much of it as there is | the range of memory (as it was)
///     HASH   [sponge 200, where a block is in] | the range of the source, as much of it as there is
contract MemoryProver is InstructionProver {
    using Steps for Steps.Step;

    uint256 private constant KECCAK_WORD = 6;
    uint256 private constant COPY_WORD = 3;
    uint256 private constant LOG_BYTE = 8;
    /// @dev Longer inputs of KECCAK256 go through the sponge, a block a step.
    uint256 private constant NATIVE_HASH_LIMIT = 4096;

    /// @notice Thrown when the running frame waits for its child: no reachable state.
    error MemoryProver_FrameWaits(uint256 have);

    /// @inheritdoc IProver
    function number() external pure returns (uint256) {
        return 3;
    }

    /// @inheritdoc InstructionProver
    function _serves(uint256 opcode) internal pure override returns (bool) {
        if (opcode >= 0xa0 && opcode <= 0xa4) return true;
        if (opcode >= 0x51 && opcode <= 0x53) return true;
        return opcode == 0x20 || opcode == 0x35 || opcode == 0x37 || opcode == 0x39 || opcode == 0x3e
            || opcode == 0x59 || opcode == 0x5e;
    }

    /// @inheritdoc InstructionProver
    function _proveFrame(Steps.Step memory step, bytes calldata witness) internal view override {
        if (step.frame.pending == 0) {
            _proveInstruction(step, witness);
            return;
        }
        Pendings.Pending memory pending;
        (pending, step.at) = Pendings.read(step.frame.pending, witness, step.at);
        if (pending.kind == Pendings.COPY) _copyPage(step, witness, pending);
        else if (pending.kind == Pendings.HASH) _absorbBlock(step, witness, pending);
        else revert MemoryProver_FrameWaits(pending.kind);
    }

    /// @inheritdoc InstructionProver
    function _execute(Steps.Step memory step, bytes calldata witness) internal pure override {
        uint256 opcode = step.opcode;
        if (opcode == 0x51) _mload(step, witness);
        else if (opcode == 0x52) _mstore(step, witness);
        else if (opcode == 0x53) _mstore8(step, witness);
        else if (opcode == 0x35) _calldataload(step, witness);
        else if (opcode == 0x20) _keccak256(step, witness);
        else if (opcode == 0x59) _msize(step);
        else if (opcode == 0x5e) _mcopy(step);
        else if (opcode == 0x37) _copy(step, step.frameConst.input);
        else if (opcode == 0x39) _codecopy(step);
        else if (opcode == 0x3e) _returndatacopy(step);
        else _log(step);
    }

    // 0x20, 0x35

    function _keccak256(Steps.Step memory step, bytes calldata witness) private pure {
        uint256 offset = step.words[0];
        uint256 size = step.words[1];
        // GAS
        if (!step.charge(KECCAK_WORD * Steps.words32(size))) return;
        if (!step.expand(offset, size)) return;
        // OPERATION
        if (size > NATIVE_HASH_LIMIT) {
            Pendings.Pending memory pending;
            pending.kind = Pendings.HASH;
            pending.source = Slices.make(PagedProof.DATA, step.frame.memoryRoot, offset, size);
            step.frame.pending = Pendings.hash(pending);
        } else {
            step.push(uint256(keccak256(_readMemory(step, witness, offset, size))));
        }
        // PROGRAM COUNTER
        step.advance();
    }

    function _calldataload(Steps.Step memory step, bytes calldata witness) private pure {
        // OPERATION
        bytes memory data;
        (data, step.at) = PagedProof.readSlice(step.frameConst.input, step.words[0], 32, witness, step.at);
        step.push(uint256(bytes32(data)));
        // PROGRAM COUNTER
        step.advance();
    }

    // 0x37, 0x39, 0x3e, 0x5e

    function _codecopy(Steps.Step memory step) private pure {
        _copy(step, Slices.make(PagedProof.CODE, step.frame.codeRoot, 0, step.frame.codeSize));
    }

    /// @dev The one copy that must stay inside its source (EIP-211).
    function _returndatacopy(Steps.Step memory step) private pure {
        uint256 offset = step.words[1];
        uint256 available = step.frame.returnData.size;
        if (offset > available || step.words[2] > available - offset) step.halted = true;
        else _copy(step, step.frame.returnData);
    }

    /// @dev The common part of the copy instructions: destination, offset and size are on top of the stack.
    function _copy(Steps.Step memory step, PagedProof.Slice memory source) private pure {
        uint256 destination = step.words[0];
        uint256 size = step.words[2];
        // GAS
        if (!step.charge(COPY_WORD * Steps.words32(size))) return;
        if (!step.expand(destination, size)) return;
        // OPERATION
        FrameEnds.beginCopy(step, source, step.words[1], destination, size);
        // PROGRAM COUNTER
        step.advance();
    }

    /// @dev EIP-5656: the source is the memory before the copy.
    function _mcopy(Steps.Step memory step) private pure {
        uint256 destination = step.words[0];
        uint256 offset = step.words[1];
        uint256 size = step.words[2];
        // GAS
        if (!step.charge(COPY_WORD * Steps.words32(size))) return;
        if (!step.expand(destination > offset ? destination : offset, size)) return;
        // OPERATION
        PagedProof.Slice memory source = Slices.make(PagedProof.DATA, step.frame.memoryRoot, offset, size);
        FrameEnds.beginCopy(step, source, 0, destination, size);
        // PROGRAM COUNTER
        step.advance();
    }

    // 0x51-0x53, 0x59

    function _mload(Steps.Step memory step, bytes calldata witness) private pure {
        uint256 offset = step.words[0];
        // GAS
        if (!step.expand(offset, 32)) return;
        // OPERATION
        step.push(uint256(bytes32(_readMemory(step, witness, offset, 32))));
        // PROGRAM COUNTER
        step.advance();
    }

    function _mstore(Steps.Step memory step, bytes calldata witness) private pure {
        uint256 offset = step.words[0];
        // GAS
        if (!step.expand(offset, 32)) return;
        // OPERATION
        _writeMemory(step, witness, offset, abi.encodePacked(step.words[1]));
        // PROGRAM COUNTER
        step.advance();
    }

    function _mstore8(Steps.Step memory step, bytes calldata witness) private pure {
        uint256 offset = step.words[0];
        // GAS
        if (!step.expand(offset, 1)) return;
        // OPERATION
        _writeMemory(step, witness, offset, abi.encodePacked(uint8(step.words[1] & 0xff)));
        // PROGRAM COUNTER
        step.advance();
    }

    function _msize(Steps.Step memory step) private pure {
        // OPERATION
        step.push(step.frame.memorySize);
        // PROGRAM COUNTER
        step.advance();
    }

    // 0xa0-0xa4

    /// @dev Logs are part of the receipts, which are not committed: only their gas counts here.
    function _log(Steps.Step memory step) private pure {
        uint256 size = step.words[1];
        // GAS
        if (step.frameConst.isStatic || size > Steps.MAX_MEMORY) {
            step.halted = true;
            return;
        }
        if (!step.charge(LOG_BYTE * size)) return;
        if (!step.expand(step.words[0], size)) return;
        // PROGRAM COUNTER
        step.advance();
    }

    // Micro-steps

    /// @dev Fills what one page of memory takes of a copy.
    function _copyPage(Steps.Step memory step, bytes calldata witness, Pendings.Pending memory pending)
        private
        pure
    {
        uint256 size = PAGE_SIZE - pending.destination % PAGE_SIZE;
        if (pending.remaining < size) size = pending.remaining;
        bytes memory data;
        (data, step.at) = PagedProof.readSlice(pending.source, pending.offset, size, witness, step.at);
        _writeMemory(step, witness, pending.destination, data);
        uint256 offset = pending.offset + size;
        pending.offset = offset < pending.source.size ? offset : pending.source.size;
        pending.destination += size;
        pending.remaining -= size;
        step.frame.pending = pending.remaining == 0 ? bytes32(0) : Pendings.hash(pending);
    }

    /// @dev Absorbs one block of a hash; the padded last one yields the digest. A message of whole blocks has one more
    /// block, because the padding takes at least one byte.
    function _absorbBlock(Steps.Step memory step, bytes calldata witness, Pendings.Pending memory pending)
        private
        pure
    {
        uint256[25] memory lanes;
        (lanes, step.at) = KeccakSponge.read(pending.sponge, witness, step.at);
        bytes memory content;
        (content, step.at) =
            PagedProof.readSlice(pending.source, pending.offset, KeccakSponge.BLOCK, witness, step.at);
        uint256 left = pending.source.size - pending.offset;
        if (left < KeccakSponge.BLOCK) {
            KeccakSponge.absorbLast(lanes, content, left);
            step.push(KeccakSponge.digest(lanes));
            step.frame.pending = 0;
            return;
        }
        KeccakSponge.absorb(lanes, content);
        pending.offset += KeccakSponge.BLOCK;
        pending.sponge = KeccakSponge.hash(lanes);
        step.frame.pending = Pendings.hash(pending);
    }

    // Memory

    function _readMemory(Steps.Step memory step, bytes calldata witness, uint256 offset, uint256 size)
        private
        pure
        returns (bytes memory data)
    {
        (data, step.at) = PagedProof.readRange(
            step.frame.memoryRoot, PagedProof.DATA, offset, size, witness, step.at
        );
    }

    function _writeMemory(Steps.Step memory step, bytes calldata witness, uint256 offset, bytes memory data)
        private
        pure
    {
        (step.frame.memoryRoot, step.at) =
            PagedProof.writeRange(step.frame.memoryRoot, offset, data, witness, step.at);
    }
}
