"""Kylas's answers as the core's records, in every shape they are known to have."""

import pytest

from core.api.money import Money
from core.api.records import (
    Contact,
    CrmUser,
    Identity,
    RecordRef,
    StageOutcome,
    StageRef,
)
from plugins.kylas_crm import mapping

LEAD = {
    "id": 1953122,
    "ownerId": 1,
    "firstName": "Kavita",
    "lastName": "Sharma",
    "emails": [
        {"type": "PERSONAL", "value": "home@example.com", "primary": False},
        {"type": "OFFICE", "value": "kavita@example.com", "primary": True},
    ],
    "phoneNumbers": [
        {"type": "MOBILE", "code": "IN", "value": "9090909090", "dialCode": "+91", "primary": True}
    ],
    "pipeline": {"id": 1, "name": "Default Lead Pipeline", "stage": {"id": 2, "name": "Open"}},
    "forecastingType": "OPEN",
    "companyName": "Infotech",
    "requirementCurrency": "INR",
    "requirementBudget": 1000000.0,
    "createdAt": "2022-08-08T13:43:02.157+0000",
    "recordActions": {"read": True, "update": True, "note": True, "delete": False},
    "metaData": {"idNameStore": {"ownerId": {"1": "Tenant User"}}},
}
DEAL = {
    "id": 4485,
    "name": "Office fit-out",
    "ownedBy": {"id": 830, "name": "Asha Rao"},
    "estimatedValue": {"currencyId": 431, "value": 300000.0},
    "actualValue": {"currencyId": 400, "value": 56788.5},
    "pipeline": {"id": 1494, "name": "Deals", "stage": {"id": 10732, "name": "Open"}},
    "associatedContacts": [{"id": 6276, "name": "Contact One"}],
    "recordActions": {"read": True, "update": False, "note": True, "task": True},
}
PIPELINE = {
    "id": 1079,
    "name": "Lead pipeline",
    "entityType": "LEAD",
    "active": True,
    "sequentialStageFlow": False,
    "lostReasons": ["No followup", "Not interested"],
    "unqualifiedReasons": ["Budget does not match"],
    "stages": [
        {"id": 4551, "name": "Closed Lost", "forecastingType": "CLOSED_LOST", "position": 6},
        {"id": 4552, "name": "Suspect", "forecastingType": "OPEN", "position": 1},
        {"id": 4549, "name": "Won", "forecastingType": "CLOSED_WON", "position": 4},
        {"id": 4550, "name": "Unqualified", "forecastingType": "CLOSED_UNQUALIFIED", "position": 5},
    ],
}
CODES = {"431": "INR", "400": "USD"}.get


def record(kind, raw):
    return mapping.record(
        RecordRef(kind, str(raw["id"])),
        raw,
        app_base="https://app.kylas.io/",
        value=mapping.value(kind, raw, CODES),
        contacts=(),
    )


def test_a_lead():
    lead = record("lead", LEAD)
    assert lead.title == "Kavita Sharma"
    assert lead.url == "https://app.kylas.io/sales/leads/details/1953122"
    assert lead.owner == CrmUser("1", "Tenant User")
    assert lead.stage == StageRef("1", "Default Lead Pipeline", "2", "Open")
    assert lead.value == Money(100_000_000, "INR")
    assert lead.permissions == {"read", "update", "note"}
    assert mapping.contact(LEAD) == Contact("Kavita Sharma", "kavita@example.com", "+919090909090")


def test_a_deal():
    deal = record("deal", DEAL)
    assert deal.title == "Office fit-out"
    assert deal.url == "https://app.kylas.io/sales/deals/details/4485"
    assert deal.owner == CrmUser("830", "Asha Rao")
    assert deal.stage == StageRef("1494", "Deals", "10732", "Open")
    assert deal.value == Money(5_678_850, "USD")
    assert deal.permissions == {"read", "note", "task"}


@pytest.mark.parametrize("kind", ["lead", "deal"])
def test_a_record_of_which_only_the_id_is_known(kind):
    bare = record(kind, {"id": 7})
    assert bare.title == f"{kind.capitalize()} 7"
    assert (bare.owner, bare.stage, bare.value) == (None, None, None)
    assert bare.permissions == frozenset()


@pytest.mark.parametrize("kind", ["lead", "deal"])
def test_keys_may_be_null(kind):
    sample = LEAD if kind == "lead" else DEAL
    bare = record(kind, {**dict.fromkeys(sample), "id": 7})
    assert bare == record(kind, {"id": 7})


def test_a_lead_without_a_name_goes_by_its_company():
    assert record("lead", {"id": 7, "companyName": "Infotech"}).title == "Infotech"


def test_an_owner_whose_name_is_not_said():
    assert mapping.owner({"id": 7, "ownerId": 9}) == CrmUser("9", "User 9")


def test_names_of_pipeline_and_stage_may_be_in_the_name_store():
    raw = {
        "id": 7,
        "pipeline": {"id": 1, "stage": {"id": 2}},
        "metaData": {"idNameStore": {"pipelineStage": {"2": "Open"}, "pipeline": {"1": "Leads"}}},
    }
    assert mapping.stage_ref(raw) == StageRef("1", "Leads", "2", "Open")


def test_a_deal_that_is_not_won_is_worth_its_estimate():
    assert record("deal", {**DEAL, "actualValue": None}).value == Money(30_000_000, "INR")


