"""Notes as HTML and back."""

from datetime import UTC, datetime

import pytest

from plugins.kylas_crm import notes


def read(html, marker):
    return notes.carries(notes.note({"id": 1, "description": html}), marker)


def test_user_text_is_escaped_and_keeps_its_lines():
    html = notes.to_html("O'Neil & <b>Sons</b>\r\npaid\n", "run-1")
    assert html == (
        "<div>O&#x27;Neil &amp; &lt;b&gt;Sons&lt;/b&gt;<br/>paid</div>"
        "<div><small>ref: run-1</small></div>"
    )


@pytest.mark.parametrize("marker", ["run-1", "dealpay-01JD3Z", "a&b<c>"])
def test_a_marker_is_found_again(marker):
    assert read(notes.to_html("Paid", marker), marker)


@pytest.mark.parametrize("other", ["run", "run-", "run-10", "un-1", "RUN-1"])
def test_a_marker_is_a_whole_word(other):
    assert not read(notes.to_html("Paid", "run-1"), other)


def test_a_marker_survives_an_editor_that_rewrites_the_html():
    assert read("<p>Paid</p>\n<p class='x'><span>ref:&nbsp;run-1</span></p>", "run-1")


@pytest.mark.parametrize("description", [None, "", "<div></div>", "run-1"])
def test_other_notes_carry_no_marker(description):
    assert not read(description, "run-1")


def test_a_note_of_kylas():
    note = notes.note(
        {"id": 5, "description": "<div>Paid<br/>twice</div>", "createdAt": "2021-09-30T05:04:37Z"}
    )
    assert (note.id, note.text) == ("5", "Paid twice")
    assert note.created_at == datetime(2021, 9, 30, 5, 4, 37, tzinfo=UTC)
