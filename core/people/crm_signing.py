"""Signing in as the user that the CRM says one is. An e-mail address never makes anybody a member."""

from dataclasses import dataclass

from sqlalchemy import select

from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.db.session import ALL_TENANTS
from core.mail import service as mail
from core.people.members import admins_of
from core.people.models import Invitation, User
from core.people.signing import SignInRefused, let_in, note_refused
from core.tenants import service as tenants


@dataclass(frozen=True, slots=True)
class CrmProof:
    """Whom a CRM has just vouched for: ``tenant_id`` and ``user_id`` are the CRM's own ids."""

    crm: str
    tenant_id: str
    tenant_name: str
    user_id: str
    name: str
    email: str | None
    active: bool


class NoWorkspace(SignInRefused):
    """Nobody has connected this CRM tenant yet: whoever it is may sign up and do so."""


class NotAMember(SignInRefused):
    """The CRM tenant has a workspace, in which nobody is this user of the CRM."""


def sign_in_by_crm(app: App, proof: CrmProof, *, ip: str | None, agent: str | None) -> str:
    """The id of the member whom the CRM has vouched for. Raises SignInRefused and its kinds."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        workspace = tenants.of_crm(session, proof.crm, proof.tenant_id)
        if workspace is None:
            raise NoWorkspace(_("%(name)s has no workspace in Dealpay yet.", name=proof.tenant_name))
        found = select(User).where(User.tenant_id == workspace.id, User.crm_user_id == proof.user_id)
        user = session.scalar(found)
    if not proof.active:
        note_refused(app, user, ip)
        raise SignInRefused(_("Your user in the CRM is deactivated. Ask an admin of your workspace."))
    if user is None:
        raise NotAMember(
            _("%(name)s of %(tenant)s is no member here yet.", name=proof.name, tenant=proof.tenant_name)
        )
    # What was known of the CRM's users may be hours old; it has just let this one in.
    return let_in(app, user, ip=ip, agent=agent, how=proof.crm, back_in_crm=True)


def admins_to_ask(app: App, crm: str, crm_tenant_id: str) -> tuple[str, ...]:
    """The masked addresses of those who may invite people to the workspace of a CRM tenant."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        workspace = tenants.of_crm(session, crm, crm_tenant_id)
        if workspace is None:
            return ()
        return tuple(masked(one.email) for one in admins_of(session, workspace.id))


def invited_as(app: App, proof: CrmProof) -> str | None:
    """The masked address that an invitation for this user of the CRM waits at."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        workspace = tenants.of_crm(session, proof.crm, proof.tenant_id)
        if workspace is None:
            return None
        waiting = select(Invitation.email).where(
            Invitation.tenant_id == workspace.id,
            Invitation.crm_user_id == proof.user_id,
            Invitation.ended_at.is_(None),
            Invitation.expires_at > app.clock(),
        )
        address = session.scalar(waiting.limit(1))
    return masked(address) if address else None


def ask_for_invite(app: App, proof: CrmProof) -> bool:
    """Mail the workspace's owners and admins that a colleague wants in; False where there is none."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        workspace = tenants.of_crm(session, proof.crm, proof.tenant_id)
    if workspace is None:
        return False
    with app.db.unit_of_work(workspace.id) as session:
        for person in admins_of(session):
            mail.send(
                app,
                session,
                workspace.id,
                person.email,
                "asked_to_join",
                language=person.language,
                name=proof.name,
                email=proof.email,
                crm_tenant=proof.tenant_name,
            )
        audit.record(session, "member.asked_to_join", proof.user_id, crm=proof.crm, name=proof.name)
    return True


def masked(address: str) -> str:
    """``a•••@example.com``: enough for a colleague to know whom to ask."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
