"""The access token, as people paste it."""

import pytest
from pydantic import ValidationError

from core.api.settings import secret_fields
from plugins.hubspot_crm.settings import HubSpotSettings

TOKEN = "pat-eu1-3f6c0b1e-8d2a-4c57-9e40-7b1d5a2c9f08"


@pytest.mark.parametrize("pasted", [TOKEN, f"  {TOKEN}\n", f"\t{TOKEN} "])
def test_whitespace_around_a_token_is_dropped(pasted):
    assert HubSpotSettings(access_token=pasted).access_token.get_secret_value() == TOKEN


def test_any_other_shape_is_left_to_hubspot():
    assert HubSpotSettings(access_token="CKDZpunPLhICAQEYs-gDIIGOBii1").access_token


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "Paste the access token"),
        ("   ", "Paste the access token"),
        ("sk_test_51abc", "a Stripe key"),
        ("whsec_51abc", "a Stripe key"),
        ("rzp_test_51abc", "a Razorpay key"),
        ("https://app.hubspot.com/private-apps/1", "a web address"),
        (f"Bearer {TOKEN}", "without the words"),
        (f"Authorization: Bearer {TOKEN}", "without the words"),
        ("two words", "no spaces"),
        ("line\nbreak", "no spaces"),
        ("pät-eu1", "no spaces or special letters"),
    ],
)
def test_what_certainly_is_no_token(pasted, said):
    with pytest.raises(ValidationError, match=said) as caught:
        HubSpotSettings(access_token=pasted)
    assert not pasted.strip() or pasted.strip() not in str(caught.value)


def test_the_token_is_a_secret():
    assert secret_fields(HubSpotSettings) == {"access_token"}
    assert TOKEN not in repr(HubSpotSettings(access_token=TOKEN))
