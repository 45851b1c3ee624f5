// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The types that the rollup contracts keep and hand out
interface IRollupTypes {
    /// @notice Vacant: nobody. Active: orders and claims. Retiring: may only defend.
    enum Role {
        Vacant,
        Active,
        Retiring
    }

    /// @notice Who holds the role, and in which term. One term is one sequencer with one whole stake.
    struct Seat {
        address sequencer;
        Role role;
        uint64 term;
    }

    /// @notice `ordered` >= `claimed` >= `finalized` are batch numbers; `serial` is the last one given out.
    struct Heads {
        uint64 ordered;
        uint64 claimed;
        uint64 finalized;
        uint64 serial;
    }

    /// @notice `orderTimestamp` is that of the last order, `orderedAt` when it came; `termBegan` and `termBase` are
    /// the time and the r at the term's begin.
    struct Clocks {
        uint64 orderTimestamp;
        uint64 orderedAt;
        uint64 termBegan;
        uint64 termBase;
    }

    /// @notice The last final state: r and h(S_r).
    struct Base {
        bytes32 stateRoot;
        uint64 batch;
    }

    /// @notice A claim of h(D_n). Absence is `serial == 0`; 0 is a legal `diffRoot`.
    struct Claim {
        bytes32 diffRoot;
        uint64 serial;
        uint64 term;
        uint64 time;
        uint64 openGames;
    }

    /// @notice A claim of h(S_m), m = `batch`. Absence is `serial == 0`.
    struct StateClaim {
        bytes32 stateRoot;
        uint64 serial;
        uint64 batch;
        uint64 time;
        uint64 openGames;
    }

    /// @notice What a game freezes of the claim it disputes. `root` is h(D_n) or h(S_m); `base` is r with h(S_r).
    struct Disputed {
        address sequencer;
        uint64 term;
        uint64 serial;
        uint64 batch;
        bytes32 root;
        bytes32 parentHash;
        bytes32 orderHash;
        Base base;
    }
}
