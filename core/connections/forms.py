"""What a member types about a connected account, besides its provider's own settings."""

from pydantic import SecretStr

from core.api.settings import Settings, setting
from core.api.text import N_


class AccountForm(Settings):
    """How people call an account, and whether links may be made with it."""

    label: str = setting(
        "",
        label=N_("Label"),
        help=N_("What your team calls this account. Left empty, it is the name at the provider."),
        max_length=80,
    )
    active: bool = setting(
        True,
        label=N_("Active"),
        help=N_("New payment links can be made. Links that are out there stay payable either way."),
    )


class SigningSecretForm(Settings):
    """The secret with which the provider signs what it sends to our webhook URL."""

    secret: SecretStr = setting(
        label=N_("Signing secret"),
        help=N_("The provider shows it beside the webhook endpoint."),
        min_length=8,
    )
