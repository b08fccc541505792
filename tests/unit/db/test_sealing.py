"""Secrets open in the place they were sealed for, and nowhere else."""

import base64
import json
import stat
from pathlib import Path

import pytest

from core.db.sealing import SealBroken, SecretBox, make_key_file

KEY, OTHER = bytes(range(32)), bytes(range(32, 64))
PLACE = ("ten_1", "payment_accounts", "sealed_settings", "acc_1")


@pytest.fixture
def box() -> SecretBox:
    return SecretBox({"k1": KEY})


def test_what_was_sealed_opens(box: SecretBox) -> None:
    sealed = box.seal("sk_test_Geheimnis ü", *PLACE)
    assert "Geheimnis" not in sealed
    assert box.open(sealed, *PLACE) == "sk_test_Geheimnis ü"


def test_the_same_secret_is_never_sealed_the_same(box: SecretBox) -> None:
    assert len({box.seal("secret", *PLACE) for _ in range(100)}) == 100


@pytest.mark.parametrize("moved", range(4))
def test_a_value_moved_elsewhere_doesnt_open(box: SecretBox, moved: int) -> None:
    place = [*PLACE]
    place[moved] += "0"
    with pytest.raises(SealBroken, match="moved"):
        box.open(box.seal("secret", *PLACE), *place)


def test_the_parts_of_a_place_dont_run_together(box: SecretBox) -> None:
    with pytest.raises(SealBroken):
        box.open(box.seal("secret", "ab", "c"), "a", "bc")


@pytest.mark.parametrize("position", [0, 11, 12, 20, -1])
def test_a_changed_value_doesnt_open(box: SecretBox, position: int) -> None:
    key_id, _, payload = box.seal("secret", *PLACE).partition(".")
    raw = bytearray(base64.b64decode(payload))
    raw[position] ^= 1
    with pytest.raises(SealBroken):
        box.open(f"{key_id}.{base64.b64encode(raw).decode()}", *PLACE)


def test_a_new_key_seals_and_the_old_one_still_opens(box: SecretBox) -> None:
    old = box.seal("secret", *PLACE)
    rotated = SecretBox({"k2": OTHER, "k1": KEY})
    assert rotated.open(old, *PLACE) == "secret"
    assert rotated.seal("secret", *PLACE).startswith("k2.")


def test_a_lost_key_is_named(box: SecretBox) -> None:
    with pytest.raises(SealBroken, match="'k1'"):
        SecretBox({"k2": OTHER}).open(box.seal("secret", *PLACE), *PLACE)


@pytest.mark.parametrize("keys", [{}, {"k1": b"short"}])
def test_keys_that_are_no_use(keys: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SecretBox(keys)


def test_a_key_file_is_its_owners_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret-keys.json"
    make_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (key,) = json.loads(path.read_text()).values()
    assert len(base64.b64decode(key)) == 32
    box = SecretBox.from_file(path)
    assert box.open(box.seal("secret", *PLACE), *PLACE) == "secret"
    with pytest.raises(FileExistsError):
        make_key_file(path)
