"""HubSpot's v3 request signature."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from core.api.errors import InvalidSignature
from plugins.hubspot_crm.signature import SIGNATURE, TIMESTAMP, sign, verify

SECRET = "9f2c61b0-client-secret"
URI = "https://pay.example.com/x/hubspot_crm/card?userEmail=a%40b.example&portalId=25148310"
BODY = '{"note": "Grüße"}'.encode()
NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
MILLIS = str(int(NOW.timestamp() * 1000))


def check(*, secret=SECRET, now=NOW, method="POST", uri=URI, body=BODY, **headers):
    signed = {SIGNATURE: sign("POST", URI, BODY, MILLIS, SECRET), TIMESTAMP: MILLIS}
    verify(method=method, uri=uri, body=body, headers=signed | headers, secret=secret, now=now)


def test_the_signature_is_made_of_method_uri_body_and_time():
    decoded = "https://pay.example.com/x/hubspot_crm/card?userEmail=a@b.example&portalId=25148310"
    mac = hmac.new(SECRET.encode(), f"POST{decoded}".encode() + BODY + MILLIS.encode(), hashlib.sha256)
    assert sign("post", URI, BODY, MILLIS, SECRET) == base64.b64encode(mac.digest()).decode()


def test_a_signature_that_was_worked_out_elsewhere():
    # printf 'GEThttps://www.example.com/webhook_uri1700000000000' |
    #   openssl dgst -sha256 -hmac yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy -binary | base64
    made = sign(
        "GET",
        "https://www.example.com/webhook_uri",
        b"",
        "1700000000000",
        "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
    )
    assert made == "r3KKZGKCAis7hc/eM/k4wr0D0ZRQhbee2UGU0SAPfxM="


def test_only_some_escapes_are_decoded():
    assert sign("GET", "https://a.example/%3fq=%2C%3b", b"", "1", SECRET) == sign(
        "GET", "https://a.example/?q=,;", b"", "1", SECRET
    )
    assert sign("GET", "https://a.example/?q=%20%26", b"", "1", SECRET) != sign(
        "GET", "https://a.example/?q= &", b"", "1", SECRET
    )


def test_a_request_of_hubspot_passes():
    assert check() is None


@pytest.mark.parametrize("minutes", [-5, 5])
def test_five_minutes_are_allowed(minutes):
    assert check(now=NOW + timedelta(minutes=minutes)) is None


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
def test_any_other_time_is_refused(minutes):
    with pytest.raises(InvalidSignature, match="five minutes"):
        check(now=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "GET"},
        {"uri": URI + "0"},
        {"body": BODY + b" "},
        {"secret": "another"},
        {TIMESTAMP: str(int(MILLIS) + 1)},
        {SIGNATURE: ""},
        {SIGNATURE: "ü"},
        {SIGNATURE: sign("POST", URI, BODY, MILLIS, SECRET).lower()},
    ],
)
def test_what_was_altered_is_refused(changed):
    with pytest.raises(InvalidSignature, match="doesn't match") as caught:
        check(**changed)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("time", ["", "soon", "-1", "1e12", "\u0661", "9" * 400, f"{MILLIS}.5"])
def test_a_request_without_a_time_is_refused(time):
    with pytest.raises(InvalidSignature, match="time"):
        check(**{TIMESTAMP: time})


def test_an_empty_secret_opens_nothing():
    forged = {SIGNATURE: sign("POST", URI, BODY, MILLIS, "")}
    with pytest.raises(InvalidSignature, match="secret"):
        check(secret="", **forged)
