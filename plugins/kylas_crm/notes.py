"""Notes: plain text to Kylas's HTML and back, with a marker that finds a note again."""

import html
import re

from core.api.records import Note
from plugins.kylas_crm.values import Json, time

_TAG = re.compile(r"<[^>]*>")


def to_html(text: str, marker: str) -> str:
    """``text`` as Kylas shows it, then the marker in small print."""
    body = html.escape(text.strip()).replace("\r\n", "\n").replace("\n", "<br/>")
    return f"<div>{body}</div><div><small>ref: {html.escape(marker)}</small></div>"


def note(raw: Json) -> Note:
    """A row of /v1/notes/relation, its description without tags, on one line."""
    text = html.unescape(_TAG.sub(" ", raw.get("description") or ""))
    return Note(id=str(raw["id"]), text=" ".join(text.split()), created_at=time(raw.get("createdAt")))


def carries(note: Note, marker: str) -> bool:
    """Whether the note was written with ``marker``: the whole word, not its beginning."""
    return re.search(rf"(?<!\S)ref: {re.escape(marker)}(?!\S)", note.text) is not None
