"""Who may do what."""

import pytest

from core.people.roles import PERMISSIONS, Permission, Role

LINKS = {"links:create", "links:read"}


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("owner", set(Permission)),
        ("admin", set(Permission)),
        ("manager", LINKS | {"rules:manage", "deliveries:manage"}),
        ("rep", LINKS),
        ("viewer", {"links:read"}),
    ],
)
def test_what_a_role_may(role: str, may: set[str]) -> None:
    assert PERMISSIONS[Role(role)] == may


def test_every_role_is_in_the_table() -> None:
    assert set(PERMISSIONS) == set(Role)
