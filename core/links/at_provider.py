"""Where a link is at its provider, for the seller."""

import structlog

from core.api.errors import DealpayError
from core.app import App
from core.connections import service as connections
from core.links.models import PaymentLink

log = structlog.get_logger(__name__)


def link_url(app: App, tenant_id: str, link: PaymentLink) -> str | None:
    """The link's page in the provider's dashboard; None where there is none, or nobody can tell.

    It calls nobody; but it opens the account's settings, which is for when no transaction is open.
    """
    if link.provider_ref is None:
        return None
    try:
        port = connections.payment_port(app, tenant_id, link.account_id)
        return port.link_url(link.provider_ref) if "link_url" in port.entry.capabilities else None
    except (DealpayError, LookupError) as error:
        log.info("links.no_dashboard", link_id=link.id, error=type(error).__name__)
        return None
