"""The forms of signing up and in."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, SecretStr, ValidationInfo

from core.people import passwords
from core.people.roles import Role


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


def _not_blank(value: str) -> str:
    if not value:
        raise ValueError("enter the name")
    return value


def _hard_to_guess(value: SecretStr, info: ValidationInfo) -> SecretStr:
    password = value.get_secret_value()
    if password.lower() == str(info.data.get("email", "")).lower():
        raise ValueError("choose a password that isn't your e-mail address")
    if passwords.is_common(password):
        raise ValueError("this password is one of those tried first; choose another one")
    return value


def _current(label: str) -> Any:
    return _field(label, "current-password", max_length=passwords.LONGEST)


def _new(label: str) -> Any:
    return _field(
        label,
        "new-password",
        f"At least {passwords.SHORTEST} characters; a few words in a row are good.",
        min_length=passwords.SHORTEST,
        max_length=passwords.LONGEST,
    )


Name = Annotated[str, AfterValidator(_not_blank)]
NewPassword = Annotated[SecretStr, AfterValidator(_hard_to_guess)]


class SignUp(_Form):
    """A new workspace and its owner."""

    name: Name = _field("Name", "name", max_length=100)
    email: Email = _field("E-mail", "email", "We send a link there to confirm it.")
    password: NewPassword = _new("Password")


class SignIn(_Form):
    """A member's address and password."""

    email: Email = _field("E-mail", "username")
    password: SecretStr = _current("Password")


class Resend(_Form):
    """The address that waits for its confirmation."""

    email: Email = _field("E-mail", "email")


class Join(_Form):
    """Whoever was invited: what the others call them, and their password."""

    name: Name = _field("Name", "name", max_length=100)
    password: NewPassword = _new("Password")


class NewPasswordForm(_Form):
    """The password that a mailed link sets."""

    password: NewPassword = _new("New password")


class ChangePassword(_Form):
    """Another password, by somebody who knows the one there is."""

    current: SecretStr = _current("Current password")
    password: NewPassword = _new("New password")


class ChangeAddress(_Form):
    """Another address, by somebody who knows the password."""

    email: Email = _field("New e-mail", "email", "We send a link there; until then nothing changes.")
    password: SecretStr = _current("Password")


class Profile(_Form):
    """What the others call the member."""

    name: Name = _field("Name", "name", max_length=100)


class Invite(_Form):
    """Whom to ask to join, and as what."""

    name: Name = _field("Name", "off", max_length=100)
    email: Email = _field(
        "E-mail", "off", "The invitation is sent there, and good for this address only."
    )
    role: Role = Field(title="Role")


class MemberForm(_Form):
    """What an owner or admin decides of a member."""

    role: Role = Field(title="Role")
