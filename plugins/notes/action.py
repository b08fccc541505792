"""The action "write_note"."""

from collections.abc import Mapping

from core.api.actions import DefaultRule, DomainEvent, Done, Outcome, Planned, kind_word
from core.api.context import ActionContext
from core.api.hookspecs import hookimpl
from core.api.text import N_, _
from plugins.notes.settings import WriteNoteConfig
from plugins.notes.template import render
from plugins.notes.texts import DRAFTS, LINK_MADE


class WriteNote:
    """Write a note on the record of a link, once per run."""

    id = "write_note"
    name = N_("Write a note")
    Config = WriteNoteConfig
    triggers = tuple(DRAFTS)
    drafts: Mapping[str, Mapping[str, str]] = {
        event: {"template": text} for event, text in DRAFTS.items()
    }
    needs = ("crm_connector:add_note", "crm_connector:find_note")
    default_rules = (
        DefaultRule(N_("Note when a link is made"), "link.created", {"template": LINK_MADE}),
    )

    @hookimpl
    def summary(self, config: WriteNoteConfig) -> str:
        first = config.template.splitlines()[0]
        short = first if len(first) <= 80 else first[:79].rstrip() + "…"
        return _("Write a note: %(text)s", text=short)

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
        return Done(_("Note written"))

    @hookimpl
    def preview(self, event: DomainEvent, config: WriteNoteConfig) -> list[Planned]:
        kind, title = kind_word(event.record.kind), event.record_title
        what = _("Write a note on the %(kind)s “%(title)s”.", kind=kind, title=title)
        return [Planned(what, render(config.template, event))]
