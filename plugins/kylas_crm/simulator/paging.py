"""The list envelope of the API: Spring's page, 0-based."""

from collections.abc import Sequence
from typing import Any

from webob import Request

from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals

#: Rows beyond this can't be reached by paging (seen by an integrator).
WINDOW = 10_000


def paged(request: Request, rows: Sequence[Doc], *, most: int = 200) -> Doc:
    """The page that the query of ``request`` asks for, at most ``most`` rows long."""
    number = _number(request, "page", 0)
    size = max(1, min(most, _number(request, "size", 10)))
    total = len(rows)
    pages = -(-total // size)
    content = list(rows[number * size : (number + 1) * size]) if number * size < WINDOW else []
    return {
        "content": content,
        "totalElements": total,
        "totalPages": pages,
        "number": number,
        "size": size,
        "numberOfElements": len(content),
        "first": number == 0,
        "last": number + 1 >= pages,
        "sort": _sort_words(request),
    }


def sliced(request: Request, rows: Sequence[Doc]) -> list[Doc]:
    """The rows of that page without the envelope, as a few lists come."""
    content: list[Doc] = paged(request, rows)["content"]
    return content


def ordered(request: Request, rows: Sequence[Doc], default: str = "updatedAt,desc") -> list[Doc]:
    """``rows`` in the order of the query's ``sort``."""
    field, _, direction = request.GET.get("sort", default).partition(",")
    return sorted(rows, key=lambda row: _rank(row.get(field)), reverse=direction.lower() == "desc")


def _rank(value: Any) -> tuple[int, Any]:
    """A key that numbers, texts, references and nothing at all can share."""
    if isinstance(value, dict):
        value = value.get("name", value.get("value"))
    if value is None:
        return 0, 0
    return (1, value) if isinstance(value, int | float) else (2, str(value).casefold())


def _number(request: Request, name: str, default: int) -> int:
    text = request.GET.get(name, str(default))
    if not text.isdecimal():
        raise refusals.invalid(f"Invalid {name}")
    return int(text)


def _sort_words(request: Request) -> list[Doc]:
    if "sort" not in request.GET:
        return []
    field, _, direction = request.GET["sort"].partition(",")
    descending = direction.lower() == "desc"
    return [
        {
            "direction": "DESC" if descending else "ASC",
            "property": field,
            "ignoreCase": False,
            "nullHandling": "NATIVE",
            "descending": descending,
            "ascending": not descending,
        }
    ]
