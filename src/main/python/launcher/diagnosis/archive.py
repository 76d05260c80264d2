"""The zip file: texts without secrets, bounded in number and size."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from launcher.diagnosis.redaction import Redaction

MAX_TEXT_BYTES = 8 << 20
MAX_LOG_BYTES = 2 << 20
MAX_LOGS_BYTES = 64 << 20


class Archive:
    """Collects parts. One that cannot be had is noted, and the others are collected all the same. Not thread-safe."""

    def __init__(self, file: Path, redaction: Redaction) -> None:
        self.missing: list[str] = []
        self._redaction = redaction
        self._logs_bytes = 0
        # Of the user only: what is left may still be nobody else's business.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._out = os.fdopen(descriptor, "wb")
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED)

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
        self._out.close()

    def add(self, name: str, make: Callable[[], object]) -> None:
        """Adds what `make` returns: a text as it is, anything else as JSON."""
        try:
            made = make()
        except Exception as error:
            self.missing.append(f"{name}: {self._redaction(f'{type(error).__name__}: {error}')}")
            return
        self._write(name, made if isinstance(made, str) else json.dumps(made, indent=2, default=str))

    def add_log(self, name: str, file: Path) -> None:
        """Adds the end of a file, while there is room for more."""
        if self._logs_bytes >= MAX_LOGS_BYTES:
            self.missing.append(f"{name}: there are too many logs")
            return
        self.add(name, lambda: self._tail(file))

    def _tail(self, file: Path) -> str:
        with file.open("rb") as content:
            size = content.seek(0, os.SEEK_END)
            content.seek(max(0, size - MAX_LOG_BYTES))
            text = content.read(MAX_LOG_BYTES).decode(errors="replace")
        self._logs_bytes += min(size, MAX_LOG_BYTES)
        # A line that begins in the middle may begin in the middle of a secret.
        return text.partition("\n")[2] if size > MAX_LOG_BYTES else text

    def _write(self, name: str, text: str) -> None:
        if len(text) > MAX_TEXT_BYTES:
            self.missing.append(f"{name}: only the first {MAX_TEXT_BYTES} characters")
            text = text[:MAX_TEXT_BYTES]
        self._zip.writestr(name, self._redaction(text))
