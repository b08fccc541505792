"""QR codes, for what somebody takes over from a screen with a phone."""

import segno
from markupsafe import Markup


def qr_picture(text: str, label: str) -> Markup:
    """``text`` as a picture in the page; ``label`` is what it is called for those who don't see it."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(
        scale=5, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None, omitsize=True
    )
    named = Markup.escape(label)
    return Markup(drawn.replace("<svg ", f'<svg role="img" aria-label="{named}" ', 1))  # noqa: S704
