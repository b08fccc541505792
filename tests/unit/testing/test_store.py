"""What a simulator remembers, and how it is read without reading all of it."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from core.testing import store as stores
from core.testing.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    made.index("colour")
    yield made
    made.close()


def _ids(found: Iterator[dict[str, Any]]) -> list[int]:
    return [doc["id"] for doc in found]


def _fill(store: Store, number: int) -> None:
    for id in range(number):
        store.put("car", id, {"id": id, "colour": "red" if id % 3 else "blue"})
        store.put("boat", id, {"id": id, "colour": "red"})


def test_a_walk_goes_back_from_the_newest_or_on_from_the_oldest(store: Store) -> None:
    _fill(store, 250)  # more than one step
    assert _ids(store.walk("car")) == list(range(250))[::-1]
    assert _ids(store.walk("car", back=False)) == list(range(250))


def test_a_walk_begins_beyond_a_document(store: Store) -> None:
    _fill(store, 10)
    assert _ids(store.walk("car", start="7")) == [6, 5, 4, 3, 2, 1, 0]
    assert _ids(store.walk("car", start="7", back=False)) == [8, 9]
    with pytest.raises(KeyError):
        next(store.walk("car", start="10"))


def test_a_walk_finds_by_equal_fields(store: Store) -> None:
    _fill(store, 10)
    assert _ids(store.walk("car", colour="blue")) == [9, 6, 3, 0]
    assert _ids(store.walk("car", colour="blue", start="6")) == [3, 0]
    assert _ids(store.walk("car", colour="green")) == []


def test_a_document_that_changes_keeps_its_place_and_is_found_anew(store: Store) -> None:
    _fill(store, 5)
    store.put("car", 2, {"id": 2, "colour": "blue"})
    assert _ids(store.walk("car", colour="blue")) == [3, 2, 0]
    assert [doc["id"] for doc in store.all("car")] == list(range(5))


def test_a_walk_reads_no_more_than_is_asked_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(store, 1000)
    read = []
    monkeypatch.setattr(stores.json, "loads", lambda body: read.append(body) or {"id": len(read)})
    assert len(list(islice(store.walk("car"), 3))) == 3
    assert len(read) == 3


def test_a_file_from_before_there_was_an_index_gets_it(tmp_path: Path) -> None:
    old = Store(tmp_path / "sim.sqlite")
    old.put("car", 1, {"id": 1, "colour": "red"})
    old.close()
    new = Store(tmp_path / "sim.sqlite")
    for _ in range(2):
        new.index("colour")
    assert _ids(new.walk("car", colour="red")) == [1]
    new.close()
