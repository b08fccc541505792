"""Connections to the outside: the one door for the other domains."""

from core.connections.accounts import (
    Connected,
    Step,
    account_label,
    connect_account,
    count_without_secret,
    get_account,
    list_accounts,
    make_unit_product,
    payment_port,
    register_webhook,
    set_signing_secret,
    update_account,
    webhook_url,
    workspaces_by_provider,
)
from core.connections.crm import connect_crm, crm_connection, crm_port, workspaces_by_crm
from core.connections.grants import Known, authorize_url, install, renew_by_sign_in, who_is
from core.connections.health import watched_account, watched_crm
from core.connections.models import PaymentAccount
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
    "AccountRef",
    "Connected",
    "Known",
    "NotConnected",
    "PaymentAccount",
    "Receiver",
    "Step",
    "account_label",
    "accounts_by",
    "accounts_to_sweep",
    "authorize_url",
    "begin_sweep",
    "connect_account",
    "connect_crm",
    "count_refused",
    "count_without_secret",
    "crm_connection",
    "crm_port",
    "get_account",
    "go_round",
    "install",
    "list_accounts",
    "make_unit_product",
    "open_all",
    "payment_port",
    "reason_of",
    "receiver",
    "register_webhook",
    "renew_by_sign_in",
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
