"""The checks of whatever talks to a vendor: a payment provider or a CRM connector.

NotSent is tried again. OutcomeUnknown is looked up first. Rejected and CredentialsError are final, so
a passing trouble that is told as one of them ends what should have gone on.
"""

from contextlib import suppress
from typing import Any

from core.api.errors import CredentialsError, DealpayError, NotSent, OutcomeUnknown
from core.api.settings import Settings, reveal, secret_fields
from core.plugin_host.errors import PluginRefused
from core.testing.conformance.check import Broken, Checks, Level, expect, expect_raises
from core.testing.conformance.rig import NOWHERE, VendorRig

Rig = VendorRig[Any]
check = Checks()

#: Seconds that a plugin is given, and that the vendor takes.
PATIENCE, TOO_LONG = 0.3, 0.8
_TROUBLE = ("rate_limited", "unavailable", "server_error", "malformed", "lost_reply")


@check("load", Level.BRONZE)
def loads(rig: Rig) -> None:
    """The host takes the plugin: its data and its verbs are complete and of the right form."""
    try:
        rig.load()
    except PluginRefused as error:
        raise Broken(f"The host refuses it: {error}.") from error


@check("settings.secret", Level.BRONZE)
def secrets_are_marked(rig: Rig) -> None:
    """What is secret in the settings is typed SecretStr.

    The type is all that the host goes by: such a field is encrypted, never sent back to a browser and
    never printed.
    """
    settings = rig.settings
    shown = f"{settings!r} {settings.model_dump()}"
    for secret in rig.driver.secrets():
        expect(secret in map(str, reveal(settings).values()), "The driver names a secret that is none.")
        expect(secret not in shown, "A secret of the settings can be read where they are printed.")
    expect(secret_fields(type(settings)), "No field of the settings is a SecretStr.")


@check("settings.labels", Level.SILVER)
def fields_have_labels(rig: Rig) -> None:
    """Every field of the settings has a label for its form.

    Write it with setting(label=...), and a help that says where the vendor shows the value.
    """
    for name, field in rig.member.Settings.model_fields.items():
        expect(field.title, f"The field {name} has no label.")


@check("credentials.good", Level.BRONZE)
def good(rig: Rig) -> None:
    """Good credentials open an account, and always the same.

    The external id tells accounts apart for good: it stays when a key is replaced.
    """
    account = rig.open()
    expect(account.external_id and account.name, "The account has no external id or no name.")
    expect(rig.open() == account, "The same credentials open another account the second time.")


@check("credentials.wrong", Level.BRONZE)
def wrong(rig: Rig) -> None:
    """Wrong credentials raise CredentialsError, which names the field to mark.

    It is final: nothing is tried again before somebody has entered others.
    """
    _refused(rig, rig.driver.wrong(), "With credentials that nobody knows")


@check("credentials.revoked", Level.SILVER)
def revoked(rig: Rig) -> None:
    """Credentials that were revoked raise CredentialsError from every verb that needs them."""
    (reading, read), (writing, write) = rig.reader(), rig.writer()
    settings = rig.driver.revoked()
    when = "With credentials that were revoked"
    _refused(rig, settings, when)
    with expect_raises(CredentialsError, when=f"{when}, {reading}"):
        read(settings=settings)
    with expect_raises(CredentialsError, when=f"{when}, {writing}"):
        write(settings=settings)


@check("credentials.other", Level.SILVER)
def other(rig: Rig) -> None:
    """Another account has another external id.

    Two accounts with one id would be taken for the same, and each would show the other's.
    """
    here, there = rig.open(), rig.open(rig.driver.other())
    expect(here.external_id != there.external_id, "Two accounts have the same external id.")


@check("errors.busy", Level.SILVER)
def busy(rig: Rig) -> None:
    """Where the vendor gets too many requests, it is NotSent, whatever was asked."""
    _fails(rig, "rate_limited", "When the vendor answers 429", NotSent)


@check("errors.unavailable", Level.SILVER)
def unavailable(rig: Rig) -> None:
    """Where the vendor is unavailable, a read is NotSent, and a write is that or OutcomeUnknown."""
    _fails(rig, "unavailable", "When the vendor answers 503", NotSent, OutcomeUnknown)


@check("errors.server_error", Level.SILVER)
def server_error(rig: Rig) -> None:
    """Where the vendor fails inside, a read is NotSent and a write OutcomeUnknown.

    Nobody knows how far the vendor came before it failed.
    """
    _fails(rig, "server_error", "When the vendor answers 500", OutcomeUnknown)


@check("errors.malformed", Level.SILVER)
def malformed(rig: Rig) -> None:
    """Where the answer can't be read, a read is NotSent and a write OutcomeUnknown.

    A proxy's page in HTML comes with a good status now and then.
    """
    _fails(rig, "malformed", "When the answer is a page in HTML", OutcomeUnknown)


@check("errors.lost_reply", Level.SILVER)
def lost_reply(rig: Rig) -> None:
    """Where the reply is cut off, a read is NotSent and a write OutcomeUnknown."""
    _fails(rig, "lost_reply", "When the reply is cut off", OutcomeUnknown)


