"""The route table as tests walk it: which addresses answer a GET with a page."""

from typing import Any


def pages(wsgi: Any) -> set[str]:
    """The names of the routes that show a page to whoever opens them."""
    found = set()
    for entry in wsgi.registry.introspector.get_category("views"):
        view = entry["introspectable"]
        methods = view["request_methods"] or ()
        asked = {methods} if isinstance(methods, str) else set(methods)
        has_template = any(one.category_name == "templates" for one in entry["related"])
        if view["route_name"] and has_template and "GET" in asked:
            found.add(view["route_name"])
    return found
