"""Where the application is, and what a command shows it of the user: for commands that ask whatever serves."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from pathlib import Path

from launcher import models
from launcher.cluster.instance import DEFAULT_NAME, Instance
from launcher.errors import BadInputError, LauncherError

SERVE_URL = "http://127.0.0.1:8080"
"""Where `serve` is by default."""
_URL = "MANY_MODELS_URL"


def credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """The header with the token or key of an operator, if the environment has one."""
    token = environment.get("MANY_MODELS_ADMIN_TOKEN", "").strip()
    file = environment.get("MANY_MODELS_ADMIN_TOKEN_FILE", "").strip()
    if not token and file:
        token = Path(file).read_text(encoding="utf-8").strip()
    return {"Authorization": f"Bearer {token}"} if token else {}


def address(instance: Instance, url: str | None, environment: Mapping[str, str]) -> str:
    """The URL that the user named, else that of the instance if it runs, else that of `serve`."""
    named = url or environment.get(_URL, "").strip()
    found = named or models.address(instance).get(_URL, "")
    if not found:
        if instance.name != DEFAULT_NAME:
            raise LauncherError(f"instance {instance.name} is not running. Start it with: {instance.command('up')}")
        return SERVE_URL
    if urllib.parse.urlsplit(found).scheme not in ("http", "https"):
        raise BadInputError(f"{found} is no http or https URL")
    return found.rstrip("/")
