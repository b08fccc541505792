"""HubSpot's JSON as the core's records."""

import pytest

from core.api.money import Money
from core.api.records import Contact, CrmUser, Identity, RecordRef, StageOutcome, StageRef
from plugins.hubspot_crm import mapping
from plugins.hubspot_crm.permissions import PERMISSIONS, missing

SCOPES = [f"{one.name}.{action}" for one in PERMISSIONS for action in one.actions]
CARD = {
    "userId": "61500101",
    "userEmail": "imogen@brightwater.example",
    "associatedObjectId": "17250440011",
    "associatedObjectType": "DEAL",
    "portalId": "25148310",
}


class TestIdentity:
    def test_a_card_says_who_and_what(self):
        assert mapping.identity(CARD) == Identity(
            "25148310", "61500101", RecordRef("deal", "17250440011")
        )

    @pytest.mark.parametrize(
        ("word", "kind"),
        [("DEAL", "deal"), ("deal", "deal"), ("deals", "deal"), ("0-3", "deal"),
         ("CONTACT", "contact"), ("contacts", "contact"), ("0-1", "contact")],
    )  # fmt: skip
    def test_kinds_in_every_spelling(self, word, kind):
        identity = mapping.identity(CARD | {"associatedObjectType": word})
        assert identity.record == RecordRef(kind, "17250440011")

    @pytest.mark.parametrize(
        "changed",
        [
            {"associatedObjectType": "COMPANY"},
            {"associatedObjectType": ""},
            {"associatedObjectId": ""},
            {"associatedObjectId": "../1"},
            {"associatedObjectId": "\u0661"},
            {"associatedObjectId": "9" * 20},
        ],
    )
    def test_what_is_no_record(self, changed):
        assert mapping.identity(CARD | changed).record is None

    def test_nothing_is_said(self):
        assert mapping.identity({}) == Identity()


class TestAccount:
    DETAILS = {"portalId": 25148310, "timeZone": "Europe/London", "companyCurrency": "GBP"}

    def test_an_account(self):
        account = mapping.account(self.DETAILS, SCOPES)
        assert (account.external_id, account.name) == ("25148310", "HubSpot account 25148310")
        assert (account.currency, account.timezone, account.user) == ("GBP", "Europe/London", None)
        assert account.missing_permissions == ()

    def test_a_name_and_hardly_anything_else(self):
        account = mapping.account({"portalId": 1, "portalName": "Brightwater"}, None)
        assert (account.name, account.currency, account.timezone) == ("Brightwater", None, None)

    def test_scopes_that_are_missing_are_named(self):
        granted = [scope for scope in SCOPES if not scope.endswith(".write")]
        assert mapping.account(self.DETAILS, granted).missing_permissions == (
            "crm.objects.deals.write",
            "crm.objects.contacts.write",
        )

    def test_scopes_that_are_unknown_are_not_missing(self):
        assert mapping.account(self.DETAILS, None).missing_permissions == ()
        assert missing(()) == tuple(SCOPES)


class TestUser:
    def test_a_user_has_the_users_id(self):
        row = {"id": "81", "userId": 615, "firstName": "Imogen", "lastName": "Clarke", "email": "i@b.c"}
        assert mapping.user(row) == CrmUser("615", "Imogen Clarke", "i@b.c")

    @pytest.mark.parametrize(
        ("row", "user"),
        [
            ({"firstName": "", "lastName": "", "email": "i@b.c"}, CrmUser("615", "i@b.c", "i@b.c")),
            ({"firstName": None, "lastName": "Clarke", "email": ""}, CrmUser("615", "Clarke")),
            ({}, CrmUser("615", "User 615")),
            ({"archived": True}, CrmUser("615", "User 615", active=False)),
            ({"userId": None, "userIdIncludingInactive": 7}, CrmUser("7", "User 7", active=False)),
        ],
    )
    def test_what_may_be_missing(self, row, user):
        assert mapping.user({"id": "81", "userId": 615} | row) == user

    def test_a_queue_is_nobody(self):
        assert mapping.user({"id": "81", "type": "QUEUE", "userId": None}) is None


