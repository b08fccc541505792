"""Running a plugin's code beside the thread that asks for it, so that a plugin that hangs costs a wait
of known length and nothing more."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import TypeVar

from core.api.errors import NotSent
from core.api.text import _

R = TypeVar("R")


class Aside:
    """The threads of one plugin: at most ``most`` at once, those that hang among them."""

    def __init__(self, most: int = 4):
        self._room = threading.Semaphore(most)

    def run(self, function: Callable[[], R], seconds: float) -> R:
        """What ``function`` answers within ``seconds``, its error if it raises one.

        Raises TimeoutError where it takes longer, and NotSent where as many hang as may run. A thread
        can't be stopped: it ends by itself or with the process.
        """
        if not self._room.acquire(timeout=seconds):
            raise NotSent(_("The plugin is still busy with what it was asked before."))
        answers: list[R] = []
        errors: list[BaseException] = []
        ended = threading.Event()

        def work() -> None:
            try:
                answers.append(function())
            except BaseException as error:
                errors.append(error)
            finally:
                self._room.release()
                ended.set()

        threading.Thread(target=copy_context().run, args=[work], name="plugin", daemon=True).start()
        if not ended.wait(seconds):
            raise TimeoutError(f"no answer within {seconds:g} seconds")
        if errors:
            raise errors[0]
        return answers[0]
