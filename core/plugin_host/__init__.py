"""The plugin host: finds plugins, loads them, and addresses one of them at a time.

``config.include("core.plugin_host")`` puts a PluginRegistry into ``config.registry.plugins``
and ``request.plugins``.
"""

from typing import Any

from pyramid.settings import aslist

from core.plugin_host.loading import load


def includeme(config: Any) -> None:
    """Load the plugins. Raises ConfigurationError where a required one can't be loaded."""
    plugins = load(config.registry.settings)
    config.registry.plugins = plugins
    config.add_request_method(lambda request: request.registry.plugins, "plugins", property=True)
    plugins.require(aslist(config.registry.settings.get("dealpay.required_plugins", "")))
