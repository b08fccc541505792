"""What a new workspace has to do before the first payment arrives."""

from dataclasses import dataclass

from core.app import App
from core.connections import service as connections
from core.home.switching import workspaces_using
from core.links import service as links
from core.people import service as people
from core.people.roles import Permission


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist: what, why, and the page to do it on, for those who may."""

    title: str
    why: str
    path: str
    action: str
    permission: Permission
    done: bool


def steps(app: App, tenant_id: str) -> list[Step]:
    """The checklist of a workspace, with what is done already."""
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        crm = connections.crm_connection(session)
        alone = len(people.list_team(session, size=2)) < 2 and not people.open_invitations(session, 1)
        accounts = [one for one in connections.list_accounts(session) if one.active]
        link = bool(links.list_links(session, links.LinkFilter(), size=1).links)
    return [
        Step(
            "Connect your CRM",
            "With it, Dealpay reads leads and deals and writes notes to them."
            if crm is None or crm.health == "ok"
            else f"It doesn't work any more: {crm.last_error}",
            "/crm",
            "Connect the CRM",
            Permission.CRM_MANAGE,
            crm is not None and crm.health == "ok",
        ),
        Step(
            "Connect a payment account",
            "Customers pay into your own account; Dealpay never holds money.",
            "/accounts",
            "Add connected account",
            Permission.ACCOUNTS_MANAGE,
            bool(accounts),
        ),
        Step(
            "Hear about payments",
            "The signing secret of your webhook proves that a report comes from your provider.",
            "/accounts",
            "Set up the webhook",
            Permission.ACCOUNTS_MANAGE,
            any(account.sealed_secrets for account in accounts),
        ),
        Step(
            "Make a payment link",
            "Open a lead or deal in your CRM and choose Generate payment link under More actions.",
            "/links",
            "See payment link logs",
            Permission.LINKS_READ,
            link,
        ),
        Step(
            "See it paid",
            "Pay the link with a test card. Its status changes here and in your CRM by itself.",
            "/links",
            "See payment link logs",
            Permission.LINKS_READ,
            any(account.last_event_at for account in accounts),
        ),
        Step(
            "Invite a colleague",
            "Reps make links on the leads and deals that the CRM has assigned to them.",
            "/team/new",
            "Add user",
            Permission.MEMBERS_MANAGE,
            not alone,
        ),
    ]


__all__ = ["Step", "steps", "workspaces_using"]
