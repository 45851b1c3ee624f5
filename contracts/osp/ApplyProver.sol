// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Machines} from "../machine/Machines.sol";
import {Reader} from "../machine/Reader.sol";
import {DiffApplication} from "./DiffApplication.sol";
import {IProver} from "./IProver.sol";

/// @title The steps of an application: APPLY to APPLY, at last to STATE
/// @notice The state says all, so the context and the unit decide nothing. Twin: `offchain/proofs/application.py`.
/// @dev Witness: `prover 8 | root 32 | rest 32 | [see DiffApplication, unless rest is empty]`.
contract ApplyProver is IProver {
    /// @notice Thrown when root and rest in the witness are not the state.
    error ApplyProver_StateIsDifferent(bytes32 have, bytes32 want);

    /// @inheritdoc IProver
    function number() external pure returns (uint256) {
        return 8;
    }

    /// @inheritdoc IProver
    function prove(bytes32, uint256, bytes32 stateHash, bytes calldata witness)
        external
        pure
        returns (bytes32 nextStateHash)
    {
        uint256 position = Reader.enter(witness, 1, 64);
        uint256 at = 65;
        bytes32 root = Reader.wordAt(position);
        bytes32 rest = Reader.wordAt(position + 32);
        bytes32 have = Machines.applyHash(root, rest);
        if (have != stateHash) revert ApplyProver_StateIsDifferent(have, stateHash);
        if (rest == 0) {
            nextStateHash = Machines.stateHash(root);
        } else {
            (root, rest, at) = DiffApplication.applyNext(root, rest, witness, at);
            nextStateHash = Machines.applyHash(root, rest);
        }
        Reader.finish(witness, at);
    }
}
