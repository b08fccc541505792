"""The errors carry what the core acts on, and all have one root."""

import pytest

from core.api import errors
from core.api.errors import CredentialsError, DealpayError, NotFound, NotSent, Rejected


def test_every_error_has_the_one_root():
    found = [each for each in vars(errors).values() if isinstance(each, type)]
    assert len(found) >= 9
    assert all(issubclass(each, DealpayError) for each in found)


def test_credentials_name_the_field_to_mark():
    assert CredentialsError("The key was revoked.", field="key").field == "key"
    assert CredentialsError("The key was revoked.").field is None


def test_a_rejection_has_a_code_for_programs_and_a_sentence_for_people():
    error = Rejected("product_archived", "Choose another product.")
    assert (error.code, error.user_message) == ("product_archived", "Choose another product.")
    assert str(error) == "product_archived: Choose another product."


@pytest.mark.parametrize(
    ("given", "code"), [({}, "not_found"), ({"code": "stage_not_found"}, "stage_not_found")]
)
def test_not_found_is_a_rejection(given, code):
    error = NotFound("The record is gone.", **given)
    assert isinstance(error, Rejected)
    assert (error.code, error.user_message) == (code, "The record is gone.")


def test_not_sent_may_say_when_to_come_again():
    assert NotSent("busy", retry_after=1.5).retry_after == 1.5
    assert NotSent("busy").retry_after is None
