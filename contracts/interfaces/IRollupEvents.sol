// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The log of the rollup
/// @notice From these events alone, in order, every field of the contract's state can be rebuilt.
interface IRollupEvents {
    /// @notice The chain exists. `orderHash` stands for order 0.
    event GenesisCommitted(
        bytes32 indexed orderHash, bytes32 chainConfigHash, bytes32 stateRoot, address indexed game
    );

    /// @notice Order `batch` is fixed for ever. `data` is T_n itself, whose paged root is `dataRoot`.
    event OrderAppended(
        uint256 indexed batch,
        bytes32 indexed orderHash,
        uint256 indexed term,
        bytes32 dataRoot,
        uint64 timestamp,
        bytes32 prevrandao,
        address coinbase,
        bytes data
    );

    /// @notice Batches `firstBatch`.. were claimed with `diffRoots`; their serials run from `firstSerial` up.
    event BatchesClaimed(
        uint256 indexed firstBatch,
        uint256 indexed term,
        uint256 firstSerial,
        uint64 time,
        bytes32[] diffRoots
    );

    /// @notice The claims of the batches `firstBatch` to `lastBatch` are final.
    event BatchesFinalized(uint256 indexed firstBatch, uint256 lastBatch);

    /// @notice All claims from `firstBatch` to `lastBatch` went with their term.
    event ClaimsDeleted(uint256 indexed term, uint256 firstBatch, uint256 lastBatch);

    /// @notice h(S_m) was claimed for m = `batch`.
    event StateClaimed(
        uint256 indexed batch, uint256 indexed term, uint256 indexed serial, uint64 time, bytes32 stateRoot
    );

    /// @notice `batch` is the new r.
    event StateFinalized(uint256 indexed batch, uint256 indexed serial, bytes32 stateRoot);

    /// @notice The pending state claim went with its term.
    event StateClaimDeleted(uint256 indexed batch, uint256 indexed term, uint256 indexed serial);

    /// @notice `sequencer` put down the whole stake.
    event TermBegan(uint256 indexed term, address indexed sequencer, uint256 stake);

    /// @notice The sequencer may only defend from now on; `caller` asked for it.
    event RetirementBegan(uint256 indexed term, address indexed caller);

    /// @notice The term is over with nothing left to dispute, and the stake is credited to the sequencer.
    event TermEnded(uint256 indexed term, address indexed sequencer, uint256 stake);

    /// @notice The term is over by a verdict.
    event SequencerSlashed(
        uint256 indexed term, address indexed sequencer, address indexed winner, uint256 reward, uint256 burnt
    );

    /// @notice A game disputes the claim with this serial; `openGames` do now.
    event GameOpened(uint256 indexed batch, uint256 indexed serial, uint256 openGames);

    /// @notice A game on the claim with this serial was lost by its challenger; `openGames` are left.
    event GameClosed(uint256 indexed batch, uint256 indexed serial, uint256 openGames);

    /// @notice `account` was paid what it was owed.
    event Withdrawn(address indexed account, uint256 amount);
}
