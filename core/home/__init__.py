"""The first page of a workspace, and what is installed for it."""

from typing import Any


def includeme(config: Any) -> None:
    """Their routes."""
    config.add_route("home", "/")
    config.add_route("plugins", "/plugins")
    config.scan("core.home.views")
