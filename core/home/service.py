"""What a new workspace has to do before the first payment arrives."""

from dataclasses import dataclass

from core.app import App
from core.connections import service as connections
from core.links import service as links


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist: what, why, and the page to do it on."""

    title: str
    why: str
    path: str
    action: str
    done: bool


def steps(app: App, tenant_id: str) -> list[Step]:
    """The checklist of a workspace, with what is done already."""
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        crm = connections.crm_connection(session) is not None
        account = any(account.active for account in connections.list_accounts(session))
        link = bool(links.list_links(session, links.LinkFilter(), size=1).links)
    return [
        Step(
            "Connect your CRM",
            "With its API key, Dealpay reads leads and deals and writes notes to them.",
            "/crm",
            "Enter the API key",
            crm,
        ),
        Step(
            "Connect a payment account",
            "Customers pay into your own account; Dealpay never holds money.",
            "/accounts",
            "Add connected account",
            account,
        ),
        Step(
            "Make a payment link",
            "Open a lead or deal in your CRM and choose Generate payment link under More actions.",
            "/links",
            "See payment link logs",
            link,
        ),
    ]
