// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPrecompileProver} from "./IPrecompileProver.sol";

/// @title A prover whose steps run precompiles of the L2
interface IPrecompileCaller {
    /// @notice What it runs them with, for ever.
    function precompiles() external view returns (IPrecompileProver);
}