def test_a_currency_that_nobody_knows_leaves_the_value_out():
    foreign = {"currencyId": 999, "value": 1.0}
    assert record("deal", {"id": 7, "estimatedValue": foreign}).value is None


def test_a_budget_in_a_currency_by_id():
    raw = {"id": 7, "requirementBudget": 12.5, "requirementCurrency": 400}
    assert record("lead", raw).value == Money(1250, "USD")


def test_a_contact_without_address_and_number():
    assert mapping.contact({"id": 1, "lastName": "Kulkarni"}) == Contact("Kulkarni")


def test_a_pipeline_has_its_stages_in_order_and_their_reasons():
    pipeline = mapping.pipeline(PIPELINE)
    assert (pipeline.id, pipeline.name, pipeline.kind) == ("1079", "Lead pipeline", "lead")
    assert not pipeline.sequential
    assert [(stage.name, stage.outcome) for stage in pipeline.stages] == [
        ("Suspect", StageOutcome.OPEN),
        ("Won", StageOutcome.WON),
        ("Unqualified", StageOutcome.LOST),
        ("Closed Lost", StageOutcome.LOST),
    ]
    assert [stage.reasons for stage in pipeline.stages] == [
        (),
        (),
        ("Budget does not match",),
        ("No followup", "Not interested"),
    ]


def test_a_pipeline_with_hardly_anything():
    bare = mapping.pipeline(
        {"id": 3, "sequentialStageFlow": True, "lostReasons": None, "stages": [{"id": 4}, {}]}
    )
    assert bare.sequential
    assert [(stage.id, stage.name, stage.reasons) for stage in bare.stages] == [("4", "Stage 4", ())]


def test_a_stage_that_is_only_closed_is_not_won():
    raw = {"id": 3, "stages": [{"id": 4, "forecastingType": "CLOSED"}]}
    assert mapping.pipeline(raw).stages[0].outcome is StageOutcome.LOST


def test_active_pipelines_of_one_kind():
    rows = [
        {"id": 1, "entityType": "LEAD", "active": True},
        {"id": 2, "entityType": "DEAL", "active": True},
        {"id": 3, "entityType": "DEAL", "active": False},
        {"id": 4, "entityType": "DEAL"},
    ]
    assert mapping.active_pipeline_ids(rows, "deal") == ["2", "4"]


def test_users():
    asha = {"id": 8, "firstName": None, "lastName": "Rao", "email": "a@x.io", "active": True}
    assert mapping.user(asha) == CrmUser("8", "Rao", "a@x.io")
    assert mapping.user({"id": 8, "email": "a@x.io"}) == CrmUser("8", "a@x.io", "a@x.io")
    assert mapping.user({"id": 8, "active": False}) == CrmUser("8", "User 8", active=False)


@pytest.mark.parametrize(
    ("tenant", "name"),
    [
        ({"companyName": "Northwind", "accountName": "nw"}, "Northwind"),
        ({"companyName": None, "accountName": "nw"}, "nw"),
        ({"companyName": None, "accountName": None}, "Kylas tenant 12"),
    ],
)
def test_an_account_has_a_name_in_any_case(tenant, name):
    account = mapping.account(
        {"id": 12, "currency": "INR", "timezone": "Asia/Calcutta", **tenant},
        {"id": 8, "lastName": "Rao", "permissions": None},
    )
    assert (account.external_id, account.name) == ("12", name)
    assert (account.currency, account.timezone) == ("INR", "Asia/Calcutta")
    assert account.user == CrmUser("8", "Rao")
    assert account.missing_permissions == ()


def test_permissions_that_a_user_lacks_are_named():
    me = {
        "id": 8,
        "permissions": [
            {"id": 1, "name": "deal", "action": {"read": True, "update": False, "readAll": False}},
            {"id": 2, "name": "products-services", "action": {"read": False}},
            {"id": 3, "name": "webhook", "action": {"write": False}},
            {"id": 4, "name": "note", "action": None},
        ],
    }
    assert mapping.account({"id": 12}, me).missing_permissions == (
        "Deal: read all",
        "Deal: update",
        "Products and services: read",
    )


@pytest.mark.parametrize("spelling", ["LEAD", "lead", "leads", "Leads"])
def test_the_frame_spells_leads_in_many_ways(spelling):
    launch = {"tenantId": "12", "userId": "8", "entityId": "77", "entityType": spelling}
    assert mapping.identity(launch) == Identity("12", "8", RecordRef("lead", "77"))


@pytest.mark.parametrize("spelling", ["DEAL", "deal", "deals", "DEALS"])
def test_the_frame_spells_deals_in_many_ways(spelling):
    launch = {"entityId": "77", "entityType": spelling}
    assert mapping.identity(launch) == Identity(record=RecordRef("deal", "77"))


@pytest.mark.parametrize(
    "launch",
    [
        {},
        {"tenantId": "", "userId": "", "entityId": "", "entityType": ""},
        {"entityId": "77", "entityType": "contacts"},
        {"entityId": "77/../../users", "entityType": "deals"},
        {"entityId": "\u0667\u0667", "entityType": "deals"},
        {"entityId": "7" * 5000, "entityType": "deals"},
    ],
)
def test_a_launch_without_a_record_of_ours(launch):
    assert mapping.identity(launch) == Identity()
