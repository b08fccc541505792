"""Passwords."""

import pytest

from core.people import passwords


def test_a_hash_is_argon2id_of_todays_strength() -> None:
    made = passwords.make_hash("correct horse battery")
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.make_hash("correct horse battery") != made
    assert passwords.matches(made, "correct horse battery")
    assert not passwords.matches(made, "correct horse batterY")
    assert not passwords.outdated(made)


def test_nobody_has_a_password() -> None:
    assert not passwords.matches(None, "the password of nobody")
    assert not passwords.matches("no hash at all", "x")


@pytest.mark.parametrize("password", ["password", "Password1", "12345678", "QWERTY123"])
def test_what_everybody_tries_first_is_common(password: str) -> None:
    assert passwords.is_common(password)


@pytest.mark.parametrize("password", ["correct horse battery", "sandbox-password", "# Passwords of"])
def test_other_passwords_are_not(password: str) -> None:
    assert not passwords.is_common(password)
