"""`deltaroll`: the group of all commands, and the one place where errors become exit codes.

Exit codes: 0 all is well; 1 the command ran and found something wrong (a failing test, a false claim); 2 it was
given something that it can't use, said in one line.
"""

from __future__ import annotations

import errno
import importlib
import sys
from typing import Final

import click

from offchain import __version__
from offchain.errors import InputError

__all__ = ["cli", "main"]

# Loaded when they are called: the command line starts fast whatever the commands need.
_COMMANDS: Final = {
    "bench": ("offchain.cli.bench", "Measure execution, with py-evm beside it."),
    "demo": ("offchain.cli.demo", "Deploy, run batches, finalize, catch a corrupted diff."),
    "statetest": ("offchain.cli.statetest", "Run official Ethereum tests on Deltaroll's machine."),
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
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        _fail("interrupted", 130)
    except click.ClickException as error:
        _fail(error.format_message(), 2)
    except InputError as error:
        _fail(str(error), 2)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        if error.errno not in (
            errno.ENOSPC,
            errno.EDQUOT,
            errno.EACCES,
            errno.EROFS,
            errno.ENOENT,
            errno.EISDIR,
        ):
            raise
        _fail(f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror), 2)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> None:
    click.echo(f"deltaroll: {' '.join(message.split())}", err=True)
    sys.exit(code)
