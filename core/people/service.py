"""People: members, how they sign up and in, their account, and the team. The one door for the other
domains."""

from core.api.actions import Problem
from core.people.account import (
    ADDRESS,
    RESET,
    AccountRefused,
    ask_address,
    ask_reset,
    change_password,
    confirm_new_address,
    end_sessions,
    rename,
    reset_password,
    sessions_of,
)
from core.people.invites import InviteRefused, accept, invite, open_invitations, resend, revoke
from core.people.invites import look_up as look_up_invitation
from core.people.members import Member, add_member, load_member, member_by_email, name_of, names_of
from core.people.signing import (
    CONFIRM,
    NotConfirmed,
    SignInRefused,
    TokenRefused,
    confirm_address,
    resend_confirmation,
    sign_in,
    sign_up,
    token_state,
)
from core.people.team import (
    CrmPerson,
    TeamMember,
    TeamRefused,
    become,
    deactivate,
    get_team_member,
    list_team,
    mapped_users,
    note_crm_users,
    reactivate,
    update_member,
)
from core.people.tokens import TokenState


def problem(refused: AccountRefused | TeamRefused) -> Problem:
    """What was refused, as a form shows it."""
    return Problem(str(refused), refused.field)


__all__ = [
    "ADDRESS",
    "CONFIRM",
    "RESET",
    "AccountRefused",
    "CrmPerson",
    "InviteRefused",
    "Member",
    "NotConfirmed",
    "SignInRefused",
    "TeamMember",
    "TeamRefused",
    "TokenRefused",
    "TokenState",
    "accept",
    "add_member",
    "ask_address",
    "ask_reset",
    "become",
    "change_password",
    "confirm_address",
    "confirm_new_address",
    "deactivate",
    "end_sessions",
    "get_team_member",
    "invite",
    "list_team",
    "load_member",
    "look_up_invitation",
    "mapped_users",
    "member_by_email",
    "name_of",
    "names_of",
    "note_crm_users",
    "open_invitations",
    "problem",
    "reactivate",
    "rename",
    "resend",
    "resend_confirmation",
    "reset_password",
    "revoke",
    "sessions_of",
    "sign_in",
    "sign_up",
    "token_state",
    "update_member",
]
