"""Errors that the launcher reports in one line instead of a stack trace."""

from __future__ import annotations


class LauncherError(Exception):
    """Something that the user can put right or has to know.

    The text says in one line what and, where it helps, how; lines of another program's log may follow.
    """


class BadInputError(LauncherError):
    """The user gave something that is not allowed, whatever the state of the machine: exit code 2."""
