"""An event becomes a run for each action of each rule that fits, once."""

import pytest
from sqlalchemy import delete, select

from core.api.actions import DomainEvent
from core.api.payments import Link, LinkStatus, PaymentState, PaymentStatus, ProviderLinkState
from core.app import App
from core.links import ledger
from core.links.models import PaymentLink
from core.people.service import Member
from core.rules import service
from core.rules.models import ActionRun, Rule
from tests.rows import add_account, add_link
from tests.rules import add_rule as rule_with


@pytest.fixture
def link(app: App, owner: Member) -> PaymentLink:
    """A draft in a workspace without rules."""
    with app.db.unit_of_work(owner.tenant_id) as session:
        session.execute(delete(Rule))
    return add_link(app, owner, add_account(app, owner))


def add_rule(app: App, owner: Member, name: str, event: str = "link.created", **more: bool) -> str:
    return rule_with(
        app,
        owner,
        name,
        event,
        ("write_note", app.plugins.action("write_note").Config(template=name)),
        enabled=more.get("enabled", True),
    )


def opened(app: App, link: PaymentLink) -> None:
    ledger.opened(app, link.tenant_id, link.id, Link("plink_1", "https://pay.example/1"))


def runs(app: App, owner: Member) -> list[ActionRun]:
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        return list(session.scalars(select(ActionRun).order_by(ActionRun.id)))


def emit_again(app: App, run: ActionRun) -> None:
    with app.db.unit_of_work(run.tenant_id) as session:
        service.emit(session, app, "kylas", service.event_of(run))


def test_only_the_rules_of_that_event_that_are_on(
    app: App, owner: Member, stranger: Member, link: PaymentLink
) -> None:
    names = [f"Rule {number}" for number in range(5)]
    for name in names:
        add_rule(app, owner, name)
    add_rule(app, owner, "Off", enabled=False)
    add_rule(app, owner, "Paid", "link.paid")
    add_rule(app, stranger, "Theirs")
    opened(app, link)
    made = runs(app, owner)
    assert [run.rule_name for run in made] == names
    assert {run.record_key for run in made} == {"kylas:deal:7"}
    assert {run.link_id for run in made} == {link.id}


@pytest.mark.parametrize(
    ("state", "followed"),
    [
        (None, ["link.opened"]),
        (PaymentState.FAILED, ["link.opened"]),
        (PaymentState.PENDING, []),
        (PaymentState.SUCCEEDED, ["link.paid"]),
    ],
)
def test_a_link_that_was_paid_when_it_was_first_seen_sets_off_what_follows_a_payment_only(
    app: App, owner: Member, link: PaymentLink, state: PaymentState | None, followed: list[str]
) -> None:
    for event in ("link.opened", "link.paid"):
        add_rule(app, owner, event, event)
    payments = (PaymentStatus("cs_1", state, link.amount, at=app.clock()),) if state else ()
    status = LinkStatus(
        "plink_1",
        "https://pay.example/1",
        ProviderLinkState.OPEN,
        payments,
        opened_at=app.clock(),
    )
    ledger.write_down(app, link.tenant_id, link.id, status)
    assert [run.rule_name for run in runs(app, owner)] == followed


def test_the_same_fact_makes_no_second_run(app: App, owner: Member, link: PaymentLink) -> None:
    add_rule(app, owner, "First")
    opened(app, link)
    (run,) = runs(app, owner)
    emit_again(app, run)
    assert len(runs(app, owner)) == 1
    add_rule(app, owner, "Second")
    emit_again(app, run)
    assert [one.rule_name for one in runs(app, owner)] == ["First", "Second"]


def test_a_run_keeps_what_its_rule_said(app: App, owner: Member, link: PaymentLink) -> None:
    rule_id = add_rule(app, owner, "Before")
    opened(app, link)
    service.delete_rule(app, owner, rule_id)
    (run,) = runs(app, owner)
    assert (run.rule_name, run.config) == ("Before", {"template": "Before"})


def test_an_event_is_kept_as_it_was(app: App, owner: Member, link: PaymentLink) -> None:
    add_rule(app, owner, "Paid", "link.paid")
    paid = PaymentStatus("cs_1", PaymentState.SUCCEEDED, link.amount, payer_name="Meena")
    status = LinkStatus("plink_1", "https://pay.example/1", ProviderLinkState.OPEN, (paid,))
    ledger.write_down(app, link.tenant_id, link.id, status)
    (run,) = runs(app, owner)
    event = service.event_of(run)
    assert isinstance(event, DomainEvent)
    assert (event.name, event.subject_id, event.at) == ("link.paid", link.id, app.clock())
    assert (event.link.amount, event.link.created_by) == (link.amount, owner.name)
    assert event.payment
    assert (event.payment.amount, event.payment.payer_name) == (link.amount, "Meena")
