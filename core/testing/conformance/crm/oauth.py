"""Access by OAuth: given for a code that works once, renewed, and taken back."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from core.api.errors import CredentialsError, DealpayError, NotSent, OutcomeUnknown
from core.api.records import Grant
from core.testing.conformance.check import Broken, Level, expect, expect_raises
from core.testing.conformance.crm.checks import check
from core.testing.conformance.crm.rig import CrmRig

ALL = ("authorize_url", "exchange_code", "refresh_auth")
STATE = "state-of-the-conformance-suite"


@check("crm.oauth.address", Level.SILVER, needs=ALL)
def address(rig: CrmRig) -> None:
    """The page that asks for access is told the app's id, the state and where to lead back.

    Nothing secret is in its address.
    """
    redirect_uri = rig.driver.redirect_uri(rig.simulator)
    ctx = rig.first_context()
    url = rig.call("authorize_url", ctx=ctx, state=STATE, redirect_uri=redirect_uri)
    query = parse_qs(urlsplit(url).query)
    wanted = {"client_id": ctx.options["client_id"], "state": STATE, "redirect_uri": redirect_uri}
    for name, value in wanted.items():
        expect(query.get(name) == [value], f"The address has no {name}, or another one: {url}.")
    expect(ctx.options["client_secret"] not in url, "The app's secret is in the address.")


@check("crm.oauth.exchanged", Level.SILVER, needs=ALL)
def exchanged(rig: CrmRig) -> None:
    """A code becomes access to the same account that a key opens, good for every verb."""
    grant = exchange(rig)
    _good(rig, grant)


@check("crm.oauth.code_once", Level.SILVER, needs=ALL)
def code_once(rig: CrmRig) -> None:
    """A code that was used, or that nobody gave, is CredentialsError."""
    code = rig.driver.authorize(rig.simulator)
    exchange(rig, code)
    for wrong in (code, "made-up"):
        with expect_raises(CredentialsError, when="For a code that was used or made up"):
            exchange(rig, wrong)


@check("crm.oauth.renewed", Level.SILVER, needs=ALL)
def renewed(rig: CrmRig) -> None:
    """Access is renewed, time and again, each time with what the last renewal gave."""
    grant = exchange(rig)
    for _ in range(2):
        grant = rig.call("refresh_auth", ctx=rig.context(grant.settings))
        _good(rig, grant)


@check("crm.oauth.taken_back", Level.SILVER, needs=ALL)
def taken_back(rig: CrmRig) -> None:
    """Where access was taken back, renewing it is CredentialsError, and so is using it."""
    grant = exchange(rig)
    rig.driver.take_back(rig.simulator)
    with expect_raises(CredentialsError, when="When access that was taken back is renewed"):
        rig.call("refresh_auth", ctx=rig.context(grant.settings))
    with expect_raises(CredentialsError, when="When access that was taken back is used"):
        rig.open(grant.settings)


@check("crm.oauth.lost_reply", Level.SILVER, needs=ALL)
def lost_reply(rig: CrmRig) -> None:
    """Where the answer to a renewal is lost it is OutcomeUnknown, and NotSent where the CRM is down.

    Never a no, which would have people connect it again.
    """
    for fault, wanted in (
        ("lost_reply", OutcomeUnknown),
        ("malformed", OutcomeUnknown),
        ("unavailable", NotSent),
    ):
        grant = exchange(rig)
        rig.simulator.faults.add(fault)
        with expect_raises(wanted, when=f"When a renewal meets {fault}"):
            rig.call("refresh_auth", ctx=rig.context(grant.settings))
        rig.simulator.faults.clear()


@check("crm.oauth.secrets", Level.GOLD, needs=ALL)
def secrets(rig: CrmRig) -> None:
    """Tokens are SecretStr, and neither they nor the app's secret are in a log line or an error."""
    grant = exchange(rig)
    tokens = [value.get_secret_value() for _, value in grant.settings if isinstance(value, SecretStr)]
    expect(tokens, "GrantSettings has no secret: tokens have to be SecretStr.")
    hidden = (*tokens, rig.first_context().options["client_secret"])
    with rig.said.listening():
        rig.said.lines.append(repr(grant))
        rig.open(grant.settings)
        for fault in ("unavailable", "lost_reply", "malformed", None):
            if fault:
                rig.simulator.faults.add(fault)
            else:
                rig.driver.take_back(rig.simulator)
            try:
                rig.call("refresh_auth", ctx=rig.context(grant.settings))
            except DealpayError as error:
                rig.said.lines.append(repr(error))
            rig.simulator.faults.clear()
    rig.said.lines += [repr(line) for line in rig.log.lines]
    expect(rig.said.find(hidden) is None, "A token, or the app's secret, can be read somewhere.")


def exchange(rig: CrmRig, code: str | None = None) -> Grant:
    """Access for a code, by default for one that was just given."""
    given = code or rig.driver.authorize(rig.simulator)
    redirect_uri = rig.driver.redirect_uri(rig.simulator)
    ctx = rig.first_context()
    grant: Grant = rig.call("exchange_code", ctx=ctx, code=given, redirect_uri=redirect_uri)
    return grant


def _good(rig: CrmRig, grant: Grant) -> None:
    model = rig.member.GrantSettings
    expect(isinstance(grant.settings, model), "The settings of a grant are not of GrantSettings.")
    at = grant.expires_at
    if at is not None:
        aware = at.utcoffset() == timedelta(0)
        expect(aware and at > datetime.now(UTC), "expires_at is not aware UTC, or past already.")
    key, given = rig.open(), rig.open(grant.settings)
    if key.external_id != given.external_id:
        raise Broken("Access opens another account than the key of the same one.")
    if getattr(rig.member, "names_user", False):
        expect(given.user and given.user.id and given.user.active, "names_user, and no user is named.")
    rig.fetch(settings=grant.settings)