class TestMoney:
    @pytest.mark.parametrize(
        ("amount", "code", "money"),
        [
            ("18400.00", "GBP", Money(1_840_000, "GBP")),
            ("7250.5", "EUR", Money(725_050, "EUR")),
            ("2400", "usd", Money(240_000, "USD")),
            ("960000", "JPY", Money(960_000, "JPY")),
            ("12.345", "KWD", Money(12_345, "KWD")),
            ("0.005", "USD", Money(1, "USD")),
            ("1E-999999", "USD", Money(0, "USD")),
            ("1E+3", "USD", Money(100_000, "USD")),
            ("-20.00", "USD", Money(-2000, "USD")),
            # A double would tell 90071992547409.92.
            ("90071992547409.93", "USD", Money(9_007_199_254_740_993, "USD")),
        ],
    )
    def test_a_decimal_string_in_the_currencys_own_units(self, amount, code, money):
        assert mapping.money(amount, code, "GBP") == money

    @pytest.mark.parametrize("code", [None, "", "Pounds"])
    def test_the_accounts_currency_stands_in(self, code):
        assert mapping.money("1.00", code, "GBP") == Money(100, "GBP")
        assert mapping.money("1.00", code, None) is None

    @pytest.mark.parametrize(
        "amount", [None, "", "  ", "much", "NaN", "-Infinity", 12.5, "1E+21", "1E+999999"]
    )
    def test_what_is_no_amount(self, amount):
        assert mapping.money(amount, "GBP", None) is None


class TestRecord:
    REF = RecordRef("deal", "11")

    def record(self, properties, ref=REF, **known):
        raw = {"id": ref.id, "properties": properties}
        return mapping.record(ref, raw, portal="25", app_base="https://app.hubspot.com/", **known)

    def test_a_deal(self):
        deal = self.record({"dealname": "Film", "amount": "5"}, company_currency="GBP")
        assert (deal.ref, deal.title, deal.value) == (self.REF, "Film", Money(500, "GBP"))
        assert deal.url == "https://app.hubspot.com/contacts/25/record/0-3/11"
        assert deal.permissions == {"read", "update", "note"}

    def test_a_contact_has_no_value(self):
        values = {"firstname": "Aiko", "lastname": None, "amount": "5"}
        contact = self.record(values, RecordRef("contact", "12"), company_currency="GBP")
        assert (contact.title, contact.value, contact.stage) == ("Aiko", None, None)
        assert contact.url == "https://app.hubspot.com/contacts/25/record/0-1/12"

    @pytest.mark.parametrize(
        ("kind", "properties", "title"),
        [
            ("deal", {"dealname": None}, "Deal 11"),
            ("deal", None, "Deal 11"),
            ("contact", {"email": "a@b.c"}, "a@b.c"),
            ("contact", {}, "Contact 11"),
        ],
    )
    def test_a_record_always_has_a_title(self, kind, properties, title):
        assert self.record(properties, RecordRef(kind, "11")).title == title

    def test_a_merged_record_leads_to_the_one_that_has_stayed(self):
        raw = {"id": "99", "properties": {}}
        record = mapping.record(self.REF, raw, portal="25", app_base="https://a.example")
        assert record.ref == self.REF
        assert record.url.endswith("/0-3/99")

    @pytest.mark.parametrize(
        ("properties", "id"),
        [({"hubspot_owner_id": "81"}, "81"), ({"hubspot_owner_id": ""}, None),
         ({"hubspot_owner_id": None}, None), ({"hubspot_owner_id": "../1"}, None), (None, None)],
    )  # fmt: skip
    def test_an_owner_is_a_number(self, properties, id):
        assert mapping.owner_id({"properties": properties}) == id


