"""Prices of the BLS12-381 precompiles, 0x0b to 0x11 (EIP-2537).

An input of a wrong size fails whatever it costs; its price counts the whole pieces.
"""

from __future__ import annotations

from typing import Final

from offchain.evm.precompiles.bls12_381 import G1_SIZE, G2_SIZE, SCALAR_SIZE

__all__ = [
    "g1_add_gas",
    "g1_msm_gas",
    "g2_add_gas",
    "g2_msm_gas",
    "map_fp2_to_g2_gas",
    "map_fp_to_g1_gas",
    "pairing_check_gas",
]

G1_ADD: Final = 375
G2_ADD: Final = 600
G1_MULTIPLY: Final = 12_000
G2_MULTIPLY: Final = 22_500
PAIRING: Final = 37_700
PAIRING_PER_PAIR: Final = 32_600
MAP_FP_TO_G1: Final = 5_500
MAP_FP2_TO_G2: Final = 23_800

# fmt: off
# Thousandths of the full price for each of k = 1, 2, ... products; beyond the table its last entry holds.
G1_DISCOUNT: Final = (
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665, 661,
    658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615, 613, 611,
    609, 608, 606, 604, 603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581,
    580, 579, 577, 576, 575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559,
    558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544, 543, 542, 541, 540,
    540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531, 530, 529, 528, 528, 527, 526, 525, 525,
    524, 523, 522, 522, 521, 520, 520, 519,
)
G2_DISCOUNT: Final = (
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704, 699,
    693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632, 629, 627,
    624, 622, 620, 618, 615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589,
    587, 586, 584, 583, 582, 580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563,
    562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547, 546, 545, 545,
    544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535, 534, 533, 532, 532, 531, 530, 530,
    529, 528, 528, 527, 526, 526, 525, 524, 524,
)
# fmt: on


def g1_add_gas(data: bytes) -> int:
    """A constant."""
    return G1_ADD


def g2_add_gas(data: bytes) -> int:
    """A constant."""
    return G2_ADD


def g1_msm_gas(data: bytes) -> int:
    """By the number of products, with discount."""
    return _msm_gas(len(data) // (G1_SIZE + SCALAR_SIZE), G1_MULTIPLY, G1_DISCOUNT)


def g2_msm_gas(data: bytes) -> int:
    """By the number of products, with discount."""
    return _msm_gas(len(data) // (G2_SIZE + SCALAR_SIZE), G2_MULTIPLY, G2_DISCOUNT)


def pairing_check_gas(data: bytes) -> int:
    """A constant and a price for each pair."""
    return PAIRING + PAIRING_PER_PAIR * (len(data) // (G1_SIZE + G2_SIZE))


def map_fp_to_g1_gas(data: bytes) -> int:
    """A constant."""
    return MAP_FP_TO_G1


def map_fp2_to_g2_gas(data: bytes) -> int:
    """A constant."""
    return MAP_FP2_TO_G2


def _msm_gas(products: int, price: int, discounts: tuple[int, ...]) -> int:
    if products == 0:
        return 0
    return products * price * discounts[min(products, len(discounts)) - 1] // 1_000
