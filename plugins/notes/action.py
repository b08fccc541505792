"""The action "write_note"."""

from collections.abc import Mapping

from core.api.actions import DefaultRule, DomainEvent, Done, Outcome
from core.api.context import ActionContext
from core.api.hookspecs import hookimpl
from plugins.notes.settings import WriteNoteConfig
from plugins.notes.template import render
from plugins.notes.texts import DRAFTS, LINK_MADE


class WriteNote:
    """Write a note on the record of a link, once per run."""

    id = "write_note"
    name = "Write a note"
    Config = WriteNoteConfig
    triggers = tuple(DRAFTS)
    drafts: Mapping[str, Mapping[str, str]] = {
        event: {"template": text} for event, text in DRAFTS.items()
    }
    needs = ("crm_connector:add_note", "crm_connector:find_note")
    default_rules = (DefaultRule("Note when a link is made", "link.created", {"template": LINK_MADE}),)

    @hookimpl
    def summary(self, config: WriteNoteConfig) -> str:
        first = config.template.splitlines()[0]
        return f"Write a note: {first if len(first) <= 80 else first[:79].rstrip() + '…'}"

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: WriteNoteConfig) -> Outcome:
        assert ctx.once
        assert ctx.run_id
        record, marker = event.record, f"dealpay-{ctx.run_id}"

        def write() -> str:
            return ctx.crm.add_note(record, render(config.template, event), marker).id

        def written() -> str | None:
            note = ctx.crm.find_note(record, marker)
            return note.id if note else None

        ctx.once("note", write, find=written)
        return Done("Note written")
