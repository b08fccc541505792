"""The first page of a workspace, and what is installed for it."""

from typing import Any

from core.home.calls import clean_up
from core.home.switching import only_where_on


def includeme(config: Any) -> None:
    """Their routes, and what a plugin's own pages go by."""
    config.add_route("home", "/")
    config.add_route("checklist", "/checklist")
    config.add_route("setup", "/setup")
    config.add_route("setup_sample", "/setup/sample")
    config.add_route("plugins", "/plugins")
    config.add_route("plugin_calls", "/plugins/calls")
    config.add_route("plugin_switch", "/plugins/{id}/switch")
    config.add_route("plugin_tell_again", "/plugins/{id}/tell-again")
    config.add_view_deriver(only_where_on, under="secured_view", over="http_cached_view")
    config.scan("core.home.views")
    config.registry.app.jobs.periodic("plugins.forget_calls", 3600, clean_up)
