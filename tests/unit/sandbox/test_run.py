"""The sandbox on its ports: real SMTP in, real HTTP out, and nothing left behind."""

import smtplib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import pytest
import requests

from core.plugin_host.loading import load
from core.sandbox.run import answers, running
from core.settings import AppSettings, SettingsError
from plugins.stripe_provider.simulator.seed import NORTHWIND
from tests.browser.place import free_ports


@pytest.fixture
def settings(settings: AppSettings) -> AppSettings:
    port = free_ports()
    place = {
        "sandbox_url": f"http://127.0.0.1:{port + 1}",
        "mail_url": f"smtp://127.0.0.1:{port + 2}",
    }
    return settings.model_copy(update={"port": port, **place})


def test_a_mail_that_is_sent_is_shown(settings: AppSettings) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "Dealpay <no-reply@example.com>", "noor@example.com"
    message["Subject"] = "Bestätigen: ₹ 100"
    message.set_content("Open http://localhost:6543/verify/abc\n")
    message.add_alternative("<p>Open</p>", subtype="html")
    with running(settings, load(settings.as_ini())) as sandbox:
        with smtplib.SMTP("127.0.0.1", settings.port + 2, timeout=30) as server:
            server.send_message(message, to_addrs=["noor@example.com", "ravi@example.com"])
        (kept,) = sandbox.mailbox.all()
        page = requests.get(f"{sandbox.url}/mail/{kept['id']}", timeout=30).text
    assert kept["to"] == ["noor@example.com", "ravi@example.com"]
    assert kept["html"] == "<p>Open</p>\r\n"
    assert "Bestätigen: ₹ 100" in page
    assert '<a href="http://localhost:6543/verify/abc">' in page


def test_ten_at_once_are_answered_while_the_vendor_is_slow(settings: AppSettings) -> None:
    with running(settings, load(settings.as_ini())) as sandbox:
        stripe = sandbox.simulators["stripe_provider"]
        stripe.faults.add("slow", times=10, seconds=1)
        url, key = f"{stripe.base_url}/v1/account", {"Authorization": f"Bearer {NORTHWIND.key}"}
        started = time.monotonic()
        with ThreadPoolExecutor(10) as pool:
            asked = [pool.submit(requests.get, url, headers=key, timeout=30) for _ in range(10)]
        assert [each.result().status_code for each in asked] == [200] * 10
    assert time.monotonic() - started < 7, "one after the other takes ten seconds"


def test_it_says_whether_it_is_served(settings: AppSettings) -> None:
    assert not answers(settings)
    with running(settings, load(settings.as_ini())):
        assert answers(settings)
    assert not answers(settings)


@pytest.mark.parametrize("taken", [1, 2])
def test_a_taken_port_is_named_and_the_other_one_is_given_back(
    settings: AppSettings, taken: int
) -> None:
    with socket.create_server(("127.0.0.1", settings.port + taken)):
        with (
            pytest.raises(SettingsError, match=r"The sandbox needs .*Address already in use"),
            running(settings, load(settings.as_ini())),
        ):
            raise AssertionError("it must not run")
        with socket.create_server(("127.0.0.1", settings.port + 3 - taken)):
            pass


def test_an_address_without_a_port_is_refused(settings: AppSettings) -> None:
    somewhere = settings.model_copy(update={"mail_url": "smtp://mail.example.com"})
    with (
        pytest.raises(SettingsError, match=r"smtp://mail\.example\.com, so that has to name"),
        running(somewhere, load(settings.as_ini())),
    ):
        raise AssertionError("it must not run")
