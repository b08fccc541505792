"""What the form of a rule offers, whatever the CRM answers."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from core.api.errors import NotSent, Rejected, Unsupported
from core.api.records import CrmUser, Pipeline, Stage
from core.app import App
from core.people.service import Member
from core.rules.choices import FIND, MOST, Offers
from core.rules.conditions import OnlyIf
from core.web.forms import Form

SALES = Pipeline("10", "Sales", "deal", (Stage("1", "Open", 1), Stage("2", "Won", 2)))


@dataclass
class Crm:
    """A CRM whose lists can be taken away, and which counts how often it is asked."""

    record_kinds: tuple[str, ...] = ("lead", "deal")
    users: Any = ()
    pipelines: Any = (SALES,)
    asked: list[str] = field(default_factory=list)

    def list_users(self, query: str) -> list[CrmUser]:
        self.asked.append("users")
        return self._answer(self.users)

    def list_pipelines(self, kind: str) -> list[Pipeline]:
        self.asked.append("pipelines")
        return self._answer(self.pipelines)

    @staticmethod
    def _answer(given: Any) -> Any:
        if isinstance(given, Exception):
            raise given
        return list(given)


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def offers(app: App, owner: Member, crm: Crm) -> Offers:
    made = Offers(app, owner.tenant_id)
    vars(made)["crm"] = crm
    return made


def form(offers: Offers, stored: dict[str, str] | None = None, **values: str) -> Form[OnlyIf]:
    made: Form[OnlyIf] = Form(
        OnlyIf,
        values=values,
        options=offers.of_conditions(OnlyIf, "only-", lambda: values, stored or {}),
        prefix="only-",
    )
    assert made.fields
    return made


def labels(form: Form[OnlyIf], name: str) -> list[str]:
    return [one.label for one in form[name].options]


def test_a_list_that_is_refused_leaves_the_others(offers: Offers, crm: Crm) -> None:
    crm.users = Rejected("forbidden", "The permission to read users is missing.")
    made = form(offers, record_kind="deal")
    assert labels(made, "stage_id") == ["Open", "Won"]
    assert list(offers.unloaded) == ["Owner"]
    assert offers.why == "The permission to read users is missing."


def test_a_crm_that_is_down_is_asked_once(offers: Offers, crm: Crm) -> None:
    crm.users = crm.pipelines = NotSent("It doesn't answer.")
    form(offers, record_kind="deal")
    assert len(crm.asked) == 1
    assert set(offers.unloaded) == {"Owner", "Pipeline it stands in", "Stage it stands in"}


def test_what_was_chosen_stays_by_its_name(offers: Offers, crm: Crm) -> None:
    crm.pipelines = NotSent("It doesn't answer.")
    stored = {"stage_id": "2", "stage_name": "Won"}
    assert labels(form(offers, stored, record_kind="deal", stage_id="2"), "stage_id") == ["Won"]
    assert labels(form(offers, stored, record_kind="deal", stage_id="1"), "stage_id") == ["1"]


def test_a_crm_without_users_has_no_owners(offers: Offers, crm: Crm) -> None:
    crm.users = Unsupported("It has no users.")
    assert form(offers)["owner_id"].needless
    assert not offers.unloaded


def test_many_users_are_cut_short_and_the_chosen_one_stays(offers: Offers, crm: Crm) -> None:
    crm.users = [CrmUser(str(number), f"User {number}") for number in range(10_000)]
    made = form(offers, owner_id="9999")
    assert len(made["owner_id"].options) == MOST + 1
    assert made["owner_id"].chosen
    assert offers.many == {"only-owner_id": 10_000}


def test_they_are_found_by_a_part_of_the_name(offers: Offers, crm: Crm) -> None:
    crm.users = [CrmUser(str(number), f"User {number}") for number in range(10_000)]
    offers.read({f"{FIND}only-owner_id": " USER 9999 "})
    assert labels(form(offers, owner_id="5"), "owner_id") == ["User 5", "User 9999"]


def test_stages_are_those_of_the_pipeline_that_is_chosen(offers: Offers, crm: Crm) -> None:
    crm.pipelines = [SALES, Pipeline("20", "Tenders", "deal", (Stage("3", "Sent", 1),))]
    assert labels(form(offers, record_kind="deal"), "stage_id") == ["Open", "Won", "Sent"]
    assert labels(form(offers, record_kind="deal", pipeline_id="20"), "stage_id") == ["Sent"]
