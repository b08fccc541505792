"""Access that a person gives this app in their CRM: to connect a workspace, or to say who they are."""

from dataclasses import dataclass

from sqlalchemy import select

from core.api.errors import DealpayError
from core.api.records import CrmAccount, Grant
from core.app import App
from core.connections.crm import keep
from core.connections.models import CrmConnection
from core.connections.vault import port_with
from core.people import service as people
from core.people.roles import Permission
from core.people.service import CrmProof, Member


@dataclass(frozen=True, slots=True)
class Known:
    """What a code opens, and who has given it; ``proof`` is None where the CRM doesn't say who."""

    grant: Grant
    account: CrmAccount
    proof: CrmProof | None


def authorize_url(app: App, crm: str, state: str, redirect_uri: str) -> str:
    """Where a person gives the app access to their CRM."""
    return port_with(app, crm, None).authorize_url(state, redirect_uri)


def who_is(app: App, crm: str, code: str, redirect_uri: str) -> Known:
    """Exchange a code, and ask the CRM whose it is. Calls out.

    Raises CredentialsError for a code that doesn't work, or somebody whom the CRM lets in no more.
    """
    grant = port_with(app, crm, None).exchange_code(code, redirect_uri)
    account = port_with(app, crm, grant.settings).validate_credentials()
    user = account.user
    if user is None:
        return Known(grant, account, None)
    tenant = account.external_id, account.name
    proof = CrmProof(crm, *tenant, user.id, user.name, user.email, user.active)
    return Known(grant, account, proof)


def install(app: App, actor: Member, crm: str, known: Known) -> CrmConnection:
    """Connect the workspace with what a code has opened.

    Raises CredentialsError for another CRM tenant than the workspace's, and for one that has a workspace
    already. Then what was connected stays.
    """
    return keep(app, actor, crm, known.grant.settings, known.account, grant=known.grant)


def renew_by_sign_in(app: App, user_id: str, crm: str, known: Known) -> bool:
    """Keep the access that somebody has signed in with as the workspace's own, where it takes the place
    of their own or of one that has ended. Everybody else's is dropped."""
    member = people.load_member(app, user_id)
    if member is None or not member.may(Permission.CRM_MANAGE):
        return False
    with app.db.unit_of_work(member.tenant_id, read_only=True) as session:
        there = session.scalars(select(CrmConnection).where(CrmConnection.crm == crm)).one_or_none()
    if there is None or there.auth != "oauth":
        return False
    if there.connected_by != user_id and there.health == "ok":
        return False
    try:
        keep(app, member, crm, known.grant.settings, known.account, grant=known.grant)
    except DealpayError:
        return False  # whoever signs in does so all the same
    return True
