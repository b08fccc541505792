"""The pages of the guide."""

from typing import Any

from pyramid.request import Request

from core.help import guide
from core.web.pages import PUBLIC, page


@page("help", "help/page.jinja2", permission=PUBLIC)
def first(request: Request) -> dict[str, Any]:
    """What the guide has."""
    return _shown(guide.book().first)


@page("help_page", "help/page.jinja2", permission=PUBLIC)
def one(request: Request) -> dict[str, Any]:
    """A page, or the list of those that there are."""
    found = guide.page(request.matchdict["page"])
    if found is None:
        request.response.status_int = 404
        request.override_renderer = "help/missing.jinja2"
        return {"chapters": guide.book().chapters}
    return _shown(found)


def _shown(page: guide.Page) -> dict[str, Any]:
    book = guide.book()
    return {"page": page, "chapters": book.chapters, "after": book.after(page.name)}
