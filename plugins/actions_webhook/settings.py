"""What a rule says about the webhook: where it goes, and what proves that it is ours."""

from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator

from core.api.settings import Settings, setting
from core.api.text import N_, show
from plugins.actions_webhook.signing import key_of, new_secret

_BAD = N_("enter an address such as https://example.com/hooks/dealpay, without a password in it")


class SendWebhookConfig(Settings):
    """The address, and the secret that both sides know."""

    url: str = setting(
        label=N_("Address"),
        help=N_(
            "Where the message is posted to, as https. It says in JSON what happened, with the "
            "link, the lead or deal, the amount, and who paid."
        ),
        placeholder="https://example.com/hooks/dealpay",
        max_length=2000,
    )
    secret: SecretStr = setting(
        label=N_("Signing secret"),
        help=N_(
            "The receiver verifies messages with it. It begins with whsec_ and goes on with 24 to 64 "
            "random bytes in base64."
        ),
        made_by=new_secret,
        max_length=200,
    )

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
        except ValueError:
            known = False
        if not known or parts.username is not None or not value.isprintable() or " " in value:
            raise ValueError(show(_BAD))
        return value.partition("#")[0]

    @field_validator("secret")
    @classmethod
    def _signs(cls, value: SecretStr) -> SecretStr:
        key_of(value.get_secret_value())
        return value
