// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupErrors} from "../interfaces/IRollupErrors.sol";
import {IRollupManager} from "../interfaces/IRollupManager.sol";

/// @title A payee that takes no ether
contract RefusingPayee {}

/// @title A payee that calls back for more and answers with a large return value
contract GreedyPayee {
    IRollupManager internal immutable ROLLUP;

    constructor(IRollupManager rollup) {
        ROLLUP = rollup;
    }

    receive() external payable {
        try ROLLUP.withdraw(address(this)) {} catch {}
        // SAFETY: ends the call; nothing runs after it that could see the memory it leaves.
        assembly {
            return(0, 100000)
        }
    }
}

/// @title Calls the rollup from inside, so that no calldata of the transaction holds the order
contract Relay is IRollupErrors {
    IRollupManager internal immutable ROLLUP;

    constructor(IRollupManager rollup) {
        ROLLUP = rollup;
    }

    receive() external payable {}

    function relay(bytes calldata call) external payable {
        (bool done, bytes memory answer) = address(ROLLUP).call{value: msg.value}(call);
        if (done) return;
        // SAFETY: hands the revert reason on and ends the call.
        assembly {
            revert(add(answer, 32), mload(answer))
        }
    }
}
