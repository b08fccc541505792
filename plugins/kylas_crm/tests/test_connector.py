"""The connector's reading verbs against the simulated Kylas, over real HTTP."""

import pytest

from core.api.errors import CredentialsError, NotFound, Rejected
from core.api.money import Money
from core.api.records import Contact, CrmUser, Launch, RecordRef, StageOutcome, StageRef
from plugins.kylas_crm import register_crm_connectors
from plugins.kylas_crm.simulator import seed_data as seed

DEAL = RecordRef("deal", "4485")
LEAD = RecordRef("lead", "3101")


@pytest.fixture
def connector():
    return register_crm_connectors()[0]


def test_a_key_opens_its_tenant(connector, ctx):
    account = connector.validate_credentials(ctx=ctx)
    assert (account.external_id, account.name) == (str(seed.TENANT_A), "Northwind Trading")
    assert (account.currency, account.timezone) == ("INR", "Asia/Calcutta")
    assert account.user == CrmUser(str(seed.ASHA), "Asha Rao", "asha@northwind.example")
    assert account.missing_permissions == ()


def test_a_wrong_key_marks_the_field(connector, connect):
    with pytest.raises(CredentialsError, match="does not accept this API key") as caught:
        connector.validate_credentials(ctx=connect("00000000-0000-0000-0000-000000000000:1"))
    assert caught.value.field == "api_key"


def test_the_frame_is_identified_without_a_call(connector, buckets):
    launch = Launch({"tenantId": "4101", "userId": "8301", "entityId": "4485", "entityType": "DEAL"})
    identity = connector.identify(launch=launch)
    assert (identity.tenant_id, identity.user_id, identity.record) == ("4101", "8301", DEAL)
    assert buckets.taken == 0


def test_a_deal(connector, ctx):
    deal = connector.fetch_record(ctx=ctx, ref=DEAL)
    assert deal.title == "Rooftop solar, phase 1"
    assert deal.url == "https://app.kylas.io/sales/deals/details/4485"
    assert deal.owner == CrmUser(str(seed.ASHA), "Asha Rao")
    assert deal.stage == StageRef("1494", "Default Deal Pipeline", "10733", "Negotiation")
    assert deal.value == Money.of("1090538", "INR")  # 80 panels less 5%, and the survey
    assert deal.contacts == (
        Contact("Prakash Reddy", "prakash@deccan-textiles.example", "+919845010001"),
        Contact("Aditya Bose", "aditya@deccan-textiles.example", "+919845010010"),
    )
    assert {"read", "update", "note"} <= deal.permissions


def test_a_lead(connector, ctx):
    lead = connector.fetch_record(ctx=ctx, ref=LEAD)
    assert lead.title == "Kavita Sharma"
    assert lead.url == "https://app.kylas.io/sales/leads/details/3101"
    assert lead.owner == CrmUser(str(seed.ASHA), "Asha Rao")
    assert lead.stage == StageRef("1079", "Default Lead Pipeline", "4549", "Qualified")
    assert lead.value == Money.of("540000", "INR")
    assert lead.contacts == (Contact("Kavita Sharma", "kavita@jaipur-pottery.example", "+919900020001"),)


def test_records_with_hardly_anything(connector, ctx):
    lead = connector.fetch_record(ctx=ctx, ref=RecordRef("lead", "3110"))
    assert (lead.title, lead.stage, lead.value) == ("Fernandes", None, None)
    deal = connector.fetch_record(ctx=ctx, ref=RecordRef("deal", "4494"))
    assert (deal.title, deal.value, deal.contacts) == ("Walk-in enquiry", None, ())


def test_every_record_of_the_start_state_can_be_read(connector, connect, kylas):
    keys = {seed.TENANT_A: seed.API_KEY_A, seed.TENANT_B: seed.API_KEY_B}
    for kind, rows in (("deal", seed.DEALS), ("lead", seed.LEADS)):
        for tenant, id, *_ in rows:
            kylas.limits.clear()
            record = connector.fetch_record(ctx=connect(keys[tenant]), ref=RecordRef(kind, str(id)))
            assert record.title
            assert record.owner


@pytest.mark.parametrize(
    "ref",
    [
        RecordRef("deal", "5485"),
        RecordRef("deal", "99999999"),
        RecordRef("lead", "4485"),
        RecordRef("contact", "6276"),
        RecordRef("deal", "../users/me"),
        RecordRef("deal", ""),
    ],
    ids=str,
)
def test_a_record_that_is_gone_foreign_or_no_record(connector, ctx, ref):
    with pytest.raises(NotFound):
        connector.fetch_record(ctx=ctx, ref=ref)


