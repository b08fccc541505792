"""Payment links and their ledger."""

from typing import Any

from core.links import figures
from core.links.closing import close_link
from core.links.expiry import EVERY as CLOSE_EVERY
from core.links.expiry import close_expired
from core.links.models import LinkClosing, PaymentLink
from core.links.sweep import EVERY
from core.links.sweep import sweep as ask_again
from core.links.tasks import make_link
from core.links.words import FILTERS


def includeme(config: Any) -> None:
    """What finishes a link whose making was cut short, asks what became of the others and closes those
    whose time is over; the logs, what the CRM frames, and the page for payers."""
    config.add_route("links", "/links")
    config.add_route("links_export", "/links.csv")
    config.add_route("links_deactivate", "/links/deactivate")
    config.add_route("link", "/links/{id}")
    config.add_route("link_check", "/links/{id}/check")
    config.add_route("link_hand_over", "/links/{id}/hand-over")
    config.add_route("member_links", "/users/{id}/links")
    config.add_route("link_deactivate", "/links/{id}/deactivate")
    config.add_route("link_another", "/links/{id}/another")
    config.add_route("link_send", "/links/{id}/send/{channel}")
    config.add_route("payer", "/p/{token}")
    config.add_route("embed_start", "/embed/{crm}/")
    config.add_route("embed_links", "/embed/{crm}/links")
    config.add_route("embed_link_new", "/embed/{crm}/links/new")
    config.scan("core.links.views")

    def add_words() -> None:
        config.get_jinja2_environment().filters.update(FILTERS)

    config.action(None, add_words, order=999)
    config.add_figures(figures.figures)
    config.registry.app.jobs.register(PaymentLink, make_link)
    config.registry.app.jobs.register(LinkClosing, close_link)
    config.registry.app.jobs.periodic("links.sweep", EVERY, ask_again)
    config.registry.app.jobs.periodic("links.expiry", CLOSE_EVERY, close_expired)
