"""Rules as tests add them: in one line, without the form."""

from typing import Any

from core.api.settings import Settings
from core.app import App
from core.people.service import Member
from core.rules.service import ActionDraft, RuleDraft, save_rule


def add_rule(
    app: App,
    actor: Member,
    name: str,
    event: str,
    *actions: ActionDraft | tuple[str, Settings],
    enabled: bool = True,
    **more: Any,
) -> str:
    """A rule with these actions, or over the one with ``rule_id``; its id."""
    drafts = [one if isinstance(one, ActionDraft) else ActionDraft(*one) for one in actions]
    return save_rule(app, actor, RuleDraft(name, event, drafts, enabled), **more).rule_id
