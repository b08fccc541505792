"""What plugins show on pages of the core: data, which the core's templates render."""

from dataclasses import dataclass
from typing import Literal

from core.api.actions import LinkFacts
from core.api.records import RecordRef

#: Where something can be shown: on the page of a payment link, in the CRM beside the links of a
#: record, and on a workspace's first page.
Slot = Literal["link", "record", "home"]

Tone = Literal["plain", "good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class LinkSubject:
    """The link whose page is shown. ``state`` is ``open``, ``part_paid``, ``paid``,
    ``expired`` or ``deactivated``; of one that isn't there yet ``draft``."""

    link: LinkFacts
    state: str
    record: RecordRef
    record_title: str


@dataclass(frozen=True, slots=True)
class RecordSubject:
    """The lead or deal whose links are shown."""

    record: RecordRef


#: What a slot is about; nothing on the first page.
Subject = LinkSubject | RecordSubject | None


@dataclass(frozen=True, slots=True)
class SlotItem:
    """A line: what it is and what it says, in plain text.

    ``url`` is https, or a page of the plugin's own (``/x/<plugin id>/…``). ``tone`` says whether it
    is good news; it is shown by a symbol and a word, never by a colour alone.
    """

    label: str
    text: str
    url: str | None = None
    tone: Tone = "plain"
