"""What a simulator remembers: JSON documents by kind and id, in SQLite."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Doc = dict[str, Any]
_STEP = 100
_LAST = 2**62


def _value_of(name: str) -> str:
    return f"json_extract(body, '$.{name}')"


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
        self._db.execute("create index if not exists doc_order on doc (ns, kind, seq)")

    def index(self, name: str) -> None:
        """Let ``walk`` find documents by the value of ``name`` without reading the others."""
        self._db.execute(
            f"create index if not exists doc_{name} on doc (ns, kind, {_value_of(name)}, seq)"
        )

    def put(self, kind: str, id: str | int, doc: Doc) -> Doc:
        """Write a document; its place in ``all`` is that of its first writing."""
        with self.lock:
            self._db.execute(
                "insert into doc values (:ns, :kind, :id,"
                " (select coalesce(max(seq), 0) + 1 from doc where ns = :ns and kind = :kind), :body)"
                " on conflict (ns, kind, id) do update set body = excluded.body",
                {"ns": self._namespace, "kind": kind, "id": str(id), "body": json.dumps(doc)},
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

    def walk(
        self, kind: str, *, start: str | None = None, back: bool = True, **equal: str
    ) -> Iterator[Doc]:
        """The documents whose fields are ``equal``, newest first, or oldest first without ``back``.

        It begins beyond the document with the id ``start``, and reads no more than is asked for.
        Of several fields, name that first which the fewest share: its index is used.
        """
        # The plus keeps SQLite from taking the index of another field.
        fields = "".join(
            f" and {'+' if place else ''}{_value_of(name)} = ?" for place, name in enumerate(equal)
        )
        beyond, order = ("<", "desc") if back else (">", "asc")
        query = (
            f"select seq, body from doc where ns = ? and kind = ?{fields} and seq {beyond} ?"  # noqa: S608
            f" order by seq {order} limit {_STEP}"
        )
        at = self._place(kind, start) if start else _LAST if back else 0
        while True:
            with self.lock:
                found = self._db.execute(query, (self._namespace, kind, *equal.values(), at)).fetchall()
            for _, body in found:
                yield json.loads(body)
            if len(found) < _STEP:
                return
            at = found[-1][0]

    def _place(self, kind: str, id: str) -> int:
        """Raises KeyError for an id that isn't there."""
        with self.lock:
            row = self._db.execute(
                "select seq from doc where ns = ? and kind = ? and id = ?", (self._namespace, kind, id)
            ).fetchone()
        if row is None:
            raise KeyError(id)
        return int(row[0])

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

    def dump(self) -> list[tuple[str, str, int, str]]:
        """All that it holds: kind, id, place and JSON of each document; for ``load``."""
        with self.lock:
            query = "select kind, id, seq, body from doc where ns = ? order by kind, seq"
            return self._db.execute(query, (self._namespace,)).fetchall()

    def load(self, dumped: list[tuple[str, str, int, str]]) -> None:
        """Hold what was dumped, and nothing else."""
        with self.lock:
            self.clear()
            self._db.executemany(
                "insert into doc (ns, kind, id, seq, body) values (?, ?, ?, ?, ?)",
                [(self._namespace, *row) for row in dumped],
            )

    def close(self) -> None:
        with self.lock:
            self._db.close()
