"""Dealpay: payment links inside a CRM. ``main`` makes the WSGI app."""

from typing import Any

# A view runs once. With transactions this short there is little to retry, and a view that has
# called a provider must not be run again.
TRANSACTIONS = {
    "tm.manager_hook": "pyramid_tm.explicit_manager",
    # It would load the session of every request, those of machines included.
    "tm.annotate_user": "false",
    "tm.activate_hook": "core.web.requests.has_transaction",
    # Whatever is answered with a 4xx or 5xx changes nothing.
    "tm.commit_veto": "pyramid_tm.default_commit_veto",
}


def main(global_config: dict[str, str], **ini: str) -> Any:
    """The WSGI app. The includes stand in the order in which they need each other."""
    # Here, because whoever imports core.api comes through this file and needs none of it.
    from pyramid.config import Configurator

    from core.settings import read_settings
    from core.web.logging import configure

    settings = read_settings(ini)
    # First of all, so that whatever happens from here on is logged, and redacted.
    configure(settings.log_format)
    # What came from the environment, where the plugin host finds it.
    with Configurator(settings={**TRANSACTIONS, **ini, **settings.as_ini()}) as config:
        config.registry.app_settings = settings
        # Providers, CRM connectors and actions: all that knows a vendor.
        config.include("core.plugin_host")
        # Database, secrets, plugins and jobs in one hand: request.app.
        config.include("core.boot")
        # One transaction per request, opened when request.db is first used.
        config.include("pyramid_tm")
        config.include("core.web.requests")
        # Templates and static files, with the filters that show money and times.
        config.include("core.web.templates")
        config.include("core.web.framing")
        # What pages say, in the language of whoever reads them.
        config.include("core.web.languages")
        config.include("core.web.formats")
        # Who calls, and what protects every page before there is any: closed by default.
        config.include("core.web.proxies")
        config.include("core.web.logging")
        config.include("core.web.body")
        config.include("core.web.csrf")
        config.include("core.web.pages")
        config.include("core.web.headers")
        config.include("core.web.throttle")
        config.include("core.web.errors")
        # For whoever operates it: alive, and able to work.
        config.include("core.web.health")
        config.include("core.web.metrics")
        # Members, their sessions and their mails.
        config.include("core.people")
        config.include("core.mail")
        # The job itself: accounts and CRM, links, what providers report, what follows a payment.
        config.include("core.connections")
        config.include("core.links")
        config.include("core.inbox")
        config.include("core.rules")
        # The first page, and what is installed.
        config.include("core.home")
        # The user guide.
        config.include("core.help")
        return config.make_wsgi_app()
