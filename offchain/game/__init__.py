"""The dispute game without I/O: its rules, twins of the contracts of contracts/game, and its players."""
