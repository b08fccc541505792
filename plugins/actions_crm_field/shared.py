"""What the three actions have in common."""

from core.api.actions import (
    Choice,
    DomainEvent,
    Done,
    Outcome,
    Problem,
    Skipped,
    kind_label,
    kind_word,
    kind_words,
)
from core.api.context import ActionContext
from core.api.text import _

# How the recorded result of a step begins when there was nothing to change.
SAME = "="
_LONGEST = 80  # letters of a value in a sentence


def kinds(ctx: ActionContext) -> list[Choice]:
    return [Choice(kind, kind_label(kind)) for kind in ctx.record_kinds]


def users(ctx: ActionContext, query: str = "") -> list[Choice]:
    return [Choice(user.id, user.name) for user in ctx.crm.list_users(query) if user.active]


def no_such_kind(kind: str) -> Problem:
    return Problem(_('The CRM has no records of the kind "%(kind)s".', kind=kind), "record_kind")


def user_left(ctx: ActionContext, user_id: str) -> list[Problem]:
    if any(user.value == user_id for user in users(ctx)):
        return []
    return [Problem(_("The CRM has no such user any more, or they have left."), "user_id")]


def other_kind(event: DomainEvent, wanted: str) -> Skipped:
    this = kind_word(event.record.kind)
    return Skipped(
        _("the rule is for %(kinds)s, this is a %(kind)s", kinds=kind_words(wanted), kind=this)
    )


def told(result: str) -> Outcome:
    return Skipped(result.removeprefix(SAME)) if result.startswith(SAME) else Done(result)


def short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
