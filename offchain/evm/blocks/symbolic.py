"""The stack of a trace at compile time: which local name, constant or condition stands in each place."""

from __future__ import annotations

__all__ = ["SymbolicStack", "Value"]


class Value:
    """A word as Python text: a local name, a constant, or a condition that is worth 1 or 0.

    Names are assigned once, so the text of a condition can be used any number of times, later than where it arose.
    """

    __slots__ = ("_condition", "constant", "text")

    def __init__(self, text: str, constant: int | None = None, condition: str | None = None) -> None:
        self.text = text
        self.constant = constant
        self._condition = condition

    @classmethod
    def of(cls, constant: int) -> Value:
        """A constant."""
        return cls(str(constant) if constant < 1 << 16 else hex(constant), constant)

    @classmethod
    def of_condition(cls, condition: str) -> Value:
        """1 where the condition holds, else 0."""
        return cls(f"(1 if {condition} else 0)", None, condition)

    def condition(self) -> str:
        """Python text that is true iff the word is not 0."""
        return self._condition if self._condition is not None else self.text

    def negated(self) -> str:
        """Python text that is true iff the word is 0."""
        return f"not ({self.condition()})"

    def __str__(self) -> str:
        return self.text


class SymbolicStack:
    """Words above ``loaded`` words of the frame's stack, which are known by the names they were loaded into.

    ``floor``: how many words the frame's stack must have at the entry; ``peak``: by how many it may grow.
    """

    def __init__(self) -> None:
        self.words: list[Value] = []
        self.entry: list[str] = []  # names of the loaded words, the deepest last
        self.height = 0  # relative to the entry
        self.floor = 0
        self.peak = 0
        self._names = 0

    def new_name(self) -> str:
        """A local name not used before."""
        self._names += 1
        return f"v{self._names}"

    def assign(self, lines: list[str], expression: str) -> str:
        """Give the expression a name."""
        name = self.new_name()
        lines.append(f"{name} = {expression}")
        return name

    def bounds(self, pops: int, pushes: int) -> None:
        """Account for the demands of one instruction."""
        self.floor = max(self.floor, pops - self.height)
        self.height += pushes - pops
        self.peak = max(self.peak, self.height)

    def _reach(self, lines: list[str], count: int) -> None:
        """Load from the frame's stack until ``count`` words are here."""
        while len(self.words) < count:
            name = self.assign(lines, f"stack[-{len(self.entry) + 1}]")
            self.entry.append(name)
            self.words.insert(0, Value(name))

    def push(self, word: Value) -> None:
        """Put a word on top."""
        self.words.append(word)

    def pop(self, lines: list[str]) -> Value:
        """Take the word on top."""
        self._reach(lines, 1)
        return self.words.pop()

    def dup(self, lines: list[str], depth: int) -> None:
        """DUPn. A condition gets a name first, so that it is computed once."""
        self._reach(lines, depth)
        word = self.words[-depth]
        if word.constant is None and word.text.startswith("("):
            word = self.words[-depth] = Value(self.assign(lines, word.text))
        self.words.append(word)

    def swap(self, lines: list[str], depth: int) -> None:
        """SWAPn."""
        self._reach(lines, depth + 1)
        words = self.words
        words[-1], words[-1 - depth] = words[-1 - depth], words[-1]

    def written_back(self) -> list[str]:
        """Lines that make the frame's stack what it is here. Words that stayed in place are left alone."""
        words = [str(word) for word in self.words]
        loaded = len(self.entry)
        same = 0
        while same < len(words) and same < loaded and words[same] == self.entry[loaded - 1 - same]:
            same += 1
        words = words[same:]
        over = loaded - same
        tuple_ = "(" + ", ".join(words) + ("," if len(words) == 1 else "") + ")"
        if not over:
            return [f"stack += {tuple_}"] if words else []
        if not words:
            return [f"del stack[-{over}:]"]
        if over == 1 and len(words) == 1:
            return [f"stack[-1] = {words[0]}"]
        return [f"stack[-{over}:] = {tuple_}"]

    def forget(self) -> None:
        """The frame's stack is the truth again."""
        self.words = []
        self.entry = []
