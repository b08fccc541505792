"""All that a plugin may import.

Import the names from their modules, for example ``from core.api.money import Money``.
A plugin that needs more than this package offers has found a gap in it.
"""

#: The version of this package. A plugin's manifest names the version it was written for:
#: the same major, and a minor that isn't above this one.
API_VERSION = "1.4"
