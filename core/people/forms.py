"""The forms of signing up and in."""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, SecretStr, ValidationInfo

from core.api.text import N_, _
from core.people import passwords, second_factor
from core.people.roles import Role


def _field(
    label: str,
    autocomplete: str,
    help: str | None = None,
    *,
    multiline: bool = False,
    inputmode: str | None = None,
    **constraints: Any,
) -> Any:
    return Field(
        title=label,
        description=help,
        json_schema_extra={
            "autocomplete": autocomplete,
            "multiline": multiline,
            "inputmode": inputmode,
        },
        **constraints,
    )


#: Controls, and marks of direction that would turn the rest of a line around.
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
#: Joiners make up letters of Indian scripts, and emoji.
_JOINERS = "\u200c\u200d"
#: More marks on one letter than any language has.
_PILED = re.compile(
    r"((?:[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]){4})[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


Email = Annotated[EmailStr, Field(max_length=254)]


def _readable(value: str) -> str:
    """What others can read: no name that is invisible, or turns around the text beside it."""
    value = unicodedata.normalize("NFC", value)
    kept = "".join(
        one for one in value if unicodedata.category(one) not in _INVISIBLE or one in _JOINERS
    )
    kept = _PILED.sub(r"\1", " ".join(kept.split()))
    if not any(unicodedata.category(one)[0] in "LNPS" for one in kept):
        raise ValueError(_("enter the name"))
    return kept


def _hard_to_guess(value: SecretStr, info: ValidationInfo) -> SecretStr:
    password = value.get_secret_value()
    if password.lower() == str(info.data.get("email", "")).lower():
        raise ValueError(_("choose a password that isn't your e-mail address"))
    if passwords.is_common(password):
        raise ValueError(_("this password is one of those tried first; choose another one"))
    return value


def _current(label: str) -> Any:
    return _field(label, "current-password", max_length=passwords.LONGEST)


def _new(label: str) -> Any:
    return _field(
        label,
        "new-password",
        N_("At least 8 characters; a few words in a row are good."),
        min_length=passwords.SHORTEST,
        max_length=passwords.LONGEST,
    )


def _code(help: str) -> Any:
    return _field(N_("Code"), "one-time-code", help, inputmode="numeric", max_length=40)


def _of_digits(value: str) -> str:
    if len(second_factor.read(value)) not in (second_factor.DIGITS, second_factor.RECOVERY_DIGITS):
        raise ValueError(_("enter the 6 digits of your app, or the 12 of a recovery code"))
    return value


Name = Annotated[str, AfterValidator(_readable)]
NewPassword = Annotated[SecretStr, AfterValidator(_hard_to_guess)]
Code = Annotated[str, AfterValidator(_of_digits)]
_EITHER = N_("The 6 digits that your authenticator app shows, or a recovery code.")


class SignUp(_Form):
    """A new workspace and its owner."""

    name: Name = _field(N_("Name"), "name", max_length=100)
    email: Email = _field(N_("E-mail"), "email", N_("We send a link there to confirm it."))
    password: NewPassword = _new(N_("Password"))


class SignIn(_Form):
    """A member's address and password."""

    email: Email = _field(N_("E-mail"), "username")
    password: SecretStr = _current(N_("Password"))


class Resend(_Form):
    """The address that waits for its confirmation."""

    email: Email = _field(N_("E-mail"), "email")


class Join(_Form):
    """Whoever was invited: what the others call them, and their password."""

    name: Name = _field(N_("Name"), "name", max_length=100)
    password: NewPassword = _new(N_("Password"))


class NewPasswordForm(_Form):
    """The password that a mailed link sets."""

    password: NewPassword = _new(N_("New password"))


class ChangePassword(_Form):
    """Another password, by somebody who knows the one there is."""

    current: SecretStr = _current(N_("Current password"))
    password: NewPassword = _new(N_("New password"))


class ChangeAddress(_Form):
    """Another address, by somebody who knows the password."""

    email: Email = _field(
        N_("New e-mail"), "email", N_("We send a link there; until then nothing changes.")
    )
    password: SecretStr = _current(N_("Password"))


class SecondStep(_Form):
    """The code that follows the password."""

    code: Code = _code(_EITHER)


class BeginTwoStep(_Form):
    """The password, before an authenticator app is set up."""

    password: SecretStr = _current(N_("Password"))


class FirstCode(_Form):
    """The first code of an app that is being set up."""

    code: str = _code(N_("The 6 digits that the app shows now."))


class ChangeTwoStep(_Form):
    """Both factors, before either is changed."""

    password: SecretStr = _current(N_("Password"))
    code: Code = _code(_EITHER)


class Profile(_Form):
    """What the others call the member."""

    name: Name = _field(N_("Name"), "name", max_length=100)


class Choices(_Form):
    """What a member reads in, and whose time is shown to them."""

    language: str = Field(
        "",
        title=N_("Language"),
        json_schema_extra={"choices": True, "placeholder": N_("As my browser says")},
    )
    timezone: str = Field("", title=N_("Time zone"), json_schema_extra={"choices": True})


class Invite(_Form):
    """Whom to ask to join, as a list that somebody types or pastes, and as what."""

    email: str = _field(
        N_("E-mail addresses"),
        "off",
        N_(
            "One or several: one to a line, or with commas between them. “Meera Nair "
            "<meera@example.com>” gives the name, too."
        ),
        default="",
        max_length=20_000,
        multiline=True,
    )
    role: Role = Field(title=N_("Role"))


class MemberForm(_Form):
    """What an owner or admin decides of a member."""

    role: Role = Field(title=N_("Role"))
