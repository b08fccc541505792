"""Which values a field takes."""

import pytest

from core.api.records import Field, FieldChoice, FieldType

CHOICES = (FieldChoice("1", "Due"), FieldChoice("2", "Paid"))


@pytest.mark.parametrize(
    ("type", "takes", "refuses"),
    [
        (FieldType.TEXT, ["Paid", "0", "first\nsecond"], ["", "  ", "\n"]),
        (
            FieldType.NUMBER,
            ["0", "-12", "1250.50"],
            ["", "1,250", "1.", ".5", "1e3", "nan", "\u0661", "1\n"],
        ),
        (
            FieldType.DATE,
            ["2026-11-03", "2028-02-29"],
            ["", "2026-02-29", "20261103", "2026-W45-2", "2026-11-03T00:00", "\u0662026-11-03"],
        ),
        (FieldType.CHOICE, ["1", "2"], ["", "Paid", "3"]),
        (FieldType.BOOL, ["true", "false"], ["", "True", "yes", "1"]),
    ],
)
def test_a_field_takes_values_of_its_type(type, takes, refuses):
    field = Field("x", "X", type, CHOICES if type is FieldType.CHOICE else ())
    assert [value for value in [*takes, *refuses] if field.takes(value)] == takes
