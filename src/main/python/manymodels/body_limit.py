"""How long a body may be, and how much all bodies in a proxy may take."""

import time

HARD_MAX_BODY_BYTES = 64 * 1024 * 1024
"""The most that max_body_bytes of the Dispatcher's user_config may be (io.manymodels.config.DispatcherConfig)."""
MAX_BODIES_BYTES = 256 * 1024 * 1024
"""The most bytes of all bodies in progress in one proxy."""
LIMIT_AGE_SECONDS = 5.0
"""How long a limit that a Dispatcher told is used. Once it was raised, the old one refuses no bodies after this."""


class BodyLimit:
    """The longest body that is read: max_body_bytes of the Dispatcher, as its last answer told it.

    Only the Dispatcher knows its user_config. A limit that is unknown or old gives way to the hard one: a longer body
    then goes to the Dispatcher, which decides. One instance a proxy, on its event loop.
    """

    def __init__(self) -> None:
        self._bytes = HARD_MAX_BODY_BYTES
        self._until = 0.0
        self._under_way = 0

    def learn(self, told: int) -> None:
        """Take what an answer says; 0 is nothing."""
        if told:
            self._bytes = min(told, HARD_MAX_BODY_BYTES)
            self._until = time.monotonic() + LIMIT_AGE_SECONDS

    def bytes(self) -> int:
        return self._bytes if time.monotonic() < self._until else HARD_MAX_BODY_BYTES

    def reserve(self, size: int) -> bool:
        """Count bytes of a body; False, with none counted, when all bodies together have too many."""
        if self._under_way + size > MAX_BODIES_BYTES:
            return False
        self._under_way += size
        return True

    def release(self, size: int) -> None:
        self._under_way -= size
