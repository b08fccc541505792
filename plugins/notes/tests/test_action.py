"""The action that writes a note."""

from dataclasses import dataclass, field, replace

import pytest
import requests
from pydantic import ValidationError

from core.api.actions import Done, Planned
from core.api.errors import OutcomeUnknown, Rejected
from core.api.records import NoteRef, RecordRef
from core.testing.context import Steps, action_context, domain_event
from plugins.notes import register_actions
from plugins.notes.settings import WriteNoteConfig
from plugins.notes.template import VARIABLES

ACTION = register_actions()[0]
DEAL = RecordRef("deal", "7")
EVENT = domain_event("link.created")


@dataclass
class NoteBook:
    """A CRM that keeps notes in memory; ``lost`` swallows the next answer after writing."""

    notes: list = field(default_factory=list)
    lost: bool = False

    def add_note(self, ref, text, marker):
        self.notes.append((ref, text, marker))
        if self.lost:
            self.lost = False
            raise OutcomeUnknown("The answer was lost.")
        return NoteRef(str(len(self.notes)))

    def find_note(self, ref, marker):
        for number, (noted, _, mark) in enumerate(self.notes, 1):
            if (noted, mark) == (ref, marker):
                return NoteRef(str(number))
        return None


@pytest.fixture
def context():
    with requests.Session() as http:
        yield action_context(NoteBook(), http=http)


def run(context, template="Link {{link.id}}"):
    return ACTION.run(ctx=context, event=EVENT, config=WriteNoteConfig(template=template))


def test_the_note_is_on_the_record_with_the_marker_of_the_run(context):
    assert run(context) == Done("Note written")
    assert context.crm.notes == [(DEAL, "Link lnk_1", "dealpay-01JD3ZS5V7")]


def test_a_run_that_comes_again_writes_nothing_more(context):
    assert run(context) == run(context)
    assert len(context.crm.notes) == 1


def test_a_note_whose_answer_was_lost_is_found_and_not_written_again(context):
    context.crm.lost = True
    with pytest.raises(OutcomeUnknown):
        run(context)
    assert run(context) == Done("Note written")
    assert len(context.crm.notes) == 1


def test_a_note_that_never_arrived_is_written_by_the_next_try(context):
    context.once.begun.add("note")
    assert run(context) == Done("Note written")
    assert len(context.crm.notes) == 1


def test_another_run_on_the_same_record_writes_its_own_note(context):
    run(context)
    run(replace(context, run_id="01JD40", once=Steps()))
    assert [marker for _, _, marker in context.crm.notes] == ["dealpay-01JD3ZS5V7", "dealpay-01JD40"]


def test_a_refusal_of_the_crm_goes_on_to_the_run(context):
    class Closed(NoteBook):
        def add_note(self, ref, text, marker):
            raise Rejected("forbidden", "Notes are not allowed here.")

    with pytest.raises(Rejected, match="forbidden"):
        run(replace(context, crm=Closed()))


def test_every_workspace_starts_with_the_note_on_a_new_link(context):
    (default,) = ACTION.default_rules
    assert (default.name, default.event) == ("Note when a link is made", "link.created")
    ACTION.run(ctx=context, event=EVENT, config=WriteNoteConfig(**default.config))
    ((_, text, _),) = context.crm.notes
    assert text == (
        "Payment link lnk_1 for 1,250.00 INR was generated on 3 November 2026, 14:05 UTC "
        "by Asha Rao.\nhttps://pay.example/1"
    )


@pytest.mark.parametrize("empty", ["", "   ", "\n"])
def test_an_empty_template_is_refused(empty):
    with pytest.raises(ValidationError):
        WriteNoteConfig(template=empty)


def test_an_unknown_variable_is_refused():
    with pytest.raises(ValidationError, match=r"link\.colour"):
        WriteNoteConfig(template="{{link.colour}}")


def test_the_form_lists_the_variables():
    help_text = WriteNoteConfig.model_fields["template"].description
    assert all(f"{{{{{name}}}}}" in help_text for name in VARIABLES)


def test_the_summary_is_the_first_line():
    assert ACTION.summary(config=WriteNoteConfig(template="Paid.\nThanks.")) == "Write a note: Paid."
    long = ACTION.summary(config=WriteNoteConfig(template="x" * 200))
    assert long.endswith("x…")
    assert len(long) < 100


def test_a_preview_shows_the_whole_note_and_writes_none(context):
    config = WriteNoteConfig(template="Link {{link.id}}")
    planned = ACTION.preview(event=EVENT, config=config)
    assert planned == [Planned("Write a note on the deal “Office fit-out”.", "Link lnk_1")]
    assert context.crm.notes == []
