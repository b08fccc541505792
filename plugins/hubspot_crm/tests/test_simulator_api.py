"""The simulator's API as an app meets it, as docs/contracts/hubspot.md has it."""

import pytest

from plugins.hubspot_crm.simulator import seed_data as seed
from plugins.hubspot_crm.tests.calls import DEAL, NOTES, note, refusal


class TestAuth:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer nobody"},
            {"Authorization": seed.BRIGHTWATER.token},
            {"Authorization": f"Basic {seed.BRIGHTWATER.token}"},
            {"Authorization": f"bearer {seed.BRIGHTWATER.token}"},
        ],
    )
    def test_only_a_bearer_token_that_is_known_will_do(self, api, headers):
        refused = api("GET", DEAL, headers=headers)
        assert refusal(refused) == (401, "INVALID_AUTHENTICATION")

    def test_a_rotated_token_has_expired(self, api):
        refused = api("GET", DEAL, token=seed.ROTATED)
        assert refusal(refused) == (401, "EXPIRED_AUTHENTICATION")
        assert "expire time" in refused[1]["context"]

    @pytest.mark.parametrize(
        ("method", "path", "body", "scope"),
        [
            ("PATCH", DEAL, {"properties": {"dealname": "x"}}, "crm.objects.deals.write"),
            ("POST", NOTES, note(), "crm.objects.contacts.write"),
        ],
    )
    def test_a_scope_that_is_missing_is_named(self, api, method, path, body, scope):
        refused = api(method, path, body, token=seed.READ_ONLY)
        assert refusal(refused) == (403, "MISSING_SCOPES")
        assert refused[1]["errors"][0]["context"] == {"requiredGranularScopes": [scope]}

    def test_what_a_token_may_do(self, api):
        path = "/oauth/v2/private-apps/get/access-token-info"
        status, body = api("POST", path, {"tokenKey": seed.READ_ONLY})
        assert (status, body["hubId"]) == (200, seed.BRIGHTWATER.portal)
        assert body["scopes"] == list(seed.READS)
        for unknown in (seed.ROTATED, "nobody", None):
            assert refusal(api("POST", path, {"tokenKey": unknown}))[0] == 404

    def test_an_unknown_path(self, api):
        assert refusal(api("GET", "/crm/v3/nothing")) == (404, None)

    def test_faults_have_hubspots_shape(self, api, hubspot):
        for kind, status in (("rate_limited", 429), ("server_error", 500), ("unavailable", 503)):
            hubspot.faults.add(kind)
            answered = api("GET", DEAL)
            assert refusal(answered) == (status, None)
        hubspot.faults.add("rate_limited")
        assert api("GET", DEAL)[1]["policyName"] == "TEN_SECONDLY_ROLLING"

    def test_each_token_has_its_own_limit(self, api, hubspot):
        hubspot.clock = lambda: 1_790_000_000.0
        statuses = [api("GET", "/account-info/v3/details")[0] for _ in range(101)]
        assert statuses == [200] * 100 + [429]
        assert api("GET", "/account-info/v3/details", token=seed.ALDER.token)[0] == 200
        hubspot.reset()
        assert api("GET", "/account-info/v3/details")[0] == 200


class TestAccount:
    def test_the_accounts_details(self, api):
        status, body = api("GET", "/account-info/v3/details")
        assert status == 200
        assert (body["portalId"], body["accountType"]) == (seed.BRIGHTWATER.portal, "STANDARD")
        assert (body["companyCurrency"], body["timeZone"]) == ("GBP", "Europe/London")
        assert body["additionalCurrencies"] == ["EUR", "JPY", "KWD"]

    @pytest.mark.parametrize(
        ("at", "offset", "millis"), [(1_790_000_000, "+01:00", 3_600_000), (1_797_000_000, "+00:00", 0)]
    )
    def test_the_offset_goes_by_the_season(self, api, hubspot, at, offset, millis):
        hubspot.clock = lambda: at
        _, body = api("GET", "/account-info/v3/details")
        assert (body["utcOffset"], body["utcOffsetMilliseconds"]) == (offset, millis)


class TestOwners:
    def test_those_who_have_left_are_archived(self, api):
        _, here = api("GET", "/crm/v3/owners")
        assert [row["id"] for row in here["results"]] == [
            str(id) for id in (seed.IMOGEN, seed.TOMASZ, seed.PRIYA, seed.HELPDESK)
        ]
        assert here["results"][3] | {"type": "QUEUE", "userId": None} == here["results"][3]
        _, left = api("GET", "/crm/v3/owners?archived=true")
        assert [(row["userId"], row["userIdIncludingInactive"]) for row in left["results"]] == [
            (None, 61500104)
        ]

    def test_pages(self, api):
        _, first = api("GET", "/crm/v3/owners?limit=3")
        after = first["paging"]["next"]["after"]
        _, second = api("GET", f"/crm/v3/owners?limit=3&after={after}")
        assert (len(first["results"]), len(second["results"])) == (3, 1)
        assert "paging" not in second

    @pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=many", "after=nobody"])
    def test_pages_that_cannot_be(self, api, query):
        assert refusal(api("GET", f"/crm/v3/owners?{query}")) == (400, "VALIDATION_ERROR")

    def test_one_by_either_id(self, api):
        _, by_owner = api("GET", f"/crm/v3/owners/{seed.IMOGEN}")
        _, by_user = api("GET", "/crm/v3/owners/61500101?idProperty=userId")
        assert by_owner == by_user
        for path in ("61500101", str(seed.LEFT), str(seed.CLAIRE)):
            assert refusal(api("GET", f"/crm/v3/owners/{path}"))[0] == 404


class TestPipelines:
    def test_metadata_holds_strings(self, api):
        _, body = api("GET", "/crm/v3/pipelines/deals")
        assert [row["id"] for row in body["results"]] == [seed.RETAINERS, "default"]
        assert [stage["metadata"] for stage in body["results"][0]["stages"]] == [
            {"isClosed": "false", "probability": "0.5"},
            {"isClosed": "true", "probability": "1.0"},
            {"isClosed": "true", "probability": "0.0"},
        ]

    def test_contacts_have_none(self, api):
        assert refusal(api("GET", "/crm/v3/pipelines/contacts")) == (400, "VALIDATION_ERROR")
