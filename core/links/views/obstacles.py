"""Why the frame can't show what was asked for."""

from dataclasses import dataclass

from pyramid.request import Request

from core.api.errors import CredentialsError, DealpayError, NotFound
from core.api.text import _
from core.people.roles import Permission
from core.web.replies import problem_of


@dataclass(eq=False)
class Obstacle(Exception):
    """Why the frame can't show what was asked for: a page of its own, with one way on.

    ``remedy`` is the page that puts it right, and ``permission`` what it takes to use it; others
    are told whom to ask. ``sign_in`` offers to sign in as somebody else.
    """

    title: str
    message: str
    status: int = 200
    remedy: tuple[str, str] | None = None
    permission: Permission | None = None
    retry: bool = False
    sign_in: bool = False


def switched_off(what: str, still: str) -> Obstacle:
    """The workspace has the plugin off."""
    return Obstacle(
        _("%(plugin)s is switched off", plugin=what),
        _("Somebody has switched %(plugin)s off in your workspace.", plugin=what) + f" {still}",
        remedy=(_("Plugins"), "/plugins"),
        permission=Permission.PLUGINS_SWITCH,
    )


def stranger(message: str) -> Obstacle:
    """The frame belongs to somebody else than the session."""
    return Obstacle(_("Somebody else is signed in"), message, 403, sign_in=True)


def unread(error: DealpayError, so: str) -> Obstacle:
    """The CRM didn't show the record."""
    if isinstance(error, NotFound):
        return Obstacle(_("The record is gone"), f"{error.user_message} {so}", 404)
    if isinstance(error, CredentialsError):
        return Obstacle(
            _("The CRM refuses the API key"),
            f"{error} {so}",
            503,
            remedy=(_("API key"), "/crm"),
            permission=Permission.CRM_MANAGE,
        )
    return Obstacle(_("The CRM does not answer"), f"{problem_of(error).message} {so}", 503, retry=True)


def not_theirs(request: Request) -> Obstacle:
    """A rep, and a record of somebody else."""
    if request.identity.crm_user_id is None:
        return Obstacle(
            _("Who are you in the CRM?"),
            _(
                "Reps see the records that are assigned to them, and nobody has said which user of the "
                "CRM you are. Ask an owner or admin to choose it under Manage users."
            ),
            403,
        )
    return Obstacle(
        _("This record is somebody else's"),
        _(
            "The CRM has not assigned it to you. Its owner can make payment links on it, and so can "
            "managers and admins."
        ),
        403,
    )
