"""What a new workspace has to do before the first payment arrives; it ticks itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.api.text import N_, _, show
from core.app import App
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.links import service as links
from core.people import service as people
from core.people.roles import Permission


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist: what, why, how long it takes, and the page to do it on, for those who
    may. ``help`` is a page of the guide; ``done_at`` is told where the moment is known."""

    title: str
    why: str
    path: str
    action: str
    permission: Permission
    done: bool
    minutes: int
    help: str
    done_at: datetime | None = None


def steps(app: App, tenant_id: str) -> list[Step]:
    """The checklist of a workspace, with what is done already. Its texts are marked, not translated."""
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        accounts = [one for one in connections.list_accounts(session) if one.active]
        return [
            _crm(session),
            *_account_steps(accounts, waiting=bool(connections.drafts(app, session))),
            *_link_steps(session, accounts),
            _live(accounts),
        ]


def _crm(session: Session) -> Step:
    crm = connections.crm_connection(session)
    return Step(
        N_("Connect your CRM"),
        N_("With it, Dealpay reads leads and deals and writes notes to them.")
        if crm is None or crm.health == "ok"
        else _("It doesn't work any more: %(why)s", why=show(crm.last_error or "")),
        "/crm",
        N_("Connect the CRM"),
        Permission.CRM_MANAGE,
        crm is not None and crm.health == "ok",
        3,
        "connect-crm",
    )


def _account_steps(accounts: list[PaymentAccount], *, waiting: bool) -> list[Step]:
    heard = [one.last_event_at for one in accounts if one.last_event_at]
    secret = any(account.sealed_secrets for account in accounts)
    return [
        Step(
            N_("Connect a payment account"),
            N_("A key is kept that could not be checked yet: see what it waits for.")
            if waiting and not accounts
            else N_("Customers pay into your own account; Dealpay never holds money."),
            "/accounts",
            N_("Add connected account"),
            Permission.ACCOUNTS_MANAGE,
            bool(accounts),
            5,
            "connect-account",
        ),
        Step(
            N_("Hear about payments"),
            N_(
                "The webhook is set up, and this ticks itself once the first event came that is "
                "verifiably "
                "your provider's: pay a test link, or send a test event from the provider's page."
            )
            if secret
            else N_("The signing secret of your webhook proves that a report comes from your provider."),
            "/accounts",
            N_("Set up the webhook"),
            Permission.ACCOUNTS_MANAGE,
            bool(heard),
            2,
            "webhook",
            max(heard, default=None),
        ),
    ]


def _link_steps(session: Session, accounts: list[PaymentAccount]) -> list[Step]:
    alone = len(people.list_team(session, size=2)) < 2 and not people.open_invitations(session, 1)
    made = bool(links.list_links(session, links.LinkFilter(), size=1).links)
    paid = bool(links.accounts_paid_on(session, [account.id for account in accounts]))
    return [
        Step(
            N_("Make a payment link"),
            N_("Open a lead or deal in your CRM and choose Generate payment link under More actions."),
            "/links",
            N_("See payment link logs"),
            Permission.LINKS_READ,
            made,
            1,
            "first-link",
        ),
        Step(
            N_("See it paid"),
            N_("Pay the link with a test card. Its status changes here and in your CRM by itself."),
            "/links",
            N_("See payment link logs"),
            Permission.LINKS_READ,
            paid,
            2,
            "see-it-paid",
        ),
        Step(
            N_("Invite a colleague"),
            N_("Reps make links on the leads and deals that the CRM has assigned to them."),
            "/users/new",
            N_("Add user"),
            Permission.MEMBERS_MANAGE,
            not alone,
            1,
            "invite",
        ),
    ]


def _live(accounts: list[PaymentAccount]) -> Step:
    """New links take real money unless somebody chooses otherwise."""
    live = any(one.is_default and one.mode == "live" and one.can_charge for one in accounts)
    return Step(
        N_("Go live"),
        N_(
            "Connect your account in live mode and make it the default: from then on, new links take "
            "real "
            "money."
        ),
        "/accounts",
        N_("Add connected account"),
        Permission.ACCOUNTS_MANAGE,
        live,
        5,
        "go-live",
    )
