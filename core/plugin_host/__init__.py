"""The plugin host: finds plugins, loads them, and addresses one of them at a time.

``config.include("core.plugin_host")`` puts a PluginRegistry into ``config.registry.plugins``
and ``request.plugins``; the plugins' own pages come with the app's commit.
"""

from typing import Any


def includeme(config: Any) -> None:
    """Load the plugins. Raises ConfigurationError where a required one can't be loaded."""
    # Here, because the commands need the names of the kinds, and of several processes the first one
    # mustn't load what counts before it has said where to.
    from pyramid.settings import aslist

    from core.plugin_host.loading import load
    from core.plugin_host.web import AFTER_CORE, configure_web

    plugins = load(config.registry.settings)
    required = aslist(config.registry.settings.get("dealpay.required_plugins", ""))

    def pages() -> None:
        configure_web(config)
        plugins.require(required)

    config.registry.plugins = plugins
    config.add_request_method(lambda request: request.registry.plugins, "plugins", property=True)
    plugins.require(required)
    config.action("dealpay plugins", pages, order=AFTER_CORE)
