"""Whether the plugin keeps what its kind promises."""

from core.testing.conformance import action_suite
from plugins.notes.driver import NotesDriver

TestConformance = action_suite(NotesDriver)
