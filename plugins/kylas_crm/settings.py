"""What a workspace tells us to reach its Kylas tenant."""

from pydantic import SecretStr, field_validator

from core.api.settings import KeyKind, Settings, setting
from core.api.text import N_, _

_FOREIGN = (
    KeyKind(
        ("sk_", "rk_", "pk_", "whsec_"),
        N_("This is a Stripe key. Add it under Connected accounts."),
        "bad",
    ),
    KeyKind(
        ("http://", "https://"), N_("This is a web address. Copy the API key itself from Kylas."), "bad"
    ),
    KeyKind(("Bearer ", "api-key"), N_("Paste only the API key, without the words before it."), "bad"),
)


class KylasSettings(Settings):
    """The tenant-wide API key: it also works when nobody is signed in, as after a payment."""

    api_key: SecretStr = setting(
        label=N_("API key"),
        help=N_("In Kylas: Setup, Integrations, API Keys. An admin can make one."),
        kinds=_FOREIGN,
    )

    @field_validator("api_key")
    @classmethod
    def _looks_like_a_key(cls, value: SecretStr) -> SecretStr:
        """Refuse what certainly is no key; the exact shape is Kylas's business."""
        key = value.get_secret_value()
        if not key:
            raise ValueError(_("Paste the API key from Kylas."))
        # Anything else can't travel in an HTTP header.
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ValueError(_("An API key has no spaces or special letters. Copy it again from Kylas."))
        return value


class KylasGrant(Settings):
    """The tokens of the user who has installed the app."""

    access_token: SecretStr
    refresh_token: SecretStr
