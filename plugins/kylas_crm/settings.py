"""What a workspace tells us to reach its Kylas tenant."""

from pydantic import SecretStr, field_validator

from core.api.settings import Settings, setting
from core.api.text import N_, _, show

_FOREIGN = {
    ("sk_", "rk_", "pk_", "whsec_"): N_("This is a Stripe key. Add it under Connected accounts."),
    ("http://", "https://"): N_("This is a web address. Copy the API key itself from Kylas."),
    ("Bearer ", "api-key"): N_("Paste only the API key, without the words before it."),
}


class KylasSettings(Settings):
    """The tenant-wide API key: it also works when nobody is signed in, as after a payment."""

    api_key: SecretStr = setting(
        label=N_("API key"),
        help=N_("In Kylas: Setup, Integrations, API Keys. An admin can make one."),
    )

    @field_validator("api_key")
    @classmethod
    def _looks_like_a_key(cls, value: SecretStr) -> SecretStr:
        """Refuse what certainly is no key; the exact shape is Kylas's business."""
        key = value.get_secret_value()
        if not key:
            raise ValueError(_("Paste the API key from Kylas."))
        for beginnings, sentence in _FOREIGN.items():
            if key.startswith(beginnings):
                raise ValueError(show(sentence))
        # Anything else can't travel in an HTTP header.
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ValueError(_("An API key has no spaces or special letters. Copy it again from Kylas."))
        return value


class KylasGrant(Settings):
    """The tokens of the user who has installed the app."""

    access_token: SecretStr
    refresh_token: SecretStr
