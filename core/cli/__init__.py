"""The ``dealpay`` command."""

from typing import Any

from core.cli.collector import collector_off


def main(*args: Any, **options: Any) -> Any:
    """Run a command; the arguments are click's (``args``, ``prog_name``)."""
    # Here, since even this import is a good part of the start.
    with collector_off():
        from core.cli.commands import main as run
    return run(*args, **options)


__all__ = ["main"]
