"""Secrets of actions' configurations at rest."""

import json

import pytest
from pydantic import SecretStr

from core.api.settings import Settings, setting
from core.app import App
from core.db.sealing import SealBroken
from core.people.service import Member
from core.rules import configs
from core.rules.models import Rule, RuleAction

SECRET = "whsec_of_nobody_51Hq8"


class Config(Settings):
    url: str = setting(label="URL")
    secret: SecretStr = setting(label="Secret")
    old: SecretStr | None = setting(None, label="Old secret")


CONFIG = Config(url="https://receiver.example", secret=SecretStr(SECRET))


@pytest.fixture
def stored(app: App) -> dict[str, object]:
    return configs.sealed(app, "ten_1", "rac_1", CONFIG)


def test_only_what_is_secret_is_sealed_and_it_comes_back(app: App, stored: dict[str, object]) -> None:
    assert (stored["url"], stored["old"]) == ("https://receiver.example", None)
    assert SECRET not in json.dumps(stored)
    assert Config(**configs.opened(app, "ten_1", "rac_1", stored)) == CONFIG


@pytest.mark.parametrize(("tenant_id", "action_id"), [("ten_2", "rac_1"), ("ten_1", "rac_2")])
def test_it_opens_for_its_own_action_only(
    app: App, stored: dict[str, object], tenant_id: str, action_id: str
) -> None:
    with pytest.raises(SealBroken):
        configs.opened(app, tenant_id, action_id, stored)


def test_it_opens_in_its_own_field_only(app: App, stored: dict[str, object]) -> None:
    with pytest.raises(SealBroken):
        configs.opened(app, "ten_1", "rac_1", stored | {"old": stored["secret"]})


def test_what_is_no_secret_can_be_shown(stored: dict[str, object]) -> None:
    assert configs.without_secrets(stored) == {"url": "https://receiver.example", "old": None}


def test_what_was_stored_before_a_field_became_secret_is_read(app: App) -> None:
    values = {"url": "https://receiver.example", "secret": SECRET}
    assert Config(**configs.opened(app, "ten_1", "rac_1", values)) == CONFIG


def test_those_that_open_are_counted_and_those_that_do_not(app: App, owner: Member) -> None:
    rule = Rule(name="Tell the shop", event="link.paid")
    rule.actions = [RuleAction(action="write_note", config={"template": "Paid"})]
    for sealed_for in ("", "rac_elsewhere", "rac_elsewhere"):
        action = RuleAction(action="send_webhook")
        action.config = configs.sealed(app, owner.tenant_id, sealed_for or action.id, CONFIG)
        rule.actions.append(action)
    with app.db.unit_of_work(owner.tenant_id) as session:
        session.add(rule)
    assert configs.open_all(app) == (1, 2)
