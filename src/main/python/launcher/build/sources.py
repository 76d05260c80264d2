"""Whether something was changed since it was built or started."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

# What the application jar is made of.
JAR_INPUTS = ("pom.xml", ".mvn/jvm.config", "requirements.txt", "src/main/java", "src/main/resources")
# What a running cluster has loaded.
CODE = (*JAR_INPUTS, "src/main/python/manymodels")
_NOT_SOURCE = frozenset({"__pycache__", ".DS_Store"})


def digest(root: Path, inputs: Iterable[str]) -> str:
    """Changes with any name or content of the files in the inputs: files or folders, a missing one counts as empty."""
    sha = hashlib.sha256()
    for file in _files(root, inputs):
        content = file.read_bytes()
        sha.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        sha.update(content)
    return sha.hexdigest()


def _files(root: Path, inputs: Iterable[str]) -> Iterator[Path]:
    for name in sorted(inputs):
        path = root / name
        if path.is_file():
            yield path
        else:
            yield from sorted(f for f in path.rglob("*") if f.is_file() and _NOT_SOURCE.isdisjoint(f.parts))
