"""Another workspace's ids, handed to every service function that takes one: they lead nowhere."""

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from core.api.errors import CredentialsError
from core.api.payments import ProviderEvent
from core.connections import service as connections
from core.db.base import utc_now
from core.db.session import ALL_TENANTS
from core.inbox import service as inbox
from core.inbox.service import DeliveryFilter
from core.links import service as links
from core.links.service import NewLink
from core.models import metadata
from core.people import service as people
from core.people.models import Invitation
from core.people.roles import Role
from core.people.service import Member
from core.rules import service as rules
from core.rules.models import ActionRun, Rule
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import seed
from tests.phone import with_phone
from tests.rules import add_rule
from tests.workspace import DEAL, Workspace

SERVICES = {
    "connections": connections,
    "inbox": inbox,
    "links": links,
    "people": people,
    "rules": rules,
}
IDS = {
    "delivery_id",
    "link_id",
    "account_id",
    "rule_id",
    "run_id",
    "ref",
    "record_id",
    "member_id",
    "invitation_id",
}


@dataclass
class Attack:
    """Somebody of another workspace who knows every id of this one."""

    victim: Workspace
    actor: Member
    new_link: NewLink
    link_id: str
    run_id: str
    rule_id: str

    @property
    def app(self) -> Any:
        return self.victim.app

    @property
    def tenant_id(self) -> str:
        return self.actor.tenant_id

    @property
    def account_id(self) -> str:
        return self.victim.account_id

    @property
    def delivery_id(self) -> str:
        return str(self.victim.deliveries()[0].id)

    @property
    def ref(self) -> str | None:
        return self.victim.link(self.link_id).provider_ref

    @property
    def member_id(self) -> str:
        return self.victim.owner.user_id

    @property
    def invitation_id(self) -> str:
        return str(self.victim.rows(Invitation)[0].id)

    def session(self) -> AbstractContextManager[Session]:
        return self.app.db.unit_of_work(self.tenant_id)

    def save_account(self, settings: Any = None) -> None:
        connections.update_account(
            self.app, self.actor, self.account_id, label="mine", active=False, settings=settings
        )

    def fail_inside(self) -> None:
        with (
            pytest.raises(CredentialsError),
            connections.watched_account(self.app, self.tenant_id, self.account_id),
        ):
            raise CredentialsError("no")

    def save_rule(self) -> None:
        """An unknown rule is a new one: of the attacker's own workspace."""
        config = self.app.plugins.action("write_note").Config(template="mine")
        saved = add_rule(
            self.app, self.actor, "mine", "link.paid", ("write_note", config), rule_id=self.rule_id
        )
        assert saved != self.rule_id


def in_session(function: Callable[..., Any], *names: str) -> Callable[[Attack], Any]:
    """A call of ``function(session, …)`` with the ids of those names."""

    def call(attack: Attack) -> Any:
        with attack.session() as session:
            return function(session, *(getattr(attack, name) for name in names))

    return call


def by_actor(function: Callable[..., Any], *names: str, **more: Any) -> Callable[[Attack], Any]:
    """A call of ``function(app, actor, …)``."""
    return lambda attack: function(
        attack.app, attack.actor, *(getattr(attack, name) for name in names), **more
    )


def by_tenant(function: Callable[..., Any], *names: str) -> Callable[[Attack], Any]:
    """A call of ``function(app, tenant_id, …)``."""
    return lambda attack: function(
        attack.app, attack.tenant_id, *(getattr(attack, name) for name in names)
    )


