"""Workspaces."""

from typing import Any


def includeme(config: Any) -> None:
    """The first page of a workspace."""
    config.add_route("home", "/")
    config.scan("core.tenants.views")
