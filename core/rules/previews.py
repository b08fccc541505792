"""What a rule would do about something that has happened: asked of its actions, and nothing written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.api.actions import DomainEvent, Planned, Skipped
from core.api.errors import DealpayError, Rejected
from core.app import App
from core.plugin_host.ports import CrmPort
from core.plugin_host.preview import reading
from core.rules import conditions
from core.rules.conditions import OnlyIf
from core.rules.saving import ActionDraft


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What one action would do. ``sentence`` is its own; ``planned`` None says that it can't tell.
    ``reason`` is why it would do nothing, ``problem`` why it would fail, or can't be asked."""

    sentence: str
    planned: list[Planned] | None = None
    reason: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would do about ``event``; ``reason`` is why it would leave it alone."""

    event: DomainEvent
    actions: list[Foreseen]
    reason: str | None = None


def how_many(only_if: OnlyIf, events: Iterable[DomainEvent]) -> int:
    """For how many of these a rule would have run, as far as the events themselves tell."""
    return sum(conditions.hold(only_if, event) for event in events)


def preview(
    app: App, crm: CrmPort, only_if: OnlyIf, actions: Sequence[ActionDraft], event: DomainEvent
) -> Preview:
    """What a rule would do about ``event`` with the record as it is now. Calls out, and only reads."""
    reason = conditions.why_not(only_if, event)
    if reason is None and only_if.asks_the_crm:
        try:
            reason = conditions.why_not_there(only_if, crm.fetch_record(event.record))
        except DealpayError as error:
            reason = _sentence(error)
    if reason:
        return Preview(event, [], reason)
    return Preview(event, [_foresee(app, crm, one, event) for one in actions])


def _foresee(app: App, crm: CrmPort, draft: ActionDraft, event: DomainEvent) -> Foreseen:
    action = app.plugins.action(draft.action)
    sentence = action.summary(draft.config)
    if "preview" not in action.capabilities:
        return Foreseen(sentence)
    port = action.bind(reading(action.context(crm, record_kinds=crm.record_kinds)))
    try:
        answer = port.preview(event, draft.config)
    except DealpayError as error:
        return Foreseen(sentence, problem=_sentence(error))
    if isinstance(answer, Skipped):
        return Foreseen(sentence, planned=[], reason=answer.reason)
    return Foreseen(sentence, planned=answer)


def _sentence(error: DealpayError) -> str:
    return error.user_message if isinstance(error, Rejected) else str(error)
