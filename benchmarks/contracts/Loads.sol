// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice OpenZeppelin's token as it is. The benchmark writes its code and balances into the first state.
contract Token is ERC20 {
    constructor() ERC20("Benchmark", "BENCH") {}
}

/// @notice Arithmetic alone. The result is stored, so that the state after it proves the work.
contract ArithmeticLoop {
    mapping(uint256 seed => uint256) public results;

    function run(uint256 rounds, uint256 seed) external {
        uint256 x = seed;
        // SAFETY: the loop is meant to wrap; it computes nothing of worth.
        unchecked {
            for (uint256 i = 0; i < rounds; ++i) {
                x = x * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407;
                x ^= x >> 29;
                x += i % 7;
            }
        }
        results[seed] = x;
    }
}

/// @notice Storage, hashes and memory in one loop, with checked arithmetic.
contract MixedLoop {
    uint256 private constant SLOTS = 64;

    mapping(uint256 index => uint256) public table;

    function run(uint256 rounds, uint256 seed) external returns (bytes32 digest) {
        uint256[] memory window = new uint256[](16);
        digest = bytes32(seed);
        for (uint256 i = 0; i < rounds; ++i) {
            digest = keccak256(abi.encode(digest, i, window[(i * 5) % 16]));
            window[i % 16] = uint256(digest) ^ i;
            table[uint256(digest) % SLOTS] += i;
        }
    }
}

/// @notice What `Caller` calls.
contract Callee {
    uint256 public total;

    function add(uint256 amount) external returns (uint256) {
        total += amount;
        return total;
    }

    function square(uint256 x) external pure returns (uint256) {
        return x * x;
    }
}

/// @notice A loop of calls and static calls to another contract.
contract Caller {
    uint256 public last;

    function run(Callee callee, uint256 rounds) external {
        uint256 seen = 0;
        for (uint256 i = 0; i < rounds; ++i) {
            seen = callee.add(callee.square(i));
        }
        last = seen;
    }
}

/// @notice A small contract to be created.
contract Child {
    uint256 public immutable seed;
    address public maker;

    constructor(uint256 seed_) {
        seed = seed_;
        maker = msg.sender;
    }
}

/// @notice Creates contracts, every second one at an address known beforehand.
contract Factory {
    uint256 public made;

    function spawn(uint256 count) external {
        uint256 from = made;
        for (uint256 i = from; i < from + count; ++i) {
            if (i % 2 == 0) new Child(i);
            else new Child{salt: bytes32(i)}(i);
        }
        made = from + count;
    }
}
