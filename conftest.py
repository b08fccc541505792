"""For all tests, those of the plugins included."""

from core.testing.chromium import chromium

__all__ = ["chromium"]
