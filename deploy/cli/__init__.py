"""The one command, `alongside`. One file per subcommand in this folder, each with a function `command`.

Only the subcommand that was asked for is imported: a service's process must not carry the others.
"""

import importlib
import pkgutil
import sys

import typer

from deploy.errors import StackError


def main() -> None:
    """Run the command line of this process."""
    try:
        _application(sys.argv[1:])()
    except StackError as error:
        print(f"alongside: {error}", file=sys.stderr)
        sys.exit(1)


def _application(arguments: list[str]) -> typer.Typer:
    application = typer.Typer(
        name="alongside",
        help="Care coordination on one machine: start it, look at it, see the main job run.",
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    # With one subcommand only, typer would drop its name; a callback keeps it.
    application.callback()(_nothing)
    known = commands()
    wanted = [arguments[0]] if arguments and arguments[0] in known else known
    for name in wanted:
        module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
        application.command(name)(module.command)
    return application


def commands() -> list[str]:
    """The names of all subcommands: the files of this folder."""
    return sorted(
        module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
    )


def _nothing() -> None:
    """Care coordination on one machine."""
