"""What a seller enters to connect an account: one key."""

from pydantic import SecretStr, field_validator

from core.api.settings import KeyKind, Settings, setting


class AcmeSettings(Settings):
    """The secret key of an account."""

    secret_key: SecretStr = setting(
        label="Secret key",
        help="In Acme's dashboard under Developers, API keys.",
        placeholder="sk_live_…; sk_test_… to try it out",
        kinds=[
            KeyKind(("sk_test_",), "A key of test mode: no real money moves."),
            KeyKind(("sk_live_",), "A key of live mode: links take real money."),
            KeyKind(("pk_",), "This is a publishable key. Paste the secret key.", "bad"),
        ],
    )

    @field_validator("secret_key")
    @classmethod
    def _looks_like_a_key(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if not key.isascii() or not key.startswith(("sk_test_", "sk_live_")):
            raise ValueError("This is not a secret key: one starts with sk_test_ or sk_live_.")
        return value
