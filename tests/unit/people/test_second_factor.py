"""The codes themselves."""

from base64 import b32encode
from datetime import UTC, datetime

import pytest

from core.people import second_factor
from tests.phone import totp

SECRET = b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_vectors_of_rfc_6238(at: int, code: str) -> None:
    now = datetime.fromtimestamp(at, UTC)
    assert totp(SECRET, now) == code
    assert second_factor.step_of(SECRET, code, now) == at // 30


def test_an_app_takes_it_over_by_its_address() -> None:
    address = second_factor.address_of(SECRET, "asha@example.com")
    assert address.startswith("otpauth://totp/Dealpay:asha%40example.com?")
    assert {f"secret={SECRET}", "issuer=Dealpay", "digits=6", "period=30"} <= set(
        address.partition("?")[2].split("&")
    )


@pytest.mark.parametrize("typed", ["123456", " 123 456\n", "123-456", "१२३४५६"])
def test_a_code_in_any_writing(typed: str) -> None:
    assert second_factor.read(typed) == "123456"
