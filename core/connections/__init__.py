"""What a workspace is connected to: its CRM and its payment accounts."""

from typing import Any

from core.connections import drafts, figures, notices
from core.connections.renewal import renew_all
from core.connections.tasks import EVERY, follow_crm_users


def includeme(config: Any) -> None:
    """The pages "API key" and "Connected accounts"."""
    config.add_route("crm", "/crm")
    config.add_route("crm_test", "/crm/test")
    config.add_route("crm_disconnect", "/crm/disconnect")
    config.add_route("install", "/install/{crm}")
    config.add_route("install_start", "/install/{crm}/start")
    config.add_route("continue", "/continue/{crm}")
    config.add_route("ask_invite", "/continue/{crm}/ask")
    config.add_route("invite_continue", "/invites/{token}/continue/{crm}")
    config.add_route("accounts", "/accounts")
    config.add_route("account_new", "/accounts/new")
    config.add_route("account", "/accounts/{id}")
    config.add_route("account_active", "/accounts/{id}/active")
    config.add_route("account_key", "/accounts/{id}/key")
    config.add_route("account_secret", "/accounts/{id}/secret")
    config.add_route("account_webhook", "/accounts/{id}/webhook")
    config.add_route("account_unit_product", "/accounts/{id}/unit-product")
    config.add_route("account_test", "/accounts/{id}/test")
    config.add_route("account_check", "/accounts/{id}/check")
    config.add_route("account_default", "/accounts/{id}/default")
    config.add_route("account_deactivate", "/accounts/{id}/deactivate")
    config.add_route("account_delete", "/accounts/{id}/delete")
    config.add_route("account_renew", "/accounts/{id}/renew-secret")
    config.add_route("account_old_secret", "/accounts/{id}/end-old-secret")
    config.registry.app.jobs.periodic("crm.renewal", EVERY, renew_all)
    config.registry.app.jobs.periodic("crm.users", EVERY, follow_crm_users)
    config.registry.app.jobs.periodic("connections.drafts", drafts.EVERY, drafts.check_drafts)
    config.registry.app.jobs.periodic("connections.notices", notices.EVERY, notices.tell_of_troubles)
    config.add_figures(figures.figures)
    config.scan("core.connections.views")