class TestContacts:
    def test_a_contact(self):
        raw = {"properties": {"firstname": "A", "lastname": "B", "email": "a@b.c", "phone": "+44 1"}}
        assert mapping.contact(raw) == Contact("A B", "a@b.c", "+44 1")

    @pytest.mark.parametrize(
        ("properties", "contact"),
        [
            ({"phone": "", "mobilephone": "+44 2"}, Contact("", None, "+44 2")),
            ({"email": "a@b.c"}, Contact("a@b.c", "a@b.c")),
            (None, Contact("")),
        ],
    )
    def test_what_may_be_missing(self, properties, contact):
        assert mapping.contact({"properties": properties}) == contact

    def test_each_contact_of_a_deal_once_and_in_order(self):
        rows = [{"id": "7", "type": "deal_to_contact"}, {"id": "3"}, {"id": "7", "type": "label"}]
        assert mapping.contact_ids({"associations": {"contacts": {"results": rows}}}) == ["7", "3"]

    @pytest.mark.parametrize("raw", [{}, {"associations": None}, {"associations": {"contacts": {}}}])
    def test_a_deal_without_contacts(self, raw):
        assert mapping.contact_ids(raw) == []


def stage(id, label="", order=0, archived=False, **metadata):
    return {"id": id, "label": label, "displayOrder": order, "archived": archived, "metadata": metadata}


def pipeline(id, label="", order=0, archived=False, stages=()):
    return {
        "id": id, "label": label, "displayOrder": order, "archived": archived, "stages": list(stages),
    }  # fmt: skip


class TestPipelines:
    def test_in_hubspots_order_without_what_is_archived(self):
        rows = [
            pipeline("3", "B", 1),
            pipeline("1", "Old", 0, archived=True),
            pipeline("2", "A", 1, stages=[stage("z", "Z", 5), stage("y", "Y", 5), stage("x", "X", -1)]),
            pipeline("default", "Sales", 0, stages=[stage("gone", archived=True), stage("s", "S")]),
        ]
        found = mapping.pipelines(rows)
        assert [(one.id, one.name, one.kind) for one in found] == [
            ("default", "Sales", "deal"), ("2", "A", "deal"), ("3", "B", "deal"),
        ]  # fmt: skip
        assert [[(one.id, one.position) for one in each.stages] for each in found] == [
            [("s", 1)], [("x", 1), ("y", 2), ("z", 3)], [],
        ]  # fmt: skip
        assert not any(one.sequential or stage.reasons for one in found for stage in one.stages)

    def test_names_that_are_missing(self):
        [found] = mapping.pipelines([{"id": "5", "stages": [{"id": "6"}]}, {"label": "no id"}])
        assert (found.name, found.stages[0].name) == ("Pipeline 5", "Stage 6")

    @pytest.mark.parametrize(
        ("metadata", "outcome"),
        [
            ({"isClosed": "true", "probability": "1.0"}, StageOutcome.WON),
            ({"isClosed": "true", "probability": "0.0"}, StageOutcome.LOST),
            ({"isClosed": "true", "probability": "0.5"}, StageOutcome.LOST),
            ({"isClosed": "true"}, StageOutcome.LOST),
            ({"isClosed": "false", "probability": "0.2"}, StageOutcome.OPEN),
            ({"isClosed": "false", "probability": "0.0"}, StageOutcome.OPEN),
            ({"isClosed": True, "probability": 1.0}, StageOutcome.WON),
            ({"probability": "1"}, StageOutcome.WON),
            ({"probability": "0.0"}, StageOutcome.LOST),
            ({"probability": "0.9"}, StageOutcome.OPEN),
            ({}, StageOutcome.OPEN),
        ],
    )
    def test_what_reaching_a_stage_means(self, metadata, outcome):
        [found] = mapping.pipelines([pipeline("1", stages=[stage("2", **metadata)])])
        assert found.stages[0].outcome is outcome

    def test_where_a_deal_stands(self):
        known = mapping.pipelines([pipeline("default", "Sales", stages=[stage("won", "Won")])])
        raw = {"properties": {"pipeline": "default", "dealstage": "won"}}
        assert mapping.stage_ref(raw, known) == StageRef("default", "Sales", "won", "Won")
        assert mapping.stage_ref(raw, []) == StageRef("default", "", "won", "")
        raw["properties"]["dealstage"] = "archived"
        assert mapping.stage_ref(raw, known) == StageRef("default", "Sales", "archived", "")

    @pytest.mark.parametrize(
        "properties", [None, {}, {"pipeline": "default"}, {"pipeline": None, "dealstage": "won"}]
    )
    def test_a_deal_in_no_pipeline(self, properties):
        assert mapping.stage_ref({"properties": properties}, []) is None
