"""Linters of what is not Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def assert_nothing_found(linter: str, repository: Path, *arguments: str) -> None:
    """Runs a linter that the virtual environment has, from the root of the source tree."""
    program = Path(sys.executable).with_name(linter)
    result = subprocess.run([str(program), *arguments], cwd=repository, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def assert_shellcheck_finds_nothing(repository: Path, file: str) -> None:
    """In a file and in those that it sources."""
    options = ("--external-sources", "--check-sourced", "--enable=quote-safe-variables")
    assert_nothing_found("shellcheck", repository, *options, file)
