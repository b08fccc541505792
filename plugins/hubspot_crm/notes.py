"""Notes: plain text to HubSpot's HTML, with a marker that finds a note again."""

import html
import re

_TAG = re.compile(r"<[^>]*>")


def to_html(text: str, marker: str) -> str:
    """``text`` as HubSpot shows it, then the marker in small print.

    The marker is text: which tags and attributes HubSpot drops from a note isn't documented.
    """
    body = html.escape(text.strip()).replace("\r\n", "\n").replace("\n", "<br/>")
    return f"<div>{body}</div><div><small>ref: {html.escape(marker)}</small></div>"


def carries(body: object, marker: str) -> bool:
    """Whether a note with this ``hs_note_body`` was written with ``marker``: the whole word."""
    if not isinstance(body, str):
        return False
    text = html.unescape(_TAG.sub(" ", body))
    return re.search(rf"(?<!\S)ref:\s+{re.escape(marker)}(?!\S)", text) is not None
