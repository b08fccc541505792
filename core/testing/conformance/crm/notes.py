"""Notes: written once, found again."""

from contextlib import suppress

from core.api.errors import OutcomeUnknown
from core.testing.conformance.check import Level, expect, expect_raises
from core.testing.conformance.crm.checks import check
from core.testing.conformance.crm.rig import NOTE, CrmRig

MARKER = "dealpay-01JD3ZS5V7"
BOTH = ("add_note", "find_note")


@check("crm.note.written", Level.BRONZE, needs=("add_note",))
def written(rig: CrmRig) -> None:
    """A note stands on the record, with its text."""
    note = rig.note(MARKER)
    expect(note.id, "The note has no id.")
    there = rig.driver.notes(rig.simulator, rig.ref)
    expect(any(NOTE in text for text in there), "No note of the record holds the text.")


@check("crm.note.plain", Level.SILVER, needs=("add_note",))
def plain(rig: CrmRig) -> None:
    """The text of a note is shown as it is: it is no HTML, and keeps its lines.

    A payer's name is part of it, and payers choose their names.
    """
    for text in ('<b>Tom</b> & "Jerry" <script>alert(1)</script>', "first line\nsecond line"):
        rig.note(f"{MARKER}-{len(text)}", text)
        there = rig.driver.notes(rig.simulator, rig.ref)
        expect(any(text in one for one in there), f"The text {text!r} isn't shown as it is.")


@check("crm.note.found", Level.SILVER, needs=BOTH)
def found(rig: CrmRig) -> None:
    """A note is found again by its marker, on its record, however many there are.

    It decides after a lost reply whether the note is written again.
    """
    rig.driver.add_notes(rig.simulator, rig.ref, 120)
    note = rig.note(MARKER)
    rig.driver.add_notes(rig.simulator, rig.ref, 60)
    expect(rig.find(MARKER) == note, "The note isn't found among 180 others.")


@check("crm.note.not_found", Level.SILVER, needs=BOTH)
def not_found(rig: CrmRig) -> None:
    """Where no note has the marker there is None, though one has a longer or another."""
    expect(rig.find(MARKER) is None, "A note is found where none was written.")
    rig.note(f"{MARKER}8")
    rig.note("another")
    expect(rig.find(MARKER) is None, "A note is found by the beginning of its marker.")


@check("crm.note.lost_reply", Level.SILVER, needs=BOTH)
def lost_reply(rig: CrmRig) -> None:
    """Where the reply to a note is lost, it is OutcomeUnknown, and the note is found afterwards."""
    rig.fault("lost_reply", writes=True, times=1)
    with expect_raises(OutcomeUnknown, when="When the reply to a note is lost"):
        rig.note(MARKER)
    expect(rig.find(MARKER) is not None, "The note was written, and find_note doesn't find it.")


@check("crm.note.once", Level.SILVER, needs=("add_note",))
def once(rig: CrmRig) -> None:
    """One call of add_note writes at most one note, whatever the CRM answers.

    A connector that tries writes again by itself writes twice where the reply was lost.
    """
    for kind in ("lost_reply", "malformed", "server_error"):
        rig.fault(kind, writes=True)
        with suppress(OutcomeUnknown):
            rig.note(MARKER, f"after {kind}")
        rig.simulator.faults.clear()
        there = rig.driver.notes(rig.simulator, rig.ref)
        count = sum(f"after {kind}" in text for text in there)
        expect(count <= 1, f"After {kind}, one call has written {count} notes.")
