"""What a tenant enters to connect a Stripe account: one key."""

import re

from pydantic import SecretStr, field_validator

from core.api.payments import Mode
from core.api.settings import KeyKind, Settings, setting
from core.api.text import N_, _

# Stripe docs: API keys. Organisation keys act for many accounts and need a header naming one.
_KEY = re.compile(r"(sk|rk)_(test|live)_[0-9A-Za-z_]+")
_KINDS = (
    KeyKind(("rk_test_",), N_("A restricted key of test mode: no real money moves.")),
    KeyKind(("rk_live_",), N_("A restricted key of live mode: links take real money.")),
    KeyKind(("sk_test_",), N_("A secret key of test mode: no real money moves.")),
    KeyKind(
        ("sk_live_",),
        N_(
            "A secret key of live mode, which may do everything in the account. "
            "A restricted key is safer, and enough."
        ),
        "warn",
    ),
    KeyKind(
        ("pk_",),
        N_(
            "This is a publishable key, which can only be used in a shop's own page. "
            "Paste the secret key or, better, a restricted key."
        ),
        "bad",
    ),
    KeyKind(
        ("whsec_",),
        N_(
            "This is the signing secret of a webhook. It belongs beside the webhook URL; "
            "paste the secret key or, better, a restricted key here."
        ),
        "bad",
    ),
    KeyKind(
        ("sk_org_",),
        N_(
            "This is the key of an organisation, which opens many accounts at once. "
            "Paste a key of the one account that shall be paid."
        ),
        "bad",
    ),
)


class StripeSettings(Settings):
    """A secret or, better, a restricted key; its prefix says whether money is real."""

    secret_key: SecretStr = setting(
        label=N_("Secret key"),
        help=N_("In Stripe's dashboard under Developers, API keys. A restricted key is safer."),
        placeholder=N_("rk_live_… or sk_live_…; rk_test_… or sk_test_… to try it out"),
        kinds=_KINDS,
    )

    @field_validator("secret_key")
    @classmethod
    def _usable(cls, value: SecretStr) -> SecretStr:
        if not _KEY.fullmatch(value.get_secret_value()):
            raise ValueError(
                _(
                    "This is not a key of Stripe: one starts with sk_test_, sk_live_, rk_test_ or "
                    "rk_live_. Copy the whole key and nothing else."
                )
            )
        return value

    @property
    def mode(self) -> Mode:
        """Stripe's API doesn't say it of an account; the key's prefix does."""
        live = self.secret_key.get_secret_value().startswith(("sk_live_", "rk_live_"))
        return "live" if live else "test"

    @property
    def restricted(self) -> bool:
        """Whether the key may lack permissions."""
        return self.secret_key.get_secret_value().startswith("rk_")
