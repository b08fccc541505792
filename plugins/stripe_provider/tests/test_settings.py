"""Which keys are taken, and that a refused one is told why without being repeated."""

import pytest
from pydantic import ValidationError

from plugins.stripe_provider.settings import StripeSettings


@pytest.mark.parametrize(
    ("key", "mode", "restricted"),
    [
        ("sk_test_51Hq8", "test", False),
        ("sk_live_51Hq8", "live", False),
        ("rk_test_51Hq8", "test", True),
        ("rk_live_51Hq8_a", "live", True),
        ("  sk_test_51Hq8\n", "test", False),
    ],
)
def test_a_key_tells_its_mode_and_kind(key, mode, restricted):
    settings = StripeSettings(secret_key=key)
    assert settings.secret_key.get_secret_value() == key.strip()
    assert (settings.mode, settings.restricted) == (mode, restricted)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("pk_live_51Hq8", "publishable key"),
        (" pk_test_51Hq8", "publishable key"),
        ("whsec_51Hq8", "signing secret of a webhook"),
        ("sk_org_live_51Hq8", "organisation"),
        ("", "starts with sk_test_"),
        ("sk_51Hq8", "starts with sk_test_"),
        ("sk_test_", "starts with sk_test_"),
        ("sk_test_51Hq8 sk_test_51Hq9", "nothing else"),
        ("sk_test_51Hqä", "nothing else"),
        ("SK_TEST_51HQ8", "starts with sk_test_"),
    ],
)
def test_other_keys_are_refused_with_their_own_sentence(key, reason):
    with pytest.raises(ValidationError, match=reason) as refused:
        StripeSettings(secret_key=key)
    assert "51H" not in str(refused.value)


def test_a_key_is_not_printed():
    settings = StripeSettings(secret_key="sk_test_51Hq8")
    assert "51Hq8" not in f"{settings!r} {settings}"
