"""The API key, as people paste it."""

import pytest
from pydantic import ValidationError

from core.api.settings import secret_fields
from plugins.kylas_crm.settings import KylasSettings

KEY = "5d2f6a1c-0b7e-4c39-9a54-6e1f83b7c201:8301"


def refusal(key):
    with pytest.raises(ValidationError) as caught:
        KylasSettings(api_key=key)
    assert not key.strip() or key.strip() not in str(caught.value)
    return caught.value.errors()[0]["msg"]


@pytest.mark.parametrize("pasted", [KEY, f"  {KEY}\n", f"\t{KEY} "])
def test_whitespace_around_a_key_is_dropped(pasted):
    assert KylasSettings(api_key=pasted).api_key.get_secret_value() == KEY


def test_any_other_shape_is_left_to_kylas():
    assert KylasSettings(api_key="some-new-format_2027").api_key


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "Paste the API key"),
        ("   ", "Paste the API key"),
        ("sk_test_51abc", "a Stripe key"),
        ("rk_live_51abc", "a Stripe key"),
        ("whsec_51abc", "a Stripe key"),
        ("https://app.kylas.io/setup/integrations/api-keys/list", "a web address"),
        (f"Bearer {KEY}", "without the words"),
        (f"api-key: {KEY}", "without the words"),
        ("two words", "no spaces"),
        ("line\nbreak", "no spaces"),
        ("ключ", "special letters"),
    ],
)
def test_what_is_no_key_is_refused_with_a_sentence(pasted, said):
    assert said in refusal(pasted)


def test_the_key_is_a_secret():
    assert secret_fields(KylasSettings) == {"api_key"}
    assert KEY not in repr(KylasSettings(api_key=KEY))
