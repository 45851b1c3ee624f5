// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStepVerifier} from "../interfaces/IStepVerifier.sol";
import {Contexts} from "../machine/Contexts.sol";
import {Machines} from "../machine/Machines.sol";
import {Reader} from "../machine/Reader.sol";

/// @title A machine of a few steps, proved by what a state is made of
/// @notice For tests of the game. An execution is `start, middle 1, middle 2, DIFF`, an application `APPLY, APPLY with
/// nothing left, STATE`, the full form one after the other; behind its end a trace stays as it is. A state that is
/// nobody's preimage can't be proved, as with the real one. Twin: `tests/contracts/game/toy.py`.
/// @dev Witness: `kind 1 | context 250 | fields of the state`.
contract ToyVerifier is IStepVerifier {
    uint256 private constant START = 0;
    uint256 private constant MIDDLE = 1;
    uint256 private constant DIFF = 2;
    uint256 private constant APPLY = 3;
    uint256 private constant STATE = 4;

    uint256 private constant MIDDLES = 2;

    /// @notice Thrown when the witness is of no kind; says what the game asked.
    error ToyVerifier_Asked(bytes32 contextHash, uint256 unit, bytes32 stateHash);
    /// @notice Thrown when what the witness shows is not the state.
    error ToyVerifier_StateIsDifferent(bytes32 have, bytes32 want);

    /// @inheritdoc IStepVerifier
    function step(bytes32 contextHash, uint256 unit, bytes32 stateHash, bytes calldata witness)
        external
        pure
        returns (bytes32 next)
    {
        uint256 kind = Reader.uintAt(Reader.enter(witness, 0, 1), 1);
        if (kind > STATE) revert ToyVerifier_Asked(contextHash, unit, stateHash);
        (Contexts.Context memory context, uint256 at) = Contexts.read(contextHash, witness, 1);
        bytes32 have;
        if (kind == START) {
            have = Machines.startHash(context.gasLimit);
            next = _middle(1, keccak256(abi.encode(context.number, context.preRoot)));
        } else if (kind == MIDDLE) {
            uint256 place = Reader.uintAt(Reader.enter(witness, at, 1), 1);
            bytes32 value = Reader.wordAt(Reader.enter(witness, at + 1, 32));
            have = _middle(place, value);
            next = _afterMiddle(context, place, keccak256(abi.encode(value)));
            at += 33;
        } else if (kind == APPLY) {
            uint256 position = Reader.enter(witness, at, 64);
            bytes32 root = Reader.wordAt(position);
            bytes32 rest = Reader.wordAt(position + 32);
            have = Machines.applyHash(root, rest);
            next = rest == 0
                ? Machines.stateHash(root)
                : Machines.applyHash(keccak256(abi.encode(root, rest)), 0);
            at += 64;
        } else {
            bytes32 root = Reader.wordAt(Reader.enter(witness, at, 32));
            have = kind == DIFF ? Machines.diffHash(root) : Machines.stateHash(root);
            next = have;
            at += 32;
        }
        Reader.finish(witness, at);
        require(have == stateHash, ToyVerifier_StateIsDifferent(have, stateHash));
    }

    function _afterMiddle(Contexts.Context memory context, uint256 place, bytes32 value)
        private
        pure
        returns (bytes32)
    {
        if (place < MIDDLES) return _middle(place + 1, value);
        return
            context.mode == Contexts.FULL
                ? Machines.applyHash(context.preRoot, value)
                : Machines.diffHash(value);
    }

    function _middle(uint256 place, bytes32 value) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0x60), uint8(place), value));
    }
}
