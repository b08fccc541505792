"""What a workspace tells us to reach its tenant of Acme CRM."""

from pydantic import SecretStr, field_validator

from core.api.settings import Settings, setting


class AcmeSettings(Settings):
    """The API key of the whole tenant: it also works when nobody is signed in, as after a payment."""

    api_key: SecretStr = setting(label="API key", help="In Acme CRM under Settings, API keys.")

    @field_validator("api_key")
    @classmethod
    def _looks_like_a_key(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        # Anything else can't travel in an HTTP header.
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("This is not an API key. Copy the whole key and nothing else.")
        return value
