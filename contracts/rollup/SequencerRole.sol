// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupManager} from "../interfaces/IRollupManager.sol";
import {Ether} from "../libraries/Ether.sol";
import {Orders} from "../libraries/Orders.sol";
import {Protocol} from "../libraries/Protocol.sol";
import {RollupStorage} from "./RollupStorage.sol";

/// @title The role, its terms and its stake
/// @dev INVARIANT: the balance is the stake of the running term plus all credits (plus what is forced in, which
/// nobody owns). Stake leaves by `endTerm` and by a verdict, in no other way.
abstract contract SequencerRole is RollupStorage {
    /// @inheritdoc IRollupManager
    function beginTerm() external payable returns (uint64 term) {
        require(_seat.role == Role.Vacant, RollupManager_WrongRole(_seat.role, Role.Vacant));
        require(msg.value == STAKE, RollupManager_WrongStake(msg.value, STAKE));
        term = _seat.term + 1;
        _seat = Seat({sequencer: msg.sender, role: Role.Active, term: term});
        _clocks.termBegan = _now();
        _clocks.termBase = _base.batch;
        emit TermBegan(term, msg.sender, STAKE);
    }

    /// @inheritdoc IRollupManager
    function retire() external onlySequencer {
        _retire();
    }

    /// @inheritdoc IRollupManager
    function retireSilent() external {
        Clocks memory clock = _clocks;
        uint256 since = clock.orderedAt > clock.termBegan ? clock.orderedAt : clock.termBegan;
        _requireIdle(since + IDLE_TIME);
        _retire();
    }

    /// @inheritdoc IRollupManager
    function retireUnclaimed(Orders.Order calldata order) external {
        Heads memory head = _heads;
        require(
            order.batch == head.claimed + 1,
            RollupManager_ClaimOutOfTurn(order.batch, uint256(head.claimed) + 1)
        );
        require(order.batch <= head.ordered, RollupManager_OrderAbsent(order.batch, head.ordered));
        bytes32 named = Orders.hash(order);
        bytes32 actual = _orderHashes[order.batch];
        require(named == actual, RollupManager_OrderHashDiffers(named, actual));
        _requireIdle(claimDeadline(order.batch, order.timestamp));
        _retire();
    }

    /// @inheritdoc IRollupManager
    function endTerm() external {
        Seat memory ending = _seat;
        require(ending.role == Role.Retiring, RollupManager_WrongRole(ending.role, Role.Retiring));
        Heads memory head = _heads;
        require(head.claimed == head.finalized, RollupManager_ClaimsPending(head.claimed, head.finalized));
        require(_pendingState.serial == 0, RollupManager_StateClaimPending(_pendingState.serial));

        _vacate(ending.term);
        _credits[ending.sequencer] += STAKE;
        emit TermEnded(ending.term, ending.sequencer, STAKE);
    }

    /// @inheritdoc IRollupManager
    function withdraw(address account) external returns (uint256 amount) {
        amount = _credits[account];
        require(amount != 0, RollupManager_NothingOwed(account));
        _credits[account] = 0;
        emit Withdrawn(account, amount);
        Ether.send(account, amount);
    }

    /// @inheritdoc IRollupManager
    /// @dev Order n was within MAX_LAG of r after at most `cycles` full cycles of claims, their finality and a
    /// state claim, however large the backlog that the term began with. So the deadline of an order depends on
    /// nothing that the sequencer can drag out, and a diligent one always meets it.
    function claimDeadline(uint64 batch, uint64 timestamp) public view returns (uint256) {
        Clocks memory clock = _clocks;
        uint256 reachable = clock.termBegan;
        if (batch > clock.termBase) {
            uint256 cycles = uint256(batch - clock.termBase - 1) / MAX_LAG;
            reachable += cycles * Protocol.settlementCycle(parameters());
        }
        return (timestamp > reachable ? timestamp : reachable) + IDLE_TIME;
    }

    /// @dev Ends the term by a verdict, in constant work whatever it claimed.
    function _slash(address winner) internal {
        Seat memory ending = _seat;
        Heads memory head = _heads;
        if (head.claimed != head.finalized) {
            _heads.claimed = head.finalized;
            emit ClaimsDeleted(ending.term, uint256(head.finalized) + 1, head.claimed);
        }
        StateClaim memory pending = _pendingState;
        if (pending.serial != 0) {
            delete _pendingState;
            emit StateClaimDeleted(pending.batch, ending.term, pending.serial);
        }

        _vacate(ending.term);
        uint256 reward = STAKE / 2;
        uint256 burnt = STAKE - reward;
        _credits[winner] += reward;
        emit SequencerSlashed(ending.term, ending.sequencer, winner, reward, burnt);
        Ether.burn(burnt);
    }

    function _retire() private {
        require(_seat.role == Role.Active, RollupManager_WrongRole(_seat.role, Role.Active));
        _seat.role = Role.Retiring;
        emit RetirementBegan(_seat.term, msg.sender);
    }

    function _vacate(uint64 term) private {
        _seat = Seat({sequencer: address(0), role: Role.Vacant, term: term});
    }

    function _requireIdle(uint256 deadline) private view {
        require(block.timestamp > deadline, RollupManager_NotIdle(block.timestamp, deadline + 1));
    }
}
