"""What a workspace tells us to reach its HubSpot account."""

from pydantic import SecretStr, field_validator

from core.api.settings import KeyKind, Settings, setting
from core.api.text import N_, _

_FOREIGN = (
    KeyKind(
        ("sk_", "rk_", "pk_", "whsec_"),
        N_("This is a Stripe key. Add it under Connected accounts."),
        "bad",
    ),
    KeyKind(("rzp_",), N_("This is a Razorpay key. Add it under Connected accounts."), "bad"),
    KeyKind(
        ("http://", "https://"),
        N_("This is a web address. Copy the access token itself from HubSpot."),
        "bad",
    ),
    KeyKind(
        ("Bearer ", "Authorization"),
        N_("Paste only the access token, without the words before it."),
        "bad",
    ),
)


class HubSpotSettings(Settings):
    """The access token of an app in one account: it also works when nobody is signed in."""

    access_token: SecretStr = setting(
        label=N_("Access token"),
        help=N_("In HubSpot: Development, your app, Auth, Show token. It begins with pat-."),
        placeholder="pat-na1-…",
        kinds=_FOREIGN,
    )

    @field_validator("access_token")
    @classmethod
    def _looks_like_a_token(cls, value: SecretStr) -> SecretStr:
        """Refuse what certainly is no token; HubSpot says that its tokens change their shape."""
        token = value.get_secret_value()
        if not token:
            raise ValueError(_("Paste the access token from HubSpot."))
        # Anything else can't travel in an HTTP header.
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise ValueError(
                _("An access token has no spaces or special letters. Copy it again from HubSpot.")
            )
        return value


class HubSpotGrant(Settings):
    """The tokens of an account that has installed the operator's app."""

    access_token: SecretStr
    refresh_token: SecretStr
