"""Signatures, with the vector of the specification's own libraries."""

import pytest

from plugins.actions_webhook.signing import headers, key_of, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_vector_of_the_specification() -> None:
    signed = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_headers() -> None:
    assert headers(SECRET, "run_1", 1614265330, BODY) == {
        "webhook-id": "run_1",
        "webhook-timestamp": "1614265330",
        "webhook-signature": signature(SECRET, "run_1", 1614265330, BODY),
    }


def test_every_part_is_signed() -> None:
    signed = {
        signature(SECRET, "a", 1, BODY),
        signature(SECRET, "b", 1, BODY),
        signature(SECRET, "a", 2, BODY),
        signature(SECRET, "a", 1, BODY + b" "),
        signature("whsec_" + "A" * 32, "a", 1, BODY),
    }
    assert len(signed) == 5


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "begins with whsec_"),
        ("whsec_", "24 to 64 bytes; this has 0"),
        ("whsec_c2hvcnQ=", "24 to 64 bytes; this has 5"),
        ("whsec_" + "QUFB" * 30, "24 to 64 bytes; this has 90"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "is base64"),
        ("whsec_ümlaut", "is base64"),
    ],
)
def test_what_is_no_secret(secret: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        key_of(secret)
    assert secret.removeprefix("whsec_") == "" or secret not in str(caught.value)
