"""Workspaces."""

from typing import Any


def includeme(config: Any) -> None:
    """The first page of a workspace, and what is installed for it."""
    config.add_route("home", "/")
    config.add_route("plugins", "/plugins")
    config.scan("core.tenants.views")
