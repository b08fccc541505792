"""QR codes in pages."""

from core.web.qr import qr_picture


def test_a_picture_of_any_size_that_has_a_name() -> None:
    drawn = qr_picture("https://pay.example.com/" + "long" * 40, 'of "this" & that')
    assert 'aria-label="of &#34;this&#34; &amp; that"' in drawn
    assert "viewBox=" in drawn, "a page that shows it smaller would cut it off"
    assert "width=" not in drawn.partition(">")[0]
