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
    choose,
    confirm_new_address,
    end_sessions,
    has_password,
    own_choices,
    rename,
    reset_password,
    sessions_of,
)
from core.people.crm_signing import (
    CrmProof,
    NotAMember,
    NoWorkspace,
    admins_to_ask,
    ask_for_invite,
    invited_as,
    sign_in_by_crm,
)
from core.people.handover import is_nonce_hash, issue_code, redeem_code
from core.people.invites import (
    CopiedLink,
    copy_link,
    invite,
    open_invitations,
    resend,
    revoke,
)
from core.people.joining import Invited, InviteRefused, Joined, accept, accept_by_crm
from core.people.joining import look_up as look_up_invitation
from core.people.members import (
    Member,
    add_member,
    admins_of,
    load_member,
    member_by_email,
    name_of,
    names_of,
)
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
    "CopiedLink",
    "CrmPerson",
    "CrmProof",
    "InviteRefused",
    "Invited",
    "Joined",
    "Member",
    "NoWorkspace",
    "NotAMember",
    "NotConfirmed",
    "SignInRefused",
    "TeamMember",
    "TeamRefused",
    "TokenRefused",
    "TokenState",
    "accept",
    "accept_by_crm",
    "add_member",
    "admins_of",
    "admins_to_ask",
    "ask_address",
    "ask_for_invite",
    "ask_reset",
    "become",
    "change_password",
    "choose",
    "confirm_address",
    "confirm_new_address",
    "copy_link",
    "deactivate",
    "end_sessions",
    "get_team_member",
    "has_password",
    "invite",
    "invited_as",
    "is_nonce_hash",
    "issue_code",
    "list_team",
    "load_member",
    "look_up_invitation",
    "mapped_users",
    "member_by_email",
    "name_of",
    "names_of",
    "note_crm_users",
    "open_invitations",
    "own_choices",
    "problem",
    "reactivate",
    "redeem_code",
    "rename",
    "resend",
    "resend_confirmation",
    "reset_password",
    "revoke",
    "sessions_of",
    "sign_in",
    "sign_in_by_crm",
    "sign_up",
    "token_state",
    "update_member",
]
