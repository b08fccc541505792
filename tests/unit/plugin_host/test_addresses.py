"""Which addresses a plugin may call that users name."""

import socket
import threading
from ipaddress import ip_address

import pytest
import requests

from core.api.errors import Rejected
from core.plugin_host import addresses


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_public(address: str) -> None:
    assert addresses.is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.8", "172.16.5.4", "192.168.1.1", "100.64.0.1",
        "169.254.169.254", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.7", "198.18.0.1",
        "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.8", "64:ff9b::7f00:1", "2002:7f00:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not addresses.is_public(ip_address(address))


def resolves(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[str]:
    """The name system gives these for any name; which names it was asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_the_first_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves(monkeypatch, "93.184.215.14", "93.184.215.15")
    assert addresses.public_address("receiver.example", 443, 1) == "93.184.215.14"


@pytest.mark.parametrize("found", [["10.0.0.8"], ["93.184.215.14", "127.0.0.1"], ["fe80::1%eth0"]])
def test_one_that_is_not_public_is_enough(monkeypatch: pytest.MonkeyPatch, found: list[str]) -> None:
    resolves(monkeypatch, *found)
    with pytest.raises(Rejected) as caught:
        addresses.public_address("receiver.example", 443, 1)
    assert caught.value.code == "address_not_public"
    assert found[-1] not in caught.value.user_message


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::1]"])
def test_however_this_machine_is_written(host: str) -> None:
    with pytest.raises((Rejected, requests.ConnectTimeout)):
        addresses.public_address(host, 443, 5)


def test_nobody_knows_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(requests.ConnectTimeout):
        addresses.public_address("receiver.example", 443, 1)
    resolves(monkeypatch)
    with pytest.raises(requests.ConnectTimeout):
        addresses.public_address("receiver.example", 443, 1)


def test_the_name_system_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: end.wait(5))
    with pytest.raises(requests.ConnectTimeout):
        addresses.public_address("receiver.example", 443, 0.1)
    end.set()
