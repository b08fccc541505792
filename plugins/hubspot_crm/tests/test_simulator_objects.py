"""Deals, contacts and notes in the simulator's API, as docs/contracts/hubspot.md has them."""

import pytest

from plugins.hubspot_crm.simulator import seed_data as seed
from plugins.hubspot_crm.tests.calls import AT, DEAL, NOTES, invalid, note, refusal


class TestObjects:
    def test_what_is_not_asked_for_is_not_shown(self, api):
        _, body = api("GET", f"{DEAL}?properties=dealname,deal_currency_code,nonsense")
        assert set(body) == {"id", "properties", "createdAt", "updatedAt", "archived"}
        assert body["properties"] == {
            "dealname": "Harbour Trust: anniversary film",
            "deal_currency_code": None,
            "hs_object_id": seed.HARBOUR,
            "createdate": "2026-09-14T08:00:00.000Z",
            "hs_lastmodifieddate": "2026-09-14T08:00:00.000Z",
        }

    def test_some_properties_come_by_themselves(self, api):
        _, body = api("GET", f"/crm/v3/objects/0-1/{seed.MARGARET}")
        assert set(body["properties"]) == {
            "createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname",
        }  # fmt: skip

    def test_associations_are_shown_where_there_are_some(self, api):
        _, body = api("GET", f"{DEAL}?associations=companies,contacts")
        assert body["associations"] == {
            "contacts": {
                "results": [
                    {"id": seed.MARGARET, "type": "deal_to_contact"},
                    {"id": seed.DIEGO, "type": "deal_to_contact"},
                ]
            }
        }
        for path in (
            f"{DEAL}?associations=notes",
            f"/crm/v3/objects/deals/{seed.PODCAST}?associations=contacts",
        ):
            assert "associations" not in api("GET", path)[1]

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            (f"/crm/v3/objects/deals/{seed.KITCHEN}", 404),
            (f"/crm/v3/objects/contacts/{seed.HARBOUR}", 404),
            ("/crm/v3/objects/deals/none", 404),
            ("/crm/v3/objects/leads/1", 400),
        ],
    )
    def test_what_is_not_there(self, api, path, status):
        assert refusal(api("GET", path))[0] == status

    def test_a_change_is_kept_and_an_empty_text_clears(self, api):
        wanted = {"dealname": "New name", "amount": ""}
        status, body = api("PATCH", DEAL, {"properties": wanted})
        assert (status, body["properties"]["dealname"], body["properties"]["amount"]) == (
            200, "New name", None,
        )  # fmt: skip
        _, read = api("GET", f"{DEAL}?properties=dealname,amount")
        assert (read["properties"]["dealname"], read["properties"]["amount"]) == ("New name", None)

    @pytest.mark.parametrize(
        ("properties", "word"),
        [
            ({"deal_stage": "closedwon"}, "PROPERTY_DOESNT_EXIST"),
            ({"firstname": "x"}, "PROPERTY_DOESNT_EXIST"),
            ({"hs_object_id": "1"}, "READ_ONLY_VALUE"),
            ({"createdate": AT}, "READ_ONLY_VALUE"),
            ({"dealstage": "Closed Won"}, "INVALID_OPTION"),
            ({"dealstage": seed.RETAINER_SIGNED}, "INVALID_OPTION"),
            ({"dealstage": "closedwon", "pipeline": seed.RETAINERS}, "INVALID_OPTION"),
            ({"dealstage": "130011", "pipeline": "70110045"}, "INVALID_OPTION"),
            ({"pipeline": seed.RETAINERS}, "INVALID_OPTION"),
        ],
    )
    def test_properties_that_hubspot_refuses(self, api, properties, word):
        assert invalid(api("PATCH", DEAL, {"properties": properties})) == word

    @pytest.mark.parametrize(
        "body",
        [{}, {"properties": {}}, {"properties": []}, {"properties": {"amount": 5}}, [], None,
         {"properties": {"amount": "5"}, "more": 1}],
    )  # fmt: skip
    def test_bodies_that_hubspot_refuses(self, api, body):
        assert refusal(api("PATCH", DEAL, body)) == (400, "VALIDATION_ERROR")

    def test_a_batch(self, api):
        body = {"properties": ["email"], "inputs": [{"id": seed.AIKO}, {"id": seed.DIEGO}]}
        status, answered = api("POST", "/crm/v3/objects/contacts/batch/read", body)
        assert (status, answered["status"]) == (200, "COMPLETE")
        assert [row["properties"]["email"] for row in answered["results"]] == [
            "aiko@kumofilms.example",
            "diego@harbourtrust.example",
        ]

    def test_a_batch_with_what_is_not_there(self, api):
        body = {"inputs": [{"id": seed.AIKO}, {"id": seed.LUC}]}
        status, answered = api("POST", "/crm/v3/objects/contacts/batch/read", body)
        assert (status, [row["id"] for row in answered["results"]]) == (207, [seed.AIKO])
        assert answered["errors"][0]["category"] == "OBJECT_NOT_FOUND"
        assert answered["errors"][0]["context"] == {"ids": [seed.LUC]}

    @pytest.mark.parametrize("count", [0, 101])
    def test_a_batch_has_a_hundred_inputs_at_most(self, api, count):
        body = {"inputs": [{"id": str(number)} for number in range(count)]}
        assert refusal(api("POST", "/crm/v3/objects/deals/batch/read", body))[0] == 400


