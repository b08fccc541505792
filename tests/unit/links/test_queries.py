"""Finding links again, and telling one form from another."""

from dataclasses import replace

import pytest

from core.api.money import Money
from core.api.payments import Product
from core.api.records import Record, RecordRef
from core.app import App
from core.links import service
from core.links.models import Flag, Payment, PaymentLink
from core.links.service import LinkFilter, NewLink
from core.people.service import Member
from tests.rows import add_account, add_link

FORM = NewLink(
    account_id="acc_1",
    crm="kylas",
    record=Record(RecordRef("deal", "7"), "Rooftop", "https://crm.example/deals/7"),
    product=Product("price_1", "Panel", Money(100, "EUR")),
    quantity=2,
    form_key="a" * 32,
)


def test_a_form_sent_twice_has_one_key() -> None:
    renamed = replace(FORM, record=replace(FORM.record, title="Rooftop, phase 2"))
    assert FORM.once_key == renamed.once_key
    assert len(FORM.once_key) == 64


@pytest.mark.parametrize(
    "changed",
    [
        {"account_id": "acc_2"},
        {"crm": "other"},
        {"record": replace(FORM.record, ref=RecordRef("lead", "7"))},
        {"record": replace(FORM.record, ref=RecordRef("deal", "8"))},
        {"product": replace(FORM.product, ref="price_2")},
        {"quantity": 3},
        {"form_key": "b" * 32},
    ],
)
def test_a_form_that_was_changed_has_another_key(changed: dict[str, object]) -> None:
    assert replace(FORM, **changed).once_key != FORM.once_key  # type: ignore[arg-type]


@pytest.mark.parametrize("flags", [Flag(0), Flag.DISPUTED, Flag.NEEDS_ATTENTION, Flag(127)])
def test_links_that_need_attention_are_found(app: App, link: PaymentLink, flags: Flag) -> None:
    change(app, link, flags=flags)
    with app.db.unit_of_work(link.tenant_id, read_only=True) as session:
        found = service.list_links(session, LinkFilter(attention=True)).links
        assert session.get_one(PaymentLink, link.id).flags is flags
    assert [one.id for one in found] == ([link.id] if Flag.NEEDS_ATTENTION in flags else [])


@pytest.fixture
def link(app: App, owner: Member) -> PaymentLink:
    """An open link, beside a draft."""
    account = add_account(app, owner)
    made = add_link(app, owner, account)
    add_link(app, owner, account)
    return change(app, made, state="open", provider_ref="plink_1")


def change(app: App, link: PaymentLink, **values: object) -> PaymentLink:
    with app.db.unit_of_work(link.tenant_id) as session:
        row = session.get_one(PaymentLink, link.id)
        for name, value in values.items():
            setattr(row, name, value)
    return row


@pytest.mark.parametrize(
    ("id", "ref", "found"),
    [
        ("mine", "plink_1", True),
        ("mine", None, True),
        (None, "plink_1", True),
        # The provider's own id says which link it is, whatever metadata was copied along.
        ("lnk_unknown", "plink_1", True),
        ("mine", "plink_copied", False),
        ("lnk_unknown", "plink_unknown", False),
        (None, None, False),
        ("", "", False),
    ],
)
def test_an_event_finds_its_link(
    app: App, link: PaymentLink, id: str | None, ref: str | None, found: bool
) -> None:
    asked = link.id if id == "mine" else id
    answer = service.find(app, link.tenant_id, link.account_id, asked, ref)
    assert answer == (link.id if found else None)


def test_an_event_finds_a_draft_by_our_id(app: App, link: PaymentLink) -> None:
    draft = change(app, link, state="draft", provider_ref=None)
    assert service.find(app, link.tenant_id, link.account_id, draft.id, "plink_new") == draft.id


def test_another_accounts_event_finds_nothing(app: App, owner: Member, link: PaymentLink) -> None:
    other = add_account(app, owner, "acct_2")
    add_payment(app, link, "pi_1")
    assert service.find(app, link.tenant_id, other.id, link.id, "plink_1") is None
    assert service.find(app, link.tenant_id, other.id, None, None, "pi_1") is None


@pytest.mark.parametrize(
    ("ref", "intent_ref", "found"),
    [
        (None, "pi_1", True),
        (None, "pi_unknown", False),
        # An event that names a link names the right one, whatever else is in it.
        ("plink_copied", "pi_1", False),
    ],
)
def test_an_event_that_names_no_link_finds_it_by_the_payment(
    app: App, link: PaymentLink, ref: str | None, intent_ref: str, found: bool
) -> None:
    add_payment(app, link, "pi_1")
    answer = service.find(app, link.tenant_id, link.account_id, None, ref, intent_ref)
    assert answer == (link.id if found else None)


def add_payment(app: App, link: PaymentLink, intent_ref: str, state: str = "succeeded") -> None:
    with app.db.unit_of_work(link.tenant_id) as session:
        session.add(
            Payment(
                link_id=link.id,
                account_id=link.account_id,
                provider_ref=f"cs_{intent_ref}",
                intent_ref=intent_ref,
                state=state,
                amount=link.amount,
            )
        )


@pytest.mark.parametrize(
    ("job_state", "attempts", "shown"),
    [("pending", 0, True), ("running", 1, True), ("failed", 1, False), ("failed", 2, True)],
)
def test_only_what_was_certainly_not_made_is_left_out(
    app: App, link: PaymentLink, job_state: str, attempts: int, shown: bool
) -> None:
    change(app, link, state="draft", job_state=job_state, attempts=attempts)
    with app.db.unit_of_work(link.tenant_id, read_only=True) as session:
        listed = service.list_links(session, LinkFilter()).links
        of_record = service.links_of_record(session, "kylas", "deal", "7")
    assert (link.id in [one.id for one in listed]) is shown
    assert (link.id in [one.id for one in of_record]) is shown
