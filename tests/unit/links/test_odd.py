"""What is odd about a payment is kept in English and said in the reader's language."""

from gettext import NullTranslations

import pytest

from core.api.text import reading
from core.links.odd import AGAIN, OTHER, TOO_MUCH, said


class German(NullTranslations):
    def gettext(self, message: str) -> str:
        return {
            OTHER: "%(paid)s kamen, verlangt waren %(asked)s.",
            AGAIN: "%(paid)s kamen noch einmal.",
            TOO_MUCH: "%(due)s waren offen, %(paid)s kamen.",
        }.get(message, message)


@pytest.mark.parametrize(
    ("written", "german"),
    [
        (
            "10.00 EUR was paid where 45.00 EUR was asked.",
            "10.00 EUR kamen, verlangt waren 45.00 EUR.",
        ),
        ("1.00 INR was paid once more: the link was paid already.", "1.00 INR kamen noch einmal."),
        (
            "40.00 EUR was paid where 35.00 EUR was left to pay.",
            "35.00 EUR waren offen, 40.00 EUR kamen.",
        ),
        ("What an older version had written.", "What an older version had written."),
        ("", ""),
    ],
)
def test_it_is_said_in_the_language_of_the_reader(written: str, german: str) -> None:
    assert said(written) == written
    with reading(German()):
        assert said(written) == german
