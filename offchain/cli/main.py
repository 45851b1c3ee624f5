"""`deltaroll`: the group of all commands, and the one place where errors become exit codes.

Exit codes: 0 all is well; 1 the command ran and found something wrong (a failing test, a false claim); 2 it was
given something that it can't use, said in one line; 70 a mistake of our own, with its traceback; 130 interrupted
(Ctrl-C), 129 and 143 ended by SIGHUP and SIGTERM; 141, in silence, whoever read the output went away (`| head`).
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import sys
import traceback
from typing import Final

import click

from offchain import __version__
from offchain.cli.signals import INTERRUPTED, READER_GONE, name_of_exit, signals_as_exits, take_interrupts
from offchain.errors import InputError

__all__ = ["cli", "main"]

_OUR_MISTAKE: Final = 70  # EX_SOFTWARE of sysexits.h; Python's own 1 would say "a claim is false"
_USERS_ERRORS: Final = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EACCES,
        errno.EROFS,
        errno.ENOENT,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.ENAMETOOLONG,
        errno.ELOOP,
    }
)
_LONG_WORD: Final = re.compile(r"\w{161,}")
_LONGEST: Final = 1_000

# Loaded when they are called: the command line starts fast whatever the commands need.
_COMMANDS: Final = {
    "bench": ("offchain.cli.bench", "Measure execution, with py-evm beside it, and one-step proofs."),
    "demo": ("offchain.cli.demo", "Deploy, run batches, finalize, dispute false claims."),
    "scenario": ("offchain.cli.scenario", "Play disputes to their verdicts."),
    "statetest": ("offchain.cli.statetest", "Run official Ethereum tests on Deltaroll's machine."),
    "steptest": ("offchain.cli.steptest", "Run official Ethereum tests on the one-step verifier."),
    "store": ("offchain.cli.store", "Look at a flat store and verify it."),
    "verify": ("offchain.cli.verify", "Read L1 alone and check every claim."),
}


class _LazyGroup(click.Group):
    """A group whose commands are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(_COMMANDS[cmd_name][0]), cmd_name)
        take_interrupts()
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="deltaroll")
def cli() -> None:
    """Deltaroll: an optimistic rollup that posts the hash of a state diff instead of a state root."""


def main() -> None:
    """Entry point of the `deltaroll` command."""
    try:
        with signals_as_exits():
            code = _run()
    except Exception:  # noqa: BLE001  whatever it is, it must not end as exit code 1
        traceback.print_exc()
        code = _OUR_MISTAKE
    sys.exit(code)


def _run() -> int:
    """The exit code of the command; an exception is a mistake of our own."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        return _fail("interrupted", INTERRUPTED)
    except click.ClickException as error:
        return _fail(error.format_message(), 2)
    except InputError as error:
        return _fail(str(error), 2)
    except SystemExit as end:
        return _ended(end)
    except OSError as error:
        if error.errno not in _USERS_ERRORS:
            raise
        return _fail(f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror), 2)
    return code if isinstance(code, int) else 0


def _ended(end: SystemExit) -> int:
    """The exit code where a library, or a signal, ends the process."""
    cause = end.__context__
    if isinstance(cause, OSError) and cause.errno == errno.EPIPE:
        # click and rich answer it with exit code 1, which would say that a test failed or that a claim is false.
        _drop_output()
        return READER_GONE
    if end.code == INTERRUPTED:
        return _fail("interrupted", INTERRUPTED)
    name = name_of_exit(end.code)
    if name is None:
        raise end
    assert isinstance(end.code, int)
    return _fail(f"ended by {name}", end.code)


def _drop_output() -> None:
    """Whatever is still to be written goes nowhere: Python writes it out at its end, and would complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fail(message: str, code: int) -> int:
    line = _LONG_WORD.sub(_shortened, " ".join(message.split()))
    try:
        click.echo(f"deltaroll: {line if len(line) <= _LONGEST else line[:_LONGEST] + ' ..'}", err=True)
    except OSError:
        _drop_output()  # nobody reads it: the exit code has to do
    return code


def _shortened(word: re.Match[str]) -> str:
    return f"{word[0][:24]}..({len(word[0])} characters)"
