"""A note for the conformance suite: what the action is set up with."""

from core.api.settings import Settings
from core.testing.conformance import ActionDriver
from plugins.notes.action import WriteNote
from plugins.notes.settings import WriteNoteConfig
from plugins.notes.texts import LINK_MADE


class NotesDriver(ActionDriver):
    """The note that every new workspace starts with."""

    @property
    def member(self) -> WriteNote:
        return WriteNote()

    def config(self, url: str) -> Settings:
        return WriteNoteConfig(template=LINK_MADE)
