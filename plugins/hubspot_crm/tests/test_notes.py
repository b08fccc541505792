"""Notes as HTML, and the marker in them."""

import pytest

from plugins.hubspot_crm.notes import carries, to_html


def test_user_text_is_escaped_and_keeps_its_lines():
    assert to_html("O'Neil & <b>Sons</b>\r\npaid\n", "run-1") == (
        "<div>O&#x27;Neil &amp; &lt;b&gt;Sons&lt;/b&gt;<br/>paid</div>"
        "<div><small>ref: run-1</small></div>"
    )


@pytest.mark.parametrize("marker", ["run-1", "dealpay-01JD3Z", "a&b<c>"])
def test_a_marker_is_found_again(marker):
    assert carries(to_html("Paid", marker), marker)


@pytest.mark.parametrize(
    "stored",
    [
        "ref: run-1",
        '<div style="" dir="auto"><p>Paid</p><p>ref:&nbsp;run-1</p></div>',
        "<p>Paid</p>\n<p>ref:\nrun-1</p>",
    ],
)
def test_a_marker_is_found_in_whatever_hubspot_made_of_the_html(stored):
    assert carries(stored, "run-1")


@pytest.mark.parametrize("other", ["run", "run-", "run-10", "un-1", "RUN-1"])
def test_a_marker_is_a_whole_word(other):
    assert not carries(to_html("Paid", "run-1"), other)


@pytest.mark.parametrize("stored", [None, "", "<p>run-1</p>", 7])
def test_what_carries_no_marker(stored):
    assert not carries(stored, "run-1")
