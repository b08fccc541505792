"""What a tenant enters to connect a Razorpay account: a pair of keys, and what no key tells."""

import re

from pydantic import SecretStr, field_validator

from core.api.payments import Mode
from core.api.settings import KeyKind, Settings, setting
from core.api.text import N_, _
from plugins.razorpay_provider.mapping import CURRENCIES

# Razorpay docs: API authentication.
_KEY_ID = re.compile(r"rzp_(test|live)_[0-9A-Za-z]+")
_KINDS_OF_ID = (
    KeyKind(("rzp_test_",), N_("The ID of a key of test mode: no real money moves.")),
    KeyKind(("rzp_live_",), N_("The ID of a key of live mode: links take real money.")),
)
_KINDS_OF_SECRET = (
    KeyKind(("rzp_",), N_("This is a key ID. Paste the key secret that was shown with it."), "bad"),
)
_MERCHANT_ID = re.compile(r"[0-9A-Za-z]{14}")


class RazorpaySettings(Settings):
    """A pair of keys; the prefix of its id says whether money is real.

    Razorpay's API tells a key neither whose it is nor which currency the account has, so both are
    entered. The secret of the webhook isn't here: the core keeps it, and hands it over with a delivery.
    """

    key_id: str = setting(
        label=N_("Key ID"),
        help=N_("In Razorpay's dashboard under Account & Settings, API keys."),
        placeholder=N_("rzp_live_…; rzp_test_… to try it out"),
        kinds=_KINDS_OF_ID,
    )
    key_secret: SecretStr = setting(
        label=N_("Key secret"),
        help=N_("Razorpay shows it once, when the key is made."),
        kinds=_KINDS_OF_SECRET,
    )
    merchant_id: str = setting(
        label=N_("Merchant ID"),
        help=N_("14 letters and digits, at the top right of the dashboard. It stays when keys change."),
    )
    currency: str = setting(
        "INR", label=N_("Currency"), help=N_("The account's own currency, such as INR.")
    )

    @field_validator("key_id")
    @classmethod
    def _is_key_id(cls, value: str) -> str:
        if not _KEY_ID.fullmatch(value):
            raise ValueError(
                _(
                    "This is not a key ID of Razorpay: one starts with rzp_test_ or rzp_live_. "
                    "Copy the whole key ID and nothing else."
                )
            )
        return value

    @field_validator("key_secret")
    @classmethod
    def _is_key_secret(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if not secret.isascii() or not secret.isalnum():
            raise ValueError(_("This is not a key secret: one has letters and digits only."))
        return value

    @field_validator("merchant_id")
    @classmethod
    def _is_merchant_id(cls, value: str) -> str:
        merchant_id = value.removeprefix("acc_")
        if not _MERCHANT_ID.fullmatch(merchant_id):
            raise ValueError(_("A Merchant ID has 14 letters and digits."))
        return merchant_id

    @field_validator("currency")
    @classmethod
    def _is_currency(cls, value: str) -> str:
        if value.upper() not in CURRENCIES:
            raise ValueError(_("Razorpay takes no payments in this currency. Enter its three letters."))
        return value.upper()

    @property
    def mode(self) -> Mode:
        return "live" if self.key_id.startswith("rzp_live_") else "test"
