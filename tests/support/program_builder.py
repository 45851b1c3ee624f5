"""One contract out of a string of choices: code that runs far more often than random bytes would.

The builder knows a lower bound of the stack's height, so that instructions mostly find their operands, and builds
branches and loops whole, so that most programs end. A byte of choices 0 is always the plainest choice, and without
bytes nothing more is built: what hypothesis shrinks the bytes to is a small program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tests.support.assembly import OPCODES, creation_of, push, store_bytes
from tests.support.choices import Choices

__all__ = ["ProgramBuilder"]

WORDS: Final = (0, 1, 2, 3, 31, 32, 33, 255, 256, 1_000, 1 << 64, 1 << 160, (1 << 255), (1 << 256) - 1, 7)
UNARY: Final = ("ISZERO", "NOT", "CLZ")
BINARY: Final = (
    *("ADD", "SUB", "MUL", "DIV", "LT", "GT", "EQ", "AND", "OR", "XOR", "SHL", "SHR", "SAR", "SLT", "SGT"),
    *("SDIV", "MOD", "SMOD", "BYTE", "SIGNEXTEND", "EXP"),
)
NULLARY: Final = (
    *("GAS", "CALLER", "CALLVALUE", "ADDRESS", "ORIGIN", "CALLDATASIZE", "CODESIZE", "GASPRICE", "PC"),
    *("MSIZE", "RETURNDATASIZE", "COINBASE", "TIMESTAMP", "NUMBER", "PREVRANDAO", "GASLIMIT", "CHAINID"),
    *("SELFBALANCE", "BASEFEE", "BLOBBASEFEE", "PUSH0"),
)
LOOKUPS: Final = ("CALLDATALOAD", "BALANCE", "EXTCODESIZE", "EXTCODEHASH", "BLOCKHASH", "BLOBHASH")
OFFSETS: Final = (0, 0, 1, 31, 32, 64, 100, 250, 300, 5_000, 1 << 22, (1 << 256) - 1)
SIZES: Final = (0, 4, 32, 33, 64, 200, 300, 600, 9_000)
CALL_GAS: Final = (1 << 255, 0, 100, 2_300, 5_000, 30_000, 100_000)
VALUES: Final = (0, 0, 0, 1, 7, 10**30)
MAX_NESTING: Final = 3
MAX_CODE: Final = 3_000  # bytes; fragments are small beside it


class ProgramBuilder:
    """Builds one code. ``targets`` are the addresses that it may call."""

    def __init__(self, choices: Choices, targets: Sequence[int], nesting: int = 0) -> None:
        self.choices = choices
        self.targets = targets
        self.nesting = nesting
        self.code = bytearray()
        self.height = 0
        self.floor = 0  # words that the fragments of a loop must leave alone

    def build(self, fragments: int) -> bytes:
        """The code of at most this many fragments, with some end."""
        for _ in range(fragments):
            if self.choices.exhausted or len(self.code) > MAX_CODE:
                break
            self.fragment()
        self.end()
        return bytes(self.code)

    # Pieces

    def op(self, name: str, pops: int = 0, pushes: int = 0) -> None:
        self.code.append(OPCODES[name])
        self.height = max(self.height - pops, 0) + pushes

    def push(self, number: int) -> None:
        self.code += push(number)
        self.height += 1

    def label(self) -> int:
        self.op("JUMPDEST")
        return len(self.code) - 1

    def push_forward(self) -> int:
        """A PUSH2 whose target is not known yet; returns what `land` needs."""
        self.code += push(0, 2)
        self.height += 1
        return len(self.code) - 2

    def land(self, place: int) -> None:
        self.code[place : place + 2] = self.label().to_bytes(2, "big")

    def operand(self) -> None:
        """Push any word."""
        kind = self.choices.below(4)
        if kind == 1:
            self.op(self.choices.pick(NULLARY), 0, 1)
        elif kind == 2 and self.height:
            depth = 1 + self.choices.below(min(self.height, 16))
            self.op(f"DUP{depth}", depth, depth + 1)
        else:
            self.push(self.choices.pick(WORDS))

    def need(self, count: int) -> None:
        while self.height - self.floor < count:
            self.operand()

    def body(self, fragments: int) -> None:
        """Fragments that leave the stack as high as it was."""
        height, floor = self.height, self.floor
        self.floor = height
        self.nesting += 1
        for _ in range(fragments):
            self.fragment()
        self.nesting -= 1
        self.floor = floor
        while self.height > height:
            self.op("POP", 1)
        while self.height < height:
            self.push(1)

    # Fragments

    def fragment(self) -> None:
        self.choices.pick(FRAGMENTS)(self)

    def words(self) -> None:
        for _ in range(1 + self.choices.below(4)):
            self.operand()

    def compute(self) -> None:
        kind = self.choices.below(6)
        if kind == 0:
            self.need(2)
            self.op(self.choices.pick(BINARY), 2, 1)
        elif kind == 1:
            self.need(1)
            self.op(self.choices.pick(UNARY), 1, 1)
        elif kind == 2:
            self.need(1)
            self.op(self.choices.pick(LOOKUPS), 1, 1)
        elif kind == 3:
            self.need(3)
            self.op(self.choices.pick(("ADDMOD", "MULMOD")), 3, 1)
        elif kind == 4:
            self.need(2)
            depth = 1 + self.choices.below(min(self.height - self.floor - 1, 16))
            self.op(f"SWAP{depth}", depth + 1, depth + 1)
        else:
            self.need(1)
            self.op("POP", 1)

    def memory(self) -> None:
        kind = self.choices.below(5)
        if kind == 0:
            self.operand()
            self.push(self.choices.pick(OFFSETS[:-2]))
            self.op(self.choices.pick(("MSTORE", "MSTORE", "MSTORE8")), 2)
        elif kind == 1:
            self.push(self.choices.pick(OFFSETS))
            self.op("MLOAD", 1, 1)
        elif kind == 2:
            self.region()
            self.op("KECCAK256", 2, 1)
        elif kind == 3:
            self.region()
            self.push(self.choices.pick(OFFSETS[:-2]))
            self.op(self.choices.pick(("MCOPY", "CALLDATACOPY", "CODECOPY", "RETURNDATACOPY")), 3)
        else:
            self.region()
            self.push(self.choices.pick(OFFSETS[:-2]))
            self.target()
            self.op("EXTCODECOPY", 4)

    def region(self) -> None:
        """Size and, on top, offset."""
        self.push(self.choices.pick(SIZES))
        self.push(self.choices.pick(OFFSETS[:-3] if self.choices.below(8) else OFFSETS))

    def storage(self) -> None:
        kind = self.choices.below(4)
        if kind != 1:
            self.operand()
        self.push(self.choices.below(3))
        name = ("SSTORE", "SLOAD", "SSTORE", "TSTORE")[kind]
        if name == "SLOAD":
            self.op(self.choices.pick(("SLOAD", "SLOAD", "TLOAD")), 1, 1)
        else:
            self.op(name, 2)

    def gas(self) -> None:
        """GAS where it can be seen afterwards."""
        self.op("GAS", 0, 1)
        if self.choices.below(2):
            self.push(self.choices.below(3))
            self.op("SSTORE", 2)

    def log(self) -> None:
        topics = self.choices.below(5)
        for _ in range(topics):
            self.operand()
        self.region()
        self.op(f"LOG{topics}", topics + 2)

    def branch(self) -> None:
        """A conditional jump over a body, sometimes over the end of the program."""
        if self.nesting >= MAX_NESTING:
            return self.words()
        self.need(1)
        place = self.push_forward()
        self.op("JUMPI", 2)
        self.body(self.choices.below(3))
        if self.choices.seldom(4):
            self.end()
        return self.land(place)

    def loop(self) -> None:
        """A body made 1 to 5 times, sometimes more often than any engine takes for cold."""
        if self.nesting >= MAX_NESTING:
            return self.words()
        self.push(self.choices.pick((2, 1, 3, 5, 2, 40)) if not self.nesting else 2)
        start = self.label()
        self.body(1 + self.choices.below(3))
        self.push(1)
        self.op("SWAP1", 2, 2)
        self.op("SUB", 2, 1)
        self.op("DUP1", 1, 2)
        self.code += push(start, 2)
        self.op("JUMPI", 1)
        return self.op("POP", 1)

    def computed_jump(self) -> None:
        """A jump whose target no compiler sees, sometimes into push data or behind the end."""
        place = self.push_forward()
        mask = self.choices.pick((0, 0x0101, 0xFFFF))
        self.op("CALLDATASIZE", 0, 1)
        self.op("CALLDATASIZE", 0, 1)
        self.op("SUB", 2, 1)  # 0, unknown to a compiler
        self.op("ADD", 2, 1)
        self.code += push(mask, 2) + bytes([OPCODES["XOR"]]) + push(mask, 2) + bytes([OPCODES["XOR"]])
        if self.choices.seldom(16):
            self.code += push(1) + bytes([OPCODES["ADD"]])
        self.op("JUMP", 1)
        self.code += b"\x60\x5b"  # never run: a JUMPDEST that is push data
        self.land(place)

    def climb(self) -> None:
        """Pile words up to near the limit of the stack."""
        if self.nesting:
            return self.words()
        self.push(1_023 - self.height - self.choices.below(40))
        start = self.label()
        self.code += bytes([OPCODES["DUP1"]]) + push(1) + bytes([OPCODES["SWAP1"], OPCODES["SUB"]])
        self.code += bytes([OPCODES["DUP1"]]) + push(start, 2)
        return self.op("JUMPI", 0, 1)

    def target(self) -> None:
        """Push an address, at times the one that a creation has just left."""
        if self.height and self.choices.seldom(4):
            depth = 1 + self.choices.below(min(self.height, 3))
            self.op(f"DUP{depth}", depth, depth + 1)
        else:
            self.push(self.choices.pick(self.targets))

    def call(self) -> None:
        kind = self.choices.pick(("CALL", "STATICCALL", "DELEGATECALL", "CALLCODE", "CALL"))
        self.region()
        self.region()
        pops = 6
        if kind.startswith("CALL"):
            self.push(self.choices.pick(VALUES))
            pops = 7
        self.target()
        if self.choices.seldom(4):
            self.op("GAS", 0, 1)
        else:
            self.push(self.choices.pick(CALL_GAS))
        self.op(kind, pops, 1)

    def create(self) -> None:
        if self.nesting >= MAX_NESTING:
            return self.words()
        initcode = self.initcode()
        self.code += store_bytes(initcode)
        kind = self.choices.pick(("CREATE", "CREATE2"))
        if kind == "CREATE2":
            self.push(self.choices.below(2))
        self.push(len(initcode) if not self.choices.seldom(16) else 49_153)
        self.push(0)
        self.push(self.choices.pick(VALUES))
        return self.op(kind, 3 + (kind == "CREATE2"), 1)

    def initcode(self) -> bytes:
        """What a creation runs: a runtime of its own, or some other end."""
        kind = self.choices.below(6)
        if kind < 3:
            runtime = ProgramBuilder(self.choices, self.targets, MAX_NESTING).build(1 + kind)
            return creation_of(runtime)
        if kind == 3:
            return ProgramBuilder(self.choices, self.targets, MAX_NESTING).build(2)
        if kind == 4:
            return creation_of(bytes([0xEF]))
        return push(self.choices.pick(self.targets)) + bytes([OPCODES["SELFDESTRUCT"]])

    def chaos(self) -> None:
        """Any byte at all."""
        self.code.append(self.choices.below(256))

    def end(self) -> None:
        kind = self.choices.below(8)
        if kind in (1, 2):
            self.region()
            self.op("RETURN" if kind == 1 else "REVERT", 2)
        elif kind == 3:
            self.target()
            self.op("SELFDESTRUCT", 1)
        elif kind == 4:
            self.op("INVALID")
        elif kind < 6:
            self.op("STOP")
        # else: it falls off its end, or into what follows


_B = ProgramBuilder
FRAGMENTS: Final[tuple[Callable[[ProgramBuilder], None], ...]] = (
    *(_B.words, _B.compute, _B.storage, _B.memory, _B.call, _B.loop, _B.branch, _B.create, _B.gas),
    *(_B.compute, _B.storage, _B.memory, _B.call, _B.loop, _B.branch, _B.compute, _B.log, _B.call),
    *(_B.computed_jump, _B.compute, _B.climb, _B.compute, _B.storage, _B.create, _B.chaos),
)
