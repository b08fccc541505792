"""Who may do what."""

import pytest

from core.people.roles import PERMISSIONS, Permission, Role

LINKS = {"links:create", "links:read"}


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("owner", set(Permission)),
        ("admin", set(Permission)),
        (
            "manager",
            LINKS | {"links:read_all", "links:hand_over", "rules:manage", "deliveries:manage"},
        ),
        ("rep", LINKS),
        ("viewer", {"links:read", "links:read_all"}),
    ],
)
def test_what_a_role_may(role: str, may: set[str]) -> None:
    assert PERMISSIONS[Role(role)] == may


def test_every_role_is_in_the_table() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_the_page_has_words_for_every_permission() -> None:
    assert all(permission.words for permission in Permission)
