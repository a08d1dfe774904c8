"""The command `alongside`. One file per subcommand in this folder, each with a function `command`.

Only the requested subcommand is imported: a service's process must not load the others, and a health check not even
the command line library.
"""

import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import typer


def main() -> None:
    """Run the command line of this process, and end the process."""
    # Until there is something to clean up (see deploy/running.py), Ctrl-C ends the process as TERM does: without a
    # traceback, also while modules are loading.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.argv[1:2] == ["healthy"]:
        from deploy import healthy

        sys.exit(healthy.main(sys.argv[2:]))
    from shared import process_exit

    process_exit.after(_run)


def _run() -> None:
    from deploy.errors import StackError

    try:
        _application(sys.argv[1:])()
    except StackError as error:
        print(f"alongside: {error}", file=sys.stderr)
        sys.exit(1)


def _application(arguments: list[str]) -> "typer.Typer":
    import importlib

    import typer

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
    """Return the names of all subcommands: the files of this folder."""
    import pkgutil

    return sorted(
        module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
    )


def _nothing() -> None:
    """Care coordination on one machine."""