ATTACKS: dict[str, Callable[[Attack], Any]] = {
    "connections.account_label": in_session(connections.account_label, "account_id"),
    "connections.begin_sweep": by_tenant(connections.begin_sweep, "account_id"),
    "connections.check_draft": by_actor(connections.check_draft, "account_id"),
    "connections.delete_account": by_actor(connections.delete_account, "account_id"),
    "connections.end_old_secret": by_actor(connections.end_old_secret, "account_id"),
    "connections.examine_account": by_actor(connections.examine_account, "account_id"),
    "connections.get_account": in_session(connections.get_account, "account_id"),
    "connections.get_draft": in_session(connections.get_draft, "account_id"),
    "connections.lock_account": in_session(connections.lock_account, "account_id"),
    "connections.make_default": by_actor(connections.make_default, "account_id"),
    "connections.make_unit_product": by_tenant(connections.make_unit_product, "account_id"),
    "connections.payment_port": by_tenant(connections.payment_port, "account_id"),
    "connections.register_webhook": by_tenant(connections.register_webhook, "account_id"),
    "connections.renew_secret": by_actor(connections.renew_secret, "account_id"),
    "connections.saw_event": by_tenant(connections.saw_event, "account_id"),
    "connections.set_signing_secret": lambda attack: connections.set_signing_secret(
        attack.app, attack.actor, attack.account_id, "whsec_of_the_attacker"
    ),
    "connections.sweep_cut_short": lambda attack: connections.sweep_cut_short(
        attack.app, attack.tenant_id, attack.account_id, rest=None, next_at=utc_now(), problem="mine"
    ),
    "connections.swept": lambda attack: connections.swept(
        attack.app, attack.tenant_id, attack.account_id, utc_now(), utc_now()
    ),
    "connections.update_account": Attack.save_account,
    "connections.watched_account": Attack.fail_inside,
    "inbox.apply_found": lambda attack: list(
        inbox.apply_found(attack.app, attack.tenant_id, attack.account_id).problems
    ),
    "inbox.deliveries": by_tenant(inbox.deliveries, "account_id"),
    "inbox.entries_of": in_session(inbox.entries_of, "delivery_id"),
    "inbox.get_delivery": in_session(inbox.get_delivery, "delivery_id"),
    "inbox.reprocess": by_actor(inbox.reprocess, "delivery_id"),
    "inbox.reprocess_stuck": lambda attack: inbox.reprocess_stuck(
        attack.app, attack.actor, DeliveryFilter(account_id=attack.account_id)
    ),
    "inbox.store_found": lambda attack: inbox.store_found(
        attack.app, attack.tenant_id, attack.account_id, [ProviderEvent("evt_forged", "any.type")]
    ),
    "inbox.sweep_account": by_tenant(inbox.sweep_account, "account_id"),
    "inbox.take_up": by_tenant(inbox.take_up, "account_id"),
    "links.check": by_tenant(links.check, "link_id"),
    "links.close_links": lambda attack: (
        links.close_links(attack.app, attack.actor, attack.account_id) or None
    ),
    "links.choose": lambda attack: in_session(
        lambda session: links.choose(attack.app, session, [attack.link_id], None).links
    )(attack),
    "links.closing_of": in_session(links.closing_of, "link_id"),
    "links.closings_of": lambda attack: (
        in_session(links.closings_of, "account_id")(attack).total or None
    ),
    "links.open_links_of": lambda attack: in_session(links.open_links_of, "account_id")(attack) or None,
    "links.deactivate": by_actor(links.deactivate, "link_id"),
    "links.deactivate_chosen": lambda attack: (
        links.deactivate_chosen(attack.app, attack.actor, [attack.link_id], None).links
    ),
    "links.disputes_of": in_session(links.disputes_of, "link_id"),
    "links.find": by_tenant(links.find, "account_id", "link_id", "ref"),
    "links.get_link": in_session(links.get_link, "link_id"),
    "links.count_held": in_session(links.count_held, "member_id"),
    "links.hand_over": by_actor(links.hand_over, "member_id", to="usr_unknown"),
    "links.hand_over_link": by_actor(links.hand_over_link, "link_id", to="usr_unknown"),
    "links.history_of": in_session(links.history_of, "link_id"),
    "links.links_of_record": lambda attack: in_session(
        lambda session: links.links_of_record(session, "kylas", DEAL.kind, DEAL.id)
    )(attack),
    "links.made": by_tenant(links.made, "link_id"),
    "links.news_since": lambda attack: links.news_since(
        attack.app, attack.tenant_id, attack.account_id, attack.app.clock() - timedelta(days=1)
    ),
    "links.payments_of": in_session(links.payments_of, "link_id"),
    "links.recheck": by_tenant(links.recheck, "link_id"),
    "links.refresh": by_tenant(links.refresh, "link_id", "ref"),
    "links.refunds_of": in_session(links.refunds_of, "link_id"),
    "links.send_again": by_actor(links.send_again, "link_id", channel="mail"),
    "links.waiting": by_tenant(links.waiting, "account_id"),
    "rules.count_failed": lambda attack: in_session(rules.count_failed, "rule_id")(attack) or None,
    "rules.delete_rule": by_actor(rules.delete_rule, "rule_id"),
    "rules.get_rule": in_session(rules.get_rule, "rule_id"),
    "rules.retry_all": lambda attack: by_actor(rules.retry_all, "rule_id")(attack) or None,
    "rules.retry_run": by_actor(rules.retry_run, "run_id"),
    "rules.runs_of_link": in_session(rules.runs_of_link, "link_id"),
    "rules.runs_of_rule": lambda attack: in_session(rules.runs_of_rule, "rule_id")(attack).runs,
    "rules.save_rule": Attack.save_rule,
    "rules.set_enabled": lambda attack: rules.set_enabled(
        attack.app, attack.actor, attack.rule_id, False
    ),
    # What takes no id, and still must not show or touch what is another workspace's.
    "connections.crm_port": by_tenant(connections.crm_port),
    "connections.disconnect_crm": by_actor(connections.disconnect_crm),
    "connections.examine_crm": by_actor(connections.examine_crm),
    "links.open_links_by_account": lambda attack: list(in_session(links.open_links_by_account)(attack)),
    "connections.list_accounts": in_session(connections.list_accounts),
    "connections.update_account with a key": lambda attack: attack.save_account(
        StripeSettings(secret_key=seed.NORTHWIND.key)
    ),
    "inbox.count_stuck": in_session(
        lambda session: inbox.count_stuck(session, DeliveryFilter(), utc_now())
    ),
    "inbox.list_deliveries": in_session(
        lambda session: inbox.list_deliveries(session, DeliveryFilter(), utc_now()).deliveries
    ),
    "links.accounts_paid_on": lambda attack: in_session(
        lambda session: sorted(links.accounts_paid_on(session, [attack.account_id]))
    )(attack),
    "links.create": lambda attack: links.create(attack.app, attack.actor, attack.new_link),
    "links.list_links": lambda attack: in_session(
        lambda session: links.list_links(session, links.LinkFilter()).links
    )(attack),
    "links.sums_of_record": lambda attack: in_session(
        lambda session: links.sums_of_record(session, "kylas", DEAL.kind, DEAL.id).totals
    )(attack),
    "people.copy_link": by_actor(people.copy_link, "invitation_id"),
    "people.deactivate": by_actor(people.deactivate, "member_id"),
    "people.get_team_member": in_session(people.get_team_member, "member_id"),
    "people.reactivate": by_actor(people.reactivate, "member_id"),
    "people.resend": by_actor(people.resend, "invitation_id"),
    "people.revoke": by_actor(people.revoke, "invitation_id"),
    "people.switch_off_for": by_actor(people.switch_off_for, "member_id"),
    "people.update_member": by_actor(people.update_member, "member_id", role=Role.VIEWER, crm_user=None),
    "rules.recent_runs": in_session(rules.recent_runs),
}


