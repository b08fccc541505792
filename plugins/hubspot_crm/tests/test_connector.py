"""The connector's reading verbs against the simulated HubSpot, over real HTTP."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from core.api.errors import CredentialsError, NotFound, NotSent
from core.api.money import Money
from core.api.records import Contact, CrmUser, Launch, RecordRef, StageOutcome, StageRef
from core.testing.simulator import answer
from plugins.hubspot_crm import register_crm_connectors
from plugins.hubspot_crm.simulator import seed_data as seed
from plugins.hubspot_crm.simulator.seed import owner_row

DEAL = RecordRef("deal", seed.HARBOUR)
CONTACT = RecordRef("contact", seed.MARGARET)
IMOGEN = CrmUser("61500101", "Imogen Clarke", "imogen@brightwater.example")


@pytest.fixture
def connector():
    return register_crm_connectors()[0]


def test_a_token_opens_its_account(connector, ctx):
    account = connector.validate_credentials(ctx=ctx)
    assert (account.external_id, account.name) == ("25148310", "HubSpot account 25148310")
    assert (account.currency, account.timezone) == ("GBP", "Europe/London")
    assert account.missing_permissions == ()


def test_a_token_that_may_only_read_says_what_is_missing(connector, connect):
    account = connector.validate_credentials(ctx=connect(seed.READ_ONLY))
    assert account.missing_permissions == ("crm.objects.deals.write", "crm.objects.contacts.write")


@pytest.mark.parametrize("fault", ["unavailable", "malformed"])
def test_scopes_that_hubspot_does_not_tell_are_no_reason_to_refuse(connector, ctx, hubspot, fault):
    hubspot.faults.add(fault, path="/oauth/v2", times=None)
    account = connector.validate_credentials(ctx=ctx)
    assert (account.external_id, account.missing_permissions) == ("25148310", ())


def test_scopes_in_another_shape_are_unknown(connector, ctx, replace):
    replace("token_info", lambda request: answer({"scopes": "oauth"}))
    assert connector.validate_credentials(ctx=ctx).missing_permissions == ()


@pytest.mark.parametrize("token", ["pat-eu1-nobody-knows", seed.ROTATED])
def test_a_wrong_token_marks_the_field(connector, connect, token):
    with pytest.raises(CredentialsError, match="does not accept this access token") as caught:
        connector.validate_credentials(ctx=connect(token))
    assert caught.value.field == "access_token"


def test_the_card_is_identified_without_a_call(connector, buckets):
    launch = Launch(
        {
            "portalId": "25148310",
            "userId": "61500101",
            "associatedObjectId": seed.HARBOUR,
            "associatedObjectType": "DEAL",
        }
    )
    identity = connector.identify(launch=launch)
    assert (identity.tenant_id, identity.user_id, identity.record) == ("25148310", "61500101", DEAL)
    assert buckets.taken == 0


def test_a_deal(connector, ctx):
    deal = connector.fetch_record(ctx=ctx, ref=DEAL)
    assert deal.title == "Harbour Trust: anniversary film"
    assert deal.url == f"https://app.hubspot.com/contacts/25148310/record/0-3/{seed.HARBOUR}"
    assert deal.owner == IMOGEN
    assert deal.stage == StageRef(
        "default", "Sales Pipeline", "presentationscheduled", "Presentation Scheduled"
    )
    assert deal.value == Money(1_840_000, "GBP")
    assert deal.contacts == (
        Contact("Margaret Oduya", "m.oduya@harbourtrust.example", "+44 20 7946 0311"),
        Contact("Diego Marín", "diego@harbourtrust.example", "+44 7700 900417"),
    )


def test_a_deal_in_a_currency_of_its_own(connector, ctx):
    museum = connector.fetch_record(ctx=ctx, ref=RecordRef("deal", seed.MUSEUM))
    assert museum.value == Money(725_050, "EUR")
    tokyo = connector.fetch_record(ctx=ctx, ref=RecordRef("deal", seed.TOKYO))
    assert tokyo.value == Money(960_000, "JPY")
    assert tokyo.owner is None  # who has left is no longer among the owners


def test_a_contact(connector, ctx):
    contact = connector.fetch_record(ctx=ctx, ref=CONTACT)
    assert contact.title == "Margaret Oduya"
    assert contact.url == f"https://app.hubspot.com/contacts/25148310/record/0-1/{seed.MARGARET}"
    assert (contact.owner, contact.stage, contact.value) == (IMOGEN, None, None)
    assert [one.email for one in contact.contacts] == ["m.oduya@harbourtrust.example"]


def test_records_with_hardly_anything(connector, ctx):
    deal = connector.fetch_record(ctx=ctx, ref=RecordRef("deal", seed.PODCAST))
    assert (deal.title, deal.value, deal.owner, deal.contacts) == ("Podcast pilot", None, None, ())
    contact = connector.fetch_record(ctx=ctx, ref=RecordRef("contact", seed.ANON))
    assert (contact.title, contact.owner) == ("hello@podcast.example", None)


def test_every_record_of_the_start_state_can_be_read(connector, connect):
    tokens = {one.portal: one.token for one in seed.ACCOUNTS}
    for kind, rows in (("deal", seed.DEALS), ("contact", seed.CONTACTS)):
        for portal, id, *_ in rows:
            record = connector.fetch_record(ctx=connect(tokens[portal]), ref=RecordRef(kind, id))
            assert record.title
            assert str(portal) in record.url


@pytest.mark.parametrize(
    "ref",
    [
        RecordRef("deal", seed.KITCHEN),
        RecordRef("deal", "99999999"),
        RecordRef("deal", seed.MARGARET),
        RecordRef("lead", seed.HARBOUR),
        RecordRef("deal", "../contacts/1"),
        RecordRef("contact", ""),
    ],
    ids=str,
)
def test_a_record_that_is_gone_foreign_or_no_record(connector, ctx, ref):
    with pytest.raises(NotFound):
        connector.fetch_record(ctx=ctx, ref=ref)


def test_the_account_is_asked_about_once_an_hour(connector, ctx, buckets):
    asked = []
    start = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
    for minutes in (0, 59, 61, 62):
        at, before = start + timedelta(minutes=minutes), buckets.taken
        later = dataclasses.replace(ctx, clock=lambda at=at: at)
        connector.fetch_record(ctx=later, ref=RecordRef("contact", seed.ANON))
        asked.append(buckets.taken - before)
    assert asked == [2, 1, 2, 1]


def test_accounts_are_not_mixed_up(connector, connect):
    connector.fetch_record(ctx=connect(), ref=DEAL)
    kitchen = connector.fetch_record(ctx=connect(seed.ALDER.token), ref=RecordRef("deal", seed.KITCHEN))
    assert kitchen.value == Money(3_190_000, "CAD")
    assert "/contacts/25977042/" in kitchen.url


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("/crm/v3/pipelines", {"stage": StageRef("default", "", "presentationscheduled", "")}),
        ("/crm/v3/owners", {"owner": None}),
        ("/contacts/batch/read", {"contacts": ()}),
    ],
)
def test_a_deal_can_be_shown_while_the_side_calls_fail(connector, ctx, hubspot, path, missing):
    hubspot.faults.add("unavailable", path=path, times=None)
    deal = connector.fetch_record(ctx=ctx, ref=DEAL)
    assert deal.title == "Harbour Trust: anniversary film"
    assert {name: getattr(deal, name) for name in missing} == missing


def test_a_deal_cannot_be_shown_without_its_account(connector, ctx, hubspot):
    hubspot.faults.add("unavailable", path="/account-info", times=None)
    with pytest.raises(NotSent):
        connector.fetch_record(ctx=ctx, ref=DEAL)


def test_pipelines_with_their_stages(connector, ctx):
    sales, retainers = connector.list_pipelines(ctx=ctx, kind="deal")
    assert (sales.id, sales.name, sales.kind) == ("default", "Sales Pipeline", "deal")
    assert (retainers.id, retainers.name) == (seed.RETAINERS, "Retainers")
    assert [(stage.name, stage.outcome) for stage in sales.stages] == [
        ("Appointment Scheduled", StageOutcome.OPEN),
        ("Qualified To Buy", StageOutcome.OPEN),
        ("Presentation Scheduled", StageOutcome.OPEN),
        ("Contract Sent", StageOutcome.OPEN),
        ("Closed Won", StageOutcome.WON),
        ("Closed Lost", StageOutcome.LOST),
    ]


def test_contacts_have_no_pipelines(connector, ctx, buckets):
    assert connector.list_pipelines(ctx=ctx, kind="contact") == []
    assert buckets.taken == 0


def test_users_by_name_or_address(connector, ctx):
    everyone = connector.list_users(ctx=ctx, query="")
    assert [(user.id, user.name) for user in everyone] == [
        ("61500101", "Imogen Clarke"),
        ("61500103", "priya@brightwater.example"),
        ("61500102", "Tomasz Zieliński"),
    ]
    assert connector.list_users(ctx=ctx, query=" imogen ") == [IMOGEN]
    assert [user.name for user in connector.list_users(ctx=ctx, query="TOMASZ@")] == ["Tomasz Zieliński"]
    assert connector.list_users(ctx=ctx, query="nobody") == []


def test_users_of_all_pages(connector, ctx, hubspot, buckets):
    for number in range(230):
        row = owner_row(90_000 + number, 70_000 + number, "New", f"Person {number}", "")
        hubspot.store.put(f"{seed.BRIGHTWATER.portal}/owners", row["id"], row)
    assert len(connector.list_users(ctx=ctx, query="")) == 233
    assert buckets.taken == 3
