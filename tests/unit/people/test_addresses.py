"""Lists of addresses are read as they come out of mail programs, tables and heads."""

import pytest

from core.people.addresses import read_addresses


def read(text: str) -> list[tuple[str, str | None]]:
    return [(one.name, one.email) for one in read_addresses(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \r\n , ;\n", []),
        ("a@x.example\r\nb@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("a@x.example; b@x.example,c@x.example", [("", f"{one}@x.example") for one in "abc"]),
        ("Meera Nair <Meera@X.example>", [("Meera Nair", "meera@x.example")]),
        ("Nair, Meera <m@x.example>; Rao, A. <a@x.example>",
         [("Nair Meera", "m@x.example"), ("Rao A.", "a@x.example")]),
        ('"Nair, Meera" <m@x.example>, <a@x.example>',
         [("Nair, Meera", "m@x.example"), ("", "a@x.example")]),
        ("Zoë\tzoe@x.example\nRavi Iyer ravi@x.example",
         [("Zoë", "zoe@x.example"), ("Ravi Iyer", "ravi@x.example")]),
        ("zoe@x.example (Zoë)", [("Zoë", "zoe@x.example")]),
        ("a@x.example <a@x.example>", [("", "a@x.example")]),
        ("a@x.example, A@x.example, A <a@X.example>", [("", "a@x.example")]),
        ("\u202e <a@x.example>", [("", "a@x.example")]),
        ("meera, ravi@x.example", [("", None), ("", "ravi@x.example")]),
    ],
)  # fmt: skip
def test_it_is_read(text: str, found: list[tuple[str, str | None]]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "meera",
        "meera@",
        "a@x.example b@x.example",
        "a@x.example <b@x.example>",
        "<a@x.example> b@x.example",
        "a@b@x.example",
        f"{'a' * 250}@x.example",
        "a@x",
    ],
)
def test_what_is_no_address_or_two_is_kept_as_it_is(text: str) -> None:
    [one] = read_addresses(text)
    assert (one.text, one.email) == (text, None)
