"""The action "acme"."""

from core.api.actions import (
    Choice,
    DefaultRule,
    DomainEvent,
    Done,
    Outcome,
    Planned,
    Problem,
    Skipped,
)
from core.api.context import ActionContext
from core.api.hookspecs import hookimpl
from plugins.acme_action.settings import AcmeConfig


class AcmeAction:
    """Write a note that thanks the payer, when the rule is for the record's kind."""

    id = "acme"
    name = "Acme"
    Config = AcmeConfig
    triggers = ("link.paid", "payment.succeeded")
    needs = ("crm_connector:add_note", "crm_connector:find_note")
    default_rules: tuple[DefaultRule, ...] = ()

    @hookimpl
    def choices(self, ctx: ActionContext, field: str) -> list[Choice]:
        return [Choice(kind, kind.capitalize()) for kind in ctx.record_kinds]

    @hookimpl
    def check(self, ctx: ActionContext, config: AcmeConfig) -> list[Problem]:
        if config.record_kind in ctx.record_kinds:
            return []
        return [Problem(f"The CRM has no {config.record_kind}s.", "record_kind")]

    @hookimpl
    def summary(self, config: AcmeConfig) -> str:
        return f'Write "{config.words}" on the {config.record_kind}.'

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: AcmeConfig) -> Outcome:
        if event.record.kind != config.record_kind:
            return Skipped(f"The rule is for {config.record_kind}s.")
        assert ctx.once
        marker = f"acme-{ctx.run_id}"

        def write() -> str:
            return ctx.crm.add_note(event.record, _text(event, config), marker).id

        def written() -> str | None:
            """After a lost reply: the note, if it was written after all."""
            note = ctx.crm.find_note(event.record, marker)
            return note.id if note else None

        ctx.once("note", write, find=written)
        return Done(f'Wrote "{config.words}"')

    @hookimpl
    def preview(
        self, ctx: ActionContext, event: DomainEvent, config: AcmeConfig
    ) -> list[Planned] | Skipped:
        if event.record.kind != config.record_kind:
            return Skipped(f"It is for {config.record_kind}s.")
        return [Planned(f'Write a note on "{event.record_title}".', _text(event, config))]


def _text(event: DomainEvent, config: AcmeConfig) -> str:
    payer = event.payment.payer_name if event.payment else None
    return f"{config.words}, {payer or 'dear customer'}: {event.link.amount} were paid."