def test_every_function_that_takes_an_id_is_attacked() -> None:
    takes_id = {
        f"{domain}.{name}"
        for domain, service in SERVICES.items()
        for name, function in inspect.getmembers(service, inspect.isfunction)
        if function.__module__.startswith(f"core.{domain}.")
        and not name.startswith("_")
        and IDS & inspect.signature(function).parameters.keys()
    }
    assert takes_id <= ATTACKS.keys()


@pytest.fixture
def attack(workspace: Workspace, stranger: Member) -> Attack:
    """The victim has a paid link, an event that was applied, and runs that were given up."""
    new = workspace.new_link()
    link_id = workspace.create(new).link_id
    people.invite(
        workspace.app, workspace.owner, [people.Invitee("meera@example.com", "Meera")], role=Role.REP
    )
    with_phone(workspace.app, workspace.owner, demo.PASSWORD)
    workspace.sims.kylas.store.delete("api_key", seed_data.API_KEY_A)
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    workspace.sims.kylas.reset()
    run = workspace.rows(ActionRun)[0]
    assert run.job_state == "failed"
    return Attack(workspace, stranger, new, link_id, run.id, workspace.rows(Rule)[0].id)


def rows_of(workspace: Workspace) -> dict[str, list[Any]]:
    """All that is the workspace's, as the database has it."""
    with workspace.app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return {
            table.name: sorted(
                map(repr, session.execute(select(table).where(table.c.tenant_id == workspace.tenant_id)))
            )
            for table in metadata.sorted_tables
            if "tenant_id" in table.c
        }


def test_they_lead_nowhere(attack: Attack, subtests: pytest.Subtests) -> None:
    before, sims = rows_of(attack.victim), attack.victim.sims
    for name, call in ATTACKS.items():
        asked = sims.asked("POST")
        with subtests.test(name):
            try:
                found = call(attack)
            except (connections.NotConnected, NoResultFound):
                found = None
            assert found in (None, False, [])
            assert rows_of(attack.victim) == before
            assert sims.asked("POST") == asked
    assert attack.victim.work() == 0
