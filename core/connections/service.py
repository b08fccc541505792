"""Connections to the outside: the one door for the other domains."""

from core.connections.accounts import (
    account_label,
    account_url,
    count_without_secret,
    delete_account,
    get_account,
    get_draft,
    list_accounts,
    lock_account,
    make_unit_product,
    payment_port,
    update_account,
    workspaces_by_provider,
)
from core.connections.checkup import Row, missing_permissions, problems, rows
from core.connections.connecting import Connected, Step, connect_account, examine_account
from core.connections.crm import connect_crm, crm_connection, crm_port, disconnect_crm, workspaces_by_crm
from core.connections.defaults import make_default
from core.connections.drafts import Draft, check_draft, draft_name, drafts
from core.connections.endpoints import UNUSED
from core.connections.examining import CrmRow, PermissionRow, crm_rows, examine_crm, permission_rows
from core.connections.grants import Known, authorize_url, install, renew_by_sign_in, who_is
from core.connections.health import watched_account, watched_crm
from core.connections.models import PaymentAccount
from core.connections.registering import (
    accepts_old_secret,
    end_old_secret,
    register_webhook,
    renew_secret,
    set_signing_secret,
    webhook_url,
)
from core.connections.rounds import AccountRef, accounts_by, go_round, reason_of
from core.connections.sweeping import (
    accounts_to_sweep,
    begin_sweep,
    sweep_cut_short,
    swept,
)
from core.connections.vault import NotConnected, open_all
from core.connections.webhooks import Receiver, count_refused, receiver, saw_event

__all__ = [
    "UNUSED",
    "AccountRef",
    "Connected",
    "CrmRow",
    "Draft",
    "Known",
    "NotConnected",
    "PaymentAccount",
    "PermissionRow",
    "Receiver",
    "Row",
    "Step",
    "accepts_old_secret",
    "account_label",
    "account_url",
    "accounts_by",
    "accounts_to_sweep",
    "authorize_url",
    "begin_sweep",
    "check_draft",
    "connect_account",
    "connect_crm",
    "count_refused",
    "count_without_secret",
    "crm_connection",
    "crm_port",
    "crm_rows",
    "delete_account",
    "disconnect_crm",
    "draft_name",
    "drafts",
    "end_old_secret",
    "examine_account",
    "examine_crm",
    "get_account",
    "get_draft",
    "go_round",
    "install",
    "list_accounts",
    "lock_account",
    "make_default",
    "make_unit_product",
    "missing_permissions",
    "open_all",
    "payment_port",
    "permission_rows",
    "problems",
    "reason_of",
    "receiver",
    "register_webhook",
    "renew_by_sign_in",
    "renew_secret",
    "rows",
    "saw_event",
    "set_signing_secret",
    "sweep_cut_short",
    "swept",
    "update_account",
    "watched_account",
    "watched_crm",
    "webhook_url",
    "who_is",
    "workspaces_by_crm",
    "workspaces_by_provider",
]
