"""The block engine: hot code turned into Python functions, checked against `offchain.evm.interpreter`.

A function covers a trace: the instructions from one program counter on, through constant jumps and past conditional
ones, as far as its entry can vouch for them. At the entry it checks once what the interpreter checks at each
instruction (stack bounds, static gas). Where a check fails, the interpreter takes over at the same instruction, so
that only speed depends on this package, never a result.
"""
