"""The forms of signing up and in."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, EmailStr, Field, SecretStr, ValidationInfo, field_validator

from core.people import passwords


def _field(label: str, autocomplete: str, help: str | None = None, **constraints: Any) -> Any:
    return Field(
        title=label,
        description=help,
        json_schema_extra={"autocomplete": autocomplete},
        **constraints,
    )


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


Email = Annotated[EmailStr, Field(max_length=254)]


class SignUp(_Form):
    """A new workspace and its owner."""

    name: str = _field("Name", "name", max_length=100)
    email: Email = _field("E-mail", "email", "We send a link there to confirm it.")
    password: SecretStr = _field(
        "Password",
        "new-password",
        f"At least {passwords.SHORTEST} characters; a few words in a row are good.",
        min_length=passwords.SHORTEST,
        max_length=passwords.LONGEST,
    )

    @field_validator("name")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value:
            raise ValueError("enter the name")
        return value

    @field_validator("password")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        password = value.get_secret_value()
        if password.lower() == str(info.data.get("email", "")).lower():
            raise ValueError("choose a password that isn't your e-mail address")
        if passwords.is_common(password):
            raise ValueError("this password is one of those tried first; choose another one")
        return value


class SignIn(_Form):
    """A member's address and password."""

    email: Email = _field("E-mail", "username")
    password: SecretStr = _field("Password", "current-password", max_length=passwords.LONGEST)


class Resend(_Form):
    """The address that waits for its confirmation."""

    email: Email = _field("E-mail", "email")
