"""Rules as they are saved: by two at once, by one who clicks twice, and by whoever goes back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.app import App
from core.people.service import Member
from core.rules import service
from core.rules.models import Rule
from core.rules.service import ActionDraft, RuleDraft, Saved, Stale


def draft(app: App, *texts: str, name: str = "A rule", **more: str) -> RuleDraft:
    model = app.plugins.action("write_note").Config
    notes = [ActionDraft("write_note", model(template=text), **more) for text in texts]  # type: ignore[arg-type]
    return RuleDraft(name, "link.paid", notes)


def stored(app: App, owner: Member, rule_id: str) -> Rule:
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        rule = service.get_rule(session, rule_id)
    assert rule
    return rule


def test_an_action_keeps_its_id_wherever_it_stands(app: App, owner: Member) -> None:
    saved = service.save_rule(app, owner, draft(app, "One", "Two"))
    one, two = stored(app, owner, saved.rule_id).actions
    turned = draft(app, "Two", "One")
    turned = RuleDraft(
        turned.name,
        turned.event,
        [
            ActionDraft("write_note", turned.actions[0].config, id=two.id),
            ActionDraft("write_note", turned.actions[1].config, id=one.id),
        ],
    )
    service.save_rule(app, owner, turned, rule_id=saved.rule_id)
    after = stored(app, owner, saved.rule_id)
    assert [action.id for action in after.actions] == [two.id, one.id]
    assert [action.position for action in after.actions] == [0, 1]


def test_the_version_counts_and_an_old_one_is_refused(app: App, owner: Member) -> None:
    saved = service.save_rule(app, owner, draft(app, "One"))
    assert stored(app, owner, saved.rule_id).version == 1
    service.save_rule(app, owner, draft(app, "Two"), rule_id=saved.rule_id, version=1)
    with pytest.raises(Stale) as refused:
        service.save_rule(app, owner, draft(app, "Three"), rule_id=saved.rule_id, version=1)
    assert refused.value.version == 2
    assert stored(app, owner, saved.rule_id).actions[0].config == {"template": "Two"}


def test_the_same_form_is_one_change(app: App, owner: Member) -> None:
    saved = service.save_rule(app, owner, draft(app, "One"), key="form")
    again = service.save_rule(app, owner, draft(app, "One"), key="form")
    assert again == Saved(saved.rule_id, again=True)
    assert stored(app, owner, saved.rule_id).version == 1
    for changed in (draft(app, "Two"), draft(app, "One", name="Another"), draft(app, "One", "Two")):
        with pytest.raises(Stale):
            service.save_rule(app, owner, changed, key="form")


def test_the_same_form_at_the_same_moment_is_one_rule(app: App, owner: Member) -> None:
    with ThreadPoolExecutor(4) as pool:
        saving = [
            pool.submit(service.save_rule, app, owner, draft(app, "One"), key="form") for _ in range(4)
        ]
        saved = [one.result() for one in saving]
    assert len({one.rule_id for one in saved}) == 1
    assert [one.again for one in saved].count(False) == 1


def test_a_form_of_another_workspace_is_none_of_ours(app: App, owner: Member, stranger: Member) -> None:
    mine = service.save_rule(app, owner, draft(app, "One"), key="form")
    theirs = service.save_rule(app, stranger, draft(app, "One"), key="form")
    assert not theirs.again
    assert theirs.rule_id != mine.rule_id


def test_a_secret_that_was_made_is_not_made_twice(app: App, owner: Member) -> None:
    model = app.plugins.action("send_webhook").Config

    def webhook() -> RuleDraft:
        config = model(url="https://receiver.example/")
        made = ActionDraft("send_webhook", config, made=frozenset({"secret"}))
        return RuleDraft("Tell", "link.paid", [made])

    saved = service.save_rule(app, owner, webhook(), key="form")
    before = stored(app, owner, saved.rule_id).actions[0].config
    assert service.save_rule(app, owner, webhook(), key="form").again
    assert stored(app, owner, saved.rule_id).actions[0].config == before
