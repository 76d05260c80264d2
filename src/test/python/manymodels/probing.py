"""What all probes share."""

from typing import Any


class WrongError(Exception):
    """Ray answered, but not what the probe expects; never an AssertionError of Ray's own."""


def expect(actual: Any, expected: Any) -> None:
    if actual != expected:
        raise WrongError(f"expected {expected!r}, got {actual!r}")
