"""Credentials at rest, and how a connection's health is kept."""

import json
from contextlib import suppress

import pytest
from sqlalchemy import text

from core.api.errors import CredentialsError, DealpayError, NotSent
from core.app import App
from core.connections import service, vault
from core.connections.models import PaymentAccount
from core.db.sealing import SealBroken
from core.people.service import Member
from tests.rows import KEY, Key, add_account
from tests.support import Clock


@pytest.fixture
def account(app: App, owner: Member) -> PaymentAccount:
    return add_account(app, owner)


def read(app: App, account: PaymentAccount) -> PaymentAccount:
    with app.db.unit_of_work(account.tenant_id, read_only=True) as session:
        return session.get_one(PaymentAccount, account.id)


def test_a_key_comes_back_and_only_its_end_can_be_seen(app: App, account: PaymentAccount) -> None:
    opened = vault.open_settings(app, read(app, account), Key)
    assert isinstance(opened, Key)
    assert opened.secret_key.get_secret_value() == KEY
    assert read(app, account).hint == f"…{KEY[-4:]}"
    assert vault.secret_field(opened) == "secret_key"


def test_no_row_holds_a_key_in_clear(app: App, account: PaymentAccount) -> None:
    with app.db.engine.connect() as connection:
        (row,) = connection.execute(text("select * from payment_accounts"))
    assert KEY not in repr(tuple(row))
    assert KEY not in json.dumps(list(row), default=str)


def test_a_sealed_key_opens_in_its_own_row_only(
    app: App, owner: Member, stranger: Member, account: PaymentAccount
) -> None:
    for thief in (add_account(app, owner, "acct_2"), add_account(app, stranger, "acct_3")):
        thief.sealed_settings = account.sealed_settings
        with pytest.raises(SealBroken):
            vault.open_settings(app, thief, Key)


def test_the_newest_two_signing_secrets_are_kept(app: App, account: PaymentAccount) -> None:
    assert vault.signing_secrets(app, account) == ()
    kept = []
    for secret in ("one", "two", "two", "three", "two"):
        vault.keep_signing_secret(app, account, secret, "pasted")
        kept.append(vault.signing_secrets(app, account))
    assert kept == [("one",), ("two", "one"), ("two", "one"), ("three", "two"), ("two", "three")]


def test_the_older_one_is_accepted_for_three_days(
    app: App, account: PaymentAccount, clock: Clock
) -> None:
    for secret in ("one", "two"):
        vault.keep_signing_secret(app, account, secret, "provider")
    clock.turn(days=3, seconds=-1)
    assert vault.signing_secrets(app, account) == ("two", "one")
    clock.turn(seconds=1)
    assert vault.signing_secrets(app, account) == ("two",)
    # One that is over is not brought back by the next one.
    vault.keep_signing_secret(app, account, "three", "pasted")
    assert vault.signing_secrets(app, account) == ("three", "two")
    vault.forget_old_secret(app, account)
    assert vault.signing_secrets(app, account) == ("three",)


def test_a_pasted_secret_loses_its_spaces(app: App, owner: Member, account: PaymentAccount) -> None:
    service.set_signing_secret(app, owner, account.id, " whsec_1\n")
    assert vault.signing_secrets(app, read(app, account)) == ("whsec_1",)


def test_a_refused_key_is_remembered_until_one_is_taken(app: App, account: PaymentAccount) -> None:
    def use(error: Exception | None = None) -> tuple[str, str | None]:
        with suppress(DealpayError), service.watched_account(app, account.tenant_id, account.id):
            if error:
                raise error
        row = read(app, account)
        return row.health, row.last_error

    assert use(NotSent("down")) == ("ok", None)
    assert use(CredentialsError("refused")) == ("failing", "refused")
    assert use(NotSent("down")) == ("failing", "refused")
    assert use() == ("ok", None)
