"""Help inside the app: the user guide of docs/guide, open to everybody and in the CRM's frame too."""

from pyramid.config import Configurator
from pyramid.static import static_view

from core.help.guide import FOLDER
from core.web.pages import PUBLIC

_YEAR = 365 * 24 * 3600  # seconds


def includeme(config: Configurator) -> None:
    """The pages, and their pictures under addresses that change with them."""
    config.add_route("help", "/help")
    config.add_route("help_image", "/help/images/*subpath")
    config.add_route("help_page", "/help/{page}")
    config.scan("core.help.views")
    config.add_view(
        static_view(str(FOLDER / "images"), use_subpath=True, cache_max_age=_YEAR),
        route_name="help_image",
        permission=PUBLIC,
        request_method="GET",
        require_csrf=False,
    )
