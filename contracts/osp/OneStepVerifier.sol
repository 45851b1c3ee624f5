// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStepVerifier} from "../interfaces/IStepVerifier.sol";
import {Machines} from "../machine/Machines.sol";
import {Reader} from "../machine/Reader.sol";
import {IPrecompileCaller} from "./IPrecompileCaller.sol";
import {IProver} from "./IProver.sol";
import {PrecompileProver} from "./PrecompileProver.sol";

/// @title One step of the L2 machine, verified
/// @notice `step` is the function of docs/machine.md: of every state that the machine can reach in `unit`, the
/// successor. Nothing can be changed after the deployment, and nobody owns it.
/// @dev The first byte of a witness names the prover, or one of the three forms of a fixed point:
///
///     0 ITEM, 1 TRANSACTION, 2 WORD, 3 MEMORY, 4 STATE, 5 CALL, 6 CREATE, 7 END, 8 APPLY   see the provers
///     9   machine 111       a state of the unit behind `unit`
///     10  diffRoot 32       DIFF
///     11  root 32           STATE
///
/// A state fits one of them only, so a witness can't choose between successors. Twins: `offchain/proofs/provers.py`
/// and `fixed_points.py`.
contract OneStepVerifier is IStepVerifier {
    /// @notice Number of provers.
    uint256 public constant PROVERS = 9;

    uint256 private constant TRANSACTION = 1;
    uint256 private constant CALL = 5;
    uint256 private constant FINISHED_UNIT = 9;
    uint256 private constant DIFF = 10;
    uint256 private constant STATE = 11;

    IProver private immutable _item;
    IProver private immutable _transaction;
    IProver private immutable _word;
    IProver private immutable _memory;
    IProver private immutable _state;
    IProver private immutable _call;
    IProver private immutable _create;
    IProver private immutable _end;
    IProver private immutable _apply;

    /// @notice Thrown at the deployment when this L1 lacks a precompile that steps of the L2 need.
    error OneStepVerifier_PrecompileIsMissing(uint256 account);
    /// @notice Thrown at the deployment when there is no contract at the address of a prover.
    error OneStepVerifier_ProverIsMissing(uint256 index);
    /// @notice Thrown at the deployment when the contract at `index` is a prover with another number.
    error OneStepVerifier_ProverIsDifferent(uint256 have, uint256 index);
    /// @notice Thrown at the deployment when a prover runs precompiles with something else than what was asked whether
    /// this L1 has them.
    error OneStepVerifier_PrecompilesAreDifferent(address have, address want);
    /// @notice Thrown when the first byte of a witness names no prover and no fixed point.
    error OneStepVerifier_KindIsUnknown(uint256 have, uint256 want);
    /// @notice Thrown when what the witness shows is not the state.
    error OneStepVerifier_StateIsDifferent(bytes32 have, bytes32 want);
    /// @notice Thrown when the state is not of the unit behind the one asked for.
    error OneStepVerifier_UnitIsNotFinished(uint256 have, uint256 want);

    /// @param provers In the order of their numbers.
    /// @param precompiles What those of `provers` that run precompiles run them with.
    constructor(IProver[PROVERS] memory provers, PrecompileProver precompiles) {
        for (uint256 i = 0; i < PROVERS; ++i) {
            if (address(provers[i]).code.length == 0) revert OneStepVerifier_ProverIsMissing(i);
            uint256 have = provers[i].number();
            if (have != i) revert OneStepVerifier_ProverIsDifferent(have, i);
        }
        _requireSame(provers[TRANSACTION], precompiles);
        _requireSame(provers[CALL], precompiles);
        uint256 missing = precompiles.missing();
        if (missing != 0) revert OneStepVerifier_PrecompileIsMissing(missing);
        _item = provers[0];
        _transaction = provers[1];
        _word = provers[2];
        _memory = provers[3];
        _state = provers[4];
        _call = provers[5];
        _create = provers[6];
        _end = provers[7];
        _apply = provers[8];
    }

    /// @inheritdoc IStepVerifier
    /// @dev Reverts where the witness shows nothing, whatever it is that is wrong with it.
    function step(bytes32 contextHash, uint256 unit, bytes32 stateHash, bytes calldata witness)
        external
        view
        returns (bytes32 nextStateHash)
    {
        uint256 kind = Reader.uintAt(Reader.enter(witness, 0, 1), 1);
        if (kind < PROVERS) return prover(kind).prove(contextHash, unit, stateHash, witness);
        _requireFixedPoint(kind, unit, stateHash, witness);
        return stateHash;
    }

    /// @notice The prover with this number.
    function prover(uint256 index) public view returns (IProver) {
        if (index == 0) return _item;
        if (index == 1) return _transaction;
        if (index == 2) return _word;
        if (index == 3) return _memory;
        if (index == 4) return _state;
        if (index == 5) return _call;
        if (index == 6) return _create;
        if (index == 7) return _end;
        if (index == 8) return _apply;
        revert OneStepVerifier_KindIsUnknown(index, PROVERS - 1);
    }

    /// @dev Checks that a prover runs precompiles with these.
    function _requireSame(IProver prover_, PrecompileProver precompiles) private view {
        address have = address(IPrecompileCaller(address(prover_)).precompiles());
        if (have != address(precompiles)) {
            revert OneStepVerifier_PrecompilesAreDifferent(have, address(precompiles));
        }
    }

    /// @dev Checks that the witness shows the state to be one that stays as it is.
    function _requireFixedPoint(uint256 kind, uint256 unit, bytes32 stateHash, bytes calldata witness)
        private
        pure
    {
        bytes32 have;
        if (kind == FINISHED_UNIT) {
            (Machines.Machine memory machine, bytes32 hash, uint256 end) = Machines.read(witness, 1);
            Reader.finish(witness, end);
            if (machine.unit != unit + 1) revert OneStepVerifier_UnitIsNotFinished(machine.unit, unit + 1);
            have = hash;
        } else if (kind == DIFF || kind == STATE) {
            bytes32 root = Reader.wordAt(Reader.enter(witness, 1, 32));
            Reader.finish(witness, 33);
            have = kind == DIFF ? Machines.diffHash(root) : Machines.stateHash(root);
        } else {
            revert OneStepVerifier_KindIsUnknown(kind, STATE);
        }
        if (have != stateHash) revert OneStepVerifier_StateIsDifferent(have, stateHash);
    }
}