def test_a_currency_is_looked_up_once(connector, ctx, buckets):
    connector.fetch_record(ctx=ctx, ref=DEAL)
    first = buckets.taken
    connector.fetch_record(ctx=ctx, ref=DEAL)
    assert (first, buckets.taken - first) == (3, 2)


def test_a_currency_that_the_tenant_added_itself(connector, ctx, kylas):
    kylas.tenant(seed.TENANT_A).put(
        "deal",
        {
            **kylas.tenant(seed.TENANT_A).get("deal", 4486),
            "actualValue": {"currencyId": seed.BHD, "value": 12.345},
        },
    )
    deal = connector.fetch_record(ctx=ctx, ref=RecordRef("deal", "4486"))
    assert deal.value == Money(12345, "BHD")


def test_a_currency_that_kylas_does_not_list(connector, ctx, kylas):
    tenant = kylas.tenant(seed.TENANT_A)
    foreign = {"currencyId": 999_999, "value": 5.0}
    tenant.put("deal", {**tenant.get("deal", 4486), "actualValue": foreign})
    assert connector.fetch_record(ctx=ctx, ref=RecordRef("deal", "4486")).value is None


@pytest.mark.parametrize("path", ["/v1/search/contact", "/v1/currencies"])
def test_a_deal_can_be_shown_while_the_side_calls_fail(connector, ctx, kylas, path):
    kylas.faults.add("unavailable", path=path, times=None)
    deal = connector.fetch_record(ctx=ctx, ref=DEAL)
    assert deal.title == "Rooftop solar, phase 1"
    assert [contact.name for contact in deal.contacts] == ["Prakash Reddy", "Aditya Bose"]


def test_active_pipelines_with_stages_and_reasons(connector, ctx):
    plain, tender = connector.list_pipelines(ctx=ctx, kind="deal")
    assert (plain.id, plain.name, plain.kind) == ("1494", "Default Deal Pipeline", "deal")
    assert (plain.sequential, tender.sequential) == (False, True)
    assert [(stage.name, stage.outcome, stage.reasons) for stage in plain.stages] == [
        ("Open", StageOutcome.OPEN, ()),
        ("Proposal sent", StageOutcome.OPEN, ()),
        ("Negotiation", StageOutcome.OPEN, ()),
        ("Won", StageOutcome.WON, ()),
        ("Closed Unqualified", StageOutcome.LOST, seed.UNQUALIFIED_REASONS),
        ("Closed Lost", StageOutcome.LOST, seed.LOST_REASONS),
    ]
    (leads,) = connector.list_pipelines(ctx=ctx, kind="lead")
    assert leads.name == "Default Lead Pipeline"


def test_users_by_name_or_address(connector, ctx):
    everyone = connector.list_users(ctx=ctx, query="")
    assert [user.name for user in everyone] == ["Asha Rao", "Meera Nair", "Ravi Iyer", "Sheikh"]
    # Kylas's own look-up knows no addresses.
    assert connector.list_users(ctx=ctx, query=" ravi ") == [CrmUser(str(seed.RAVI), "Ravi Iyer")]
    assert [user.name for user in connector.list_users(ctx=ctx, query="MEERA@")] == ["Meera Nair"]
    assert connector.list_users(ctx=ctx, query="nobody") == []


def test_one_user(connector, ctx, kylas):
    ravi = CrmUser(str(seed.RAVI), "Ravi Iyer", "ravi@northwind.example")
    assert connector.get_user(ctx=ctx, user_id=ravi.id) == ravi
    tenant = kylas.tenant(seed.TENANT_A)
    tenant.put("user", tenant.get("user", seed.RAVI) | {"active": False})
    assert not connector.get_user(ctx=ctx, user_id=ravi.id).active
    assert connector.get_user(ctx=ctx, user_id="777") is None


def test_one_of_ten_thousand(connector, ctx, kylas):
    """Kylas looks for the name itself; who looks for an address is told that they are too many."""
    tenant = kylas.tenant(seed.TENANT_A)
    ravi = tenant.get("user", seed.RAVI)
    for id in range(20_000, 30_000):
        tenant.put("user", {**ravi, "id": id, "firstName": "User", "lastName": f"No {id}"})
    assert [one.id for one in connector.list_users(ctx=ctx, query="no 29999")] == ["29999"]
    assert len(connector.list_users(ctx=ctx, query="user")) == 100
    with pytest.raises(Rejected, match="Search for a part of the name"):
        connector.list_users(ctx=ctx, query="ravi@")


def test_users_of_all_pages(connector, ctx, kylas):
    tenant = kylas.tenant(seed.TENANT_A)
    ravi = tenant.get("user", seed.RAVI)
    for id in range(20_000, 20_230):
        tenant.put("user", {**ravi, "id": id, "lastName": f"Iyer {id}"})
    assert len(connector.list_users(ctx=ctx, query="")) == 234
