"""Connecting a CRM by giving this app access to it, instead of by typing a key."""

from core.app import App
from core.connections.crm import keep
from core.connections.models import CrmConnection
from core.connections.vault import port_with
from core.people.service import Member


def authorize_url(app: App, crm: str, state: str, redirect_uri: str) -> str:
    """Where a person gives the app access to their CRM."""
    return port_with(app, crm, None).authorize_url(state, redirect_uri)


def install(app: App, actor: Member, crm: str, code: str, redirect_uri: str) -> CrmConnection:
    """Exchange a code and connect the workspace with what it opens. Calls out.

    Raises CredentialsError for a code that doesn't work, for another CRM tenant than the workspace's,
    and for one that has a workspace already. Then what was connected stays.
    """
    grant = port_with(app, crm, None).exchange_code(code, redirect_uri)
    account = port_with(app, crm, grant.settings).validate_credentials()
    return keep(app, actor, crm, grant.settings, account, grant=grant)