@check("errors.slow", Level.SILVER)
def slow(rig: Rig) -> None:
    """Where the vendor takes longer than ctx.timeout, a read is NotSent and a write OutcomeUnknown."""
    when = "When the answer takes too long"
    _fails(rig, "slow", when, OutcomeUnknown, timeout=PATIENCE, seconds=TOO_LONG)


@check("errors.unreachable", Level.SILVER)
def unreachable(rig: Rig) -> None:
    """Where no connection comes about, it is NotSent, whatever was asked.

    Nothing can have been done, so that whoever waits is told at once and may try again.
    """
    (reading, read), (writing, write) = rig.reader(), rig.writer()
    when = "When the vendor can't be reached"
    with expect_raises(NotSent, when=f"{when}, {reading}"):
        read(url=NOWHERE)
    with expect_raises(NotSent, when=f"{when}, {writing}"):
        write(url=NOWHERE)


@check("errors.sentence", Level.SILVER)
def sentences(rig: Rig) -> None:
    """Errors have a sentence for a person: not empty, and no trace of the client library."""
    _, read = rig.reader()
    for kind in _TROUBLE[:4]:
        rig.fault(kind, writes=False)
        said = "nothing"
        try:
            read()
        except DealpayError as error:
            said = str(error)
        rig.simulator.faults.clear()
        expect(" " in said and "://" not in said, f"After {kind}, the error says: {said!r}")


@check("http.own_session", Level.GOLD)
def own_session(rig: Rig) -> None:
    """Every request goes through ctx.http.

    It reaches only the hosts of the manifest, has time limits and follows no redirect elsewhere. A
    client library takes a session too, or has a transport that can be replaced.
    """
    rig.use_everything()
    through = [sent for sent in rig.http.sent if sent.url.startswith(rig.address.url)]
    expect(
        len(rig.reached) <= len(through),
        f"{len(rig.reached)} requests reached the vendor, and {len(through)} went through ctx.http.",
    )


@check("http.time_limit", Level.GOLD)
def time_limit(rig: Rig) -> None:
    """Every request has a time limit of ctx.timeout seconds or less.

    A rep waits for it, and a worker does nothing else meanwhile.
    """
    (_, read), (_, write) = rig.reader(), rig.writer()
    before = len(rig.http.sent)
    read(timeout=3.0)
    write(timeout=3.0)
    for sent in rig.http.sent[before:]:
        what = f"{sent.method} {sent.url.removeprefix(rig.address.url)}"
        expect(sent.timeout is not None, f"{what} has no time limit.")
        limit = sent.timeout or 0
        expect(limit <= 3.0, f"{what} waits {limit} seconds, where ctx.timeout is 3.")


@check("secrets.kept", Level.GOLD)
def secrets_kept(rig: Rig) -> None:
    """No secret is in a log line, in the output or in an error, whatever goes wrong.

    Log ids and constant event names. A client library that logs requests at DEBUG has to be told not
    to, and an error it raises is not to be kept as the cause of ours.
    """
    with rig.said.listening():
        rig.use_everything()
        (_, read), (_, write) = rig.reader(), rig.writer()
        for do in (lambda: rig.open(rig.driver.wrong()), lambda: read(url=NOWHERE), *rig.mistakes()):
            with suppress(Exception):
                do()
        for kind in _TROUBLE:
            rig.fault(kind, writes=False)
            for do in (rig.open, read, write):
                with suppress(Exception):
                    do()
            rig.simulator.faults.clear()
    rig.said.lines += [repr(line) for line in rig.log.lines]
    wrong = rig.driver.wrong()
    tried = [str(reveal(wrong)[name]) for name in secret_fields(type(wrong))]
    secrets = [one for one in (*rig.driver.secrets(), *rig.learned(), *tried) if one]
    line = rig.said.find(secrets) or ""
    for secret in secrets:
        line = line.replace(secret, "***")
    expect(not line, f"A secret can be read in: {line.strip()[-300:]}")


def _refused(rig: Rig, settings: Settings, when: str) -> None:
    with expect_raises(CredentialsError, when=when) as raised:
        rig.open(settings)
    field = getattr(raised[0], "field", None)
    expect(
        field in rig.member.Settings.model_fields,
        f"{when}, the CredentialsError names the field {field}, which the settings don't have.",
    )
    expect(" " in str(raised[0]), f"{when}, the CredentialsError has no sentence for the user.")


def _fails(
    rig: Rig, kind: str, when: str, *of_write: type[DealpayError], timeout: float = 10.0, **more: Any
) -> None:
    """With this fault, reads raise NotSent, and a write one of ``of_write``."""
    (reading, read), (writing, write) = rig.reader(), rig.writer()
    rig.fault(kind, writes=False, **more)
    with expect_raises(NotSent, when=f"{when}, validate_credentials"):
        rig.open(timeout=timeout)
    with expect_raises(NotSent, when=f"{when}, {reading}"):
        read(timeout=timeout)
    rig.simulator.faults.clear()
    rig.fault(kind, writes=True, **more)
    with expect_raises(*of_write, when=f"{when}, {writing}"):
        write(timeout=timeout)
