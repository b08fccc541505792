"""What a simulator remembers: JSON documents by kind and id, in SQLite."""

import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Doc = dict[str, Any]


class Store:
    """Documents of one simulator. ``path`` None keeps them in memory, for tests.

    Every method takes the one lock, so a simulator is served by many threads; ``atomic`` holds
    it over several steps.
    """

    def __init__(self, path: Path | None = None, namespace: str = "sim"):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._namespace = namespace
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute(
            "create table if not exists doc (ns text, kind text, id text, seq integer, body text,"
            " primary key (ns, kind, id))"
        )

    def put(self, kind: str, id: str | int, doc: Doc) -> Doc:
        """Write a document; its place in ``all`` is that of its first writing."""
        with self.lock:
            self._db.execute(
                "insert into doc values (?, ?, ?, (select coalesce(max(seq), 0) + 1 from doc), ?)"
                " on conflict (ns, kind, id) do update set body = excluded.body",
                (self._namespace, kind, str(id), json.dumps(doc)),
            )
        return doc

    def get(self, kind: str, id: str | int) -> Doc | None:
        with self.lock:
            row = self._db.execute(
                "select body from doc where ns = ? and kind = ? and id = ?",
                (self._namespace, kind, str(id)),
            ).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str, where: Callable[[Doc], bool] = lambda doc: True) -> list[Doc]:
        """The documents of a kind for which ``where`` holds, oldest first."""
        with self.lock:
            rows = self._db.execute(
                "select body from doc where ns = ? and kind = ? order by seq",
                (self._namespace, kind),
            ).fetchall()
        return [doc for (body,) in rows if where(doc := json.loads(body))]

    def delete(self, kind: str, id: str | int) -> None:
        with self.lock:
            self._db.execute(
                "delete from doc where ns = ? and kind = ? and id = ?",
                (self._namespace, kind, str(id)),
            )

    def counter(self, name: str, start: int = 1) -> int:
        """The next number of a sequence."""
        with self.lock:
            value = int((self.get("_counter", name) or {"next": start})["next"])
            self.put("_counter", name, {"next": value + 1})
        return value

    def clear(self) -> None:
        with self.lock:
            self._db.execute("delete from doc where ns = ?", (self._namespace,))

    def close(self) -> None:
        with self.lock:
            self._db.close()
