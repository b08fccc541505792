"""The events that a rule can begin with."""

from core.api import actions
from core.rules import service


def test_each_that_plugins_know_has_words_and_no_other_has() -> None:
    assert set(service.EVENTS) == set(actions.EVENTS)
