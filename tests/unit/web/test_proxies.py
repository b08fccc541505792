"""Whose request it is behind proxies, and that nobody can pass for somebody else."""

from ipaddress import ip_network

import pytest

from core.web.proxies import visitor

PROXIES = [ip_network(each) for each in ("127.0.0.1", "10.0.0.0/8", "fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"),
    ],
)
def test_the_visitor_is_who_called_the_first_trusted_proxy(
    peer: str, forwarded_for: str, expected: str
) -> None:
    assert visitor(peer, forwarded_for, PROXIES) == expected


@pytest.mark.parametrize("made_up", ["203.0.113.9", "127.0.0.1", "10.0.0.1, 203.0.113.9", "unknown"])
def test_what_a_client_sends_along_is_not_believed(made_up: str) -> None:
    assert visitor("198.51.100.7", made_up, PROXIES) == "198.51.100.7"
    assert visitor("127.0.0.1", f"{made_up}, 198.51.100.7", PROXIES) == "198.51.100.7"


@pytest.mark.parametrize("forwarded_for", ["", "unknown", "198.51.100.7:4711", "_hidden", ","])
def test_without_an_address_it_is_the_proxys(forwarded_for: str) -> None:
    assert visitor("127.0.0.1", forwarded_for, PROXIES) == "127.0.0.1"


def test_a_call_from_a_proxy_itself_is_the_proxys() -> None:
    assert visitor("10.0.0.1", "10.0.0.2", PROXIES) == "10.0.0.2"


def test_without_trusted_proxies_the_header_means_nothing() -> None:
    assert visitor("127.0.0.1", "198.51.100.7", []) == "127.0.0.1"


def test_a_socket_file_has_no_address_to_trust() -> None:
    assert visitor("", "198.51.100.7", PROXIES) == ""