class TestNotes:
    LIST = f"/crm/v4/objects/deals/{seed.HARBOUR}/associations/notes"

    @pytest.mark.parametrize("at", [AT, "1790000000000", "2026-11-27T09:30:00+00:00"])
    def test_a_note_is_made_and_associated(self, api, at):
        status, made = api("POST", NOTES, note(hs_timestamp=at))
        assert (status, made["properties"]["hs_note_body"]) == (201, "Paid")
        _, listed = api("GET", self.LIST)
        assert listed["results"][-1] == {
            "toObjectId": int(made["id"]),
            "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 213, "label": None}],
        }

    def test_a_note_on_a_contact(self, api):
        assert api("POST", NOTES, note(seed.AIKO, 202))[0] == 201
        _, listed = api("GET", f"/crm/v4/objects/contacts/{seed.AIKO}/associations/notes")
        assert [row["associationTypes"][0]["typeId"] for row in listed["results"]] == [201]

    @pytest.mark.parametrize("at", ["", "soon", "2026-11-27T09:30:00", "2026-11-27T09:30:00+05:30"])
    def test_a_note_has_to_have_a_time_in_utc(self, api, at):
        assert invalid(api("POST", NOTES, note(hs_timestamp=at))) == "INVALID_DATE"

    def test_a_note_has_a_longest(self, api):
        assert api("POST", NOTES, note(hs_note_body="x" * 65_536))[0] == 201
        assert invalid(api("POST", NOTES, note(hs_note_body="x" * 65_537))) == "TOO_LONG"

    @pytest.mark.parametrize(
        "body",
        [
            note(type=202),
            note(type=1),
            note(category="USER_DEFINED"),
            note(seed.KITCHEN),
            note("1"),
            note(nonsense="x"),
            {"associations": []},
        ],
    )
    def test_nothing_is_written_where_something_is_wrong(self, api, hubspot, body):
        before = hubspot.store.all(f"{seed.BRIGHTWATER.portal}/notes")
        assert refusal(api("POST", NOTES, body)) == (400, "VALIDATION_ERROR")
        assert hubspot.store.all(f"{seed.BRIGHTWATER.portal}/notes") == before

    def test_pages(self, api):
        for _ in range(3):
            api("POST", NOTES, note())
        _, first = api("GET", f"{self.LIST}?limit=3")
        after = first["paging"]["next"]["after"]
        _, second = api("GET", f"{self.LIST}?limit=3&after={after}")
        assert (len(first["results"]), len(second["results"])) == (3, 1)

    def test_of_a_record_that_is_not_there(self, api):
        path = f"/crm/v4/objects/deals/{seed.KITCHEN}/associations/notes"
        assert refusal(api("GET", path))[0] == 404
