"""`alongside worker`: the process that runs workflow code."""

from deploy.errors import StackError


def command() -> None:
    """Run the workflow worker in this process."""
    from shared.settings import UnsafeSettings
    from workflows import worker

    try:
        worker.main()
    except UnsafeSettings as error:
        raise StackError(str(error)) from None
