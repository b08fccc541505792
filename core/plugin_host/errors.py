"""Why a plugin isn't loaded."""


class PluginRefused(Exception):
    """The host won't load a plugin. The message is one line: what is wrong, and its cure."""


class Waits(PluginRefused):
    """A plugin that joins others isn't active yet, and that is as it should be."""


def one_line(error: BaseException) -> str:
    """An error as a person reads it in a table: its class and its message, on one line."""
    if isinstance(error, PluginRefused):
        return str(error)
    try:
        text = str(error)
    except Exception:
        text = "(its message can't be read)"
    line = " ".join(f"{type(error).__name__}: {text}".split())
    return line.removesuffix(":")[:500]
