"""SSTORE and SLOAD: the table of EIP-2200 at the prices of EIP-2929 and EIP-3529, and the stipend's guard."""

from __future__ import annotations

import itertools

import pytest
from support_sweep import sweep

from tests.support.assembly import assemble, measured
from tests.support.batches import CALLEE, CONTRACT, World, execute, transaction

COLD, WARM, SET, UPDATE, CLEAR = 2_100, 100, 20_000, 2_900, 4_800


def price(original: int, current: int, new: int) -> tuple[int, int]:
    """(gas without the cold access, change of the refund), by the words of EIP-3529."""
    if current == new:
        return WARM, 0
    if current == original:
        if original == 0:
            return SET, 0
        return UPDATE, CLEAR if new == 0 else 0
    refund = 0
    if original != 0:
        if current == 0:
            refund -= CLEAR
        if new == 0:
            refund += CLEAR
    if original == new:
        refund += SET - WARM if original == 0 else UPDATE - WARM
    return WARM, refund


@pytest.mark.parametrize(("original", "current", "new"), list(itertools.product((0, 1, 2), repeat=3)))
def test_every_row_of_the_table(original: int, current: int, new: int) -> None:
    # PUSH1 for 0 too, so that operands cost the same in every row.
    code = b"".join(b"\x60" + bytes([value]) + assemble(7, "SSTORE") for value in (current, new))
    # Burn enough that no refund is capped.
    burn = assemble(*(part for n in range(100, 160) for part in (n, "SLOAD", "POP")))
    world = World.of({CONTRACT: code + burn}).with_account(
        CONTRACT, storage={7: original} if original else {}
    )
    batch = execute(world, [transaction()])
    gas = [price(original, original, current), price(original, current, new)]
    before = 21_000 + 4 * 3 + COLD + sum(part[0] for part in gas) + 60 * (3 + COLD + 2)
    assert batch.receipt.gas_used == before - sum(part[1] for part in gas)
    assert batch.slot(CONTRACT, 7) == new


def test_a_store_needs_more_left_than_the_stipend() -> None:
    # The slot is warm and keeps its value: 100 gas are its price, but 2,300 must not be all that is left.
    code = assemble(7, "SLOAD", 7, "SSTORE")
    world = World.of({CONTRACT: code}).with_account(CONTRACT, storage={7: 1})
    before = 3 + COLD + 3
    result = sweep(world, [before + 2_299, before + 2_300, before + 2_301])
    assert [str(receipt.status) for receipt in result.receipts] == ["failure", "failure", "success"]
    # Nothing of what follows may be charged first, also where a trace charges ahead.
    longer = World.of({CONTRACT: code + assemble(*[1, "POP"] * 40)}).with_account(CONTRACT, storage={7: 1})
    result = sweep(longer, [before + 2_300, before + 2_301])
    assert [str(receipt.status) for receipt in result.receipts] == ["failure", "success"]


def test_a_call_with_the_stipend_alone_can_not_store() -> None:
    call = measured(0, 0, 0, 0, 1, int.from_bytes(CALLEE, "big"), 0, "CALL")
    for code, works in (
        (assemble(7, 7, "SSTORE"), 0),
        (assemble(7, 7, "TSTORE"), 1),
        (assemble(7, "SLOAD"), 1),
    ):
        batch = execute(World.of({CONTRACT: call, CALLEE: code}), [transaction()])
        assert batch.slot(CONTRACT, 0) == works
        assert batch.slot(CALLEE, 7) == 0


def test_a_slot_is_cold_until_it_is_loaded_or_stored() -> None:
    code = measured(5, "SLOAD", offset=10) + measured(5, "SLOAD", offset=12)
    batch = execute(World.of({CONTRACT: code}), [transaction()])
    assert (batch.slot(CONTRACT, 11), batch.slot(CONTRACT, 13)) == (3 + COLD + 2, 3 + WARM + 2)
    stored = assemble(1, 5, "SSTORE") + measured(5, "SLOAD", offset=10)
    assert execute(World.of({CONTRACT: stored}), [transaction()]).slot(CONTRACT, 11) == 3 + WARM + 2


def test_a_revert_makes_the_slot_cold_and_gives_the_value_and_the_refund_back() -> None:
    child = assemble(0, 7, "SSTORE", 0, 0, "REVERT")
    call = assemble(0, 0, 0, 0, int.from_bytes(CALLEE, "big"), "GAS", "DELEGATECALL", "POP")
    code = call + measured(7, "SLOAD")
    world = World.of({CONTRACT: code, CALLEE: child}).with_account(CONTRACT, storage={7: 9, 0: 1, 1: 1})
    batch = execute(world, [transaction()])
    assert (batch.slot(CONTRACT, 0), batch.slot(CONTRACT, 1)) == (9, 3 + COLD + 2)
    assert batch.slot(CONTRACT, 7) == 9
    clearing = World.of({CONTRACT: call, CALLEE: child}).with_account(CONTRACT, storage={7: 9})
    plain = World.of({CONTRACT: call, CALLEE: child.replace(b"\x5f\x60\x07\x55", b"\x60\x01\x60\x07\x55")})
    with_refund = execute(clearing, [transaction()]).receipt.gas_used
    without = execute(plain.with_account(CONTRACT, storage={7: 9}), [transaction()]).receipt.gas_used
    assert without - with_refund == 1  # PUSH1 against PUSH0


def test_the_original_value_is_of_the_transaction_though_a_frame_reverted() -> None:
    # 5 -> 0 in a frame that reverts, then 5 -> 6: still the first change of the slot, and it is cold again.
    child = assemble(0, 7, "SSTORE", 0, 0, "REVERT")
    call = assemble(0, 0, 0, 0, int.from_bytes(CALLEE, "big"), "GAS", "DELEGATECALL", "POP")
    code = call + assemble("GAS", 6, 7, "SSTORE", "GAS", "SWAP1", "SUB", 9, "SSTORE")
    world = World.of({CONTRACT: code, CALLEE: child}).with_account(CONTRACT, storage={7: 5})
    assert execute(world, [transaction()]).slot(CONTRACT, 9) == 3 + 3 + COLD + UPDATE + 2


def test_transient_storage_is_the_accounts_own_and_reverts() -> None:
    child = assemble(4, 7, "TSTORE", 0, 0, "REVERT")
    call = assemble(0, 0, 0, 0, int.from_bytes(CALLEE, "big"), 10_000, "DELEGATECALL", "POP")
    code = assemble(3, 7, "TSTORE") + call + assemble(7, "TLOAD", 0, "SSTORE")
    assert execute(World.of({CONTRACT: code, CALLEE: child}), [transaction()]).slot(CONTRACT, 0) == 3
    kept = child[:-3]
    assert execute(World.of({CONTRACT: code, CALLEE: kept}), [transaction()]).slot(CONTRACT, 0) == 4
    other = code.replace(b"\xf4", b"\xfa")  # STATICCALL: another account, and no write at all
    assert execute(World.of({CONTRACT: other, CALLEE: kept}), [transaction()]).slot(CONTRACT, 0) == 3
