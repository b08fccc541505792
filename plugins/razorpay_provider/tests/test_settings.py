"""What may be entered, and that nothing secret is shown."""

import pytest
from pydantic import ValidationError

from core.api.settings import secret_fields
from plugins.razorpay_provider.settings import RazorpaySettings

GOOD = {
    "key_id": "rzp_test_1DP5mmOlF5G5ag",
    "key_secret": "thisIsASecret",
    "merchant_id": "OU2H3nkLn9jDVo",
}


@pytest.mark.parametrize(("prefix", "mode"), [("rzp_test_", "test"), ("rzp_live_", "live")])
def test_the_prefix_of_the_key_tells_the_mode(prefix, mode):
    assert RazorpaySettings(**GOOD | {"key_id": f" {prefix}1DP5mmOlF5G5ag\n"}).mode == mode


def test_the_merchant_id_is_taken_as_webhooks_write_it():
    assert (
        RazorpaySettings(**GOOD | {"merchant_id": "acc_OU2H3nkLn9jDVo"}).merchant_id
        == GOOD["merchant_id"]
    )


def test_the_currency_is_indias_unless_another_is_given():
    assert RazorpaySettings(**GOOD).currency == "INR"
    assert RazorpaySettings(**GOOD, currency="myr").currency == "MYR"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("key_id", "sk_test_1", "rzp_test_"),
        ("key_id", "rzp_test_", "rzp_test_"),
        ("key_id", "rzp_test_1 rzp_test_2", "rzp_test_"),
        ("key_secret", "rzp_live_1DP5mmOlF5G5ag", "This is a key ID"),
        ("key_secret", "", "letters and digits"),
        ("key_secret", "two words", "letters and digits"),
        ("key_secret", "sécret", "letters and digits"),
        ("merchant_id", "Northwind", "14 letters"),
        ("currency", "IRR", "no payments in this currency"),
    ],
)
def test_what_cannot_be_right_is_refused(field, value, sentence):
    with pytest.raises(ValidationError, match=sentence) as refused:
        RazorpaySettings(**GOOD | {field: value})
    assert refused.value.errors()[0]["loc"] == (field,)
    assert GOOD["key_secret"] not in str(refused.value)


def test_the_secret_is_marked_and_not_shown():
    assert secret_fields(RazorpaySettings) == {"key_secret"}
    assert GOOD["key_secret"] not in repr(RazorpaySettings(**GOOD))
