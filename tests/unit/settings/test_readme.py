"""The README's table of settings says what AppSettings says."""

import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from core.settings import AppSettings

README = Path(__file__).parents[3] / "README.md"


def row(name: str, field: FieldInfo) -> str:
    """The line of one setting."""
    shown = {PydanticUndefined: "required", None: "", "": ""}
    # As it is written in an ini file.
    written = str(field.default).lower() if isinstance(field.default, bool) else field.default
    default = shown.get(field.default, f"`{written}`")
    return f"| `dealpay.{name}` | {default} | {field.description} |"


def test_the_table_of_settings_is_complete_and_true() -> None:
    expected = [row(name, field) for name, field in AppSettings.model_fields.items()]
    lines = README.read_text().splitlines()
    found = [line for line in lines if line.startswith("| `dealpay.") and "<plugin id>" not in line]
    assert found == expected, "Put these lines into README.md:\n" + "\n".join(expected)


@pytest.mark.parametrize("name", ["production.ini", "compose.yaml", "Dockerfile", "docs/operate.md"])
def test_every_variable_that_operators_read_of_is_a_setting(name: str) -> None:
    named = set(re.findall(r"\bDEALPAY_([A-Z_]+[A-Z])\b", (README.parent / name).read_text()))
    assert named
    assert {one.lower() for one in named} <= AppSettings.model_fields.keys()
