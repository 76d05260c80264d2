"""One call of POST /score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launcher import local_http
from launcher.errors import LauncherError


def score(base_url: str, tenant: str, rows: Any) -> Mapping[str, Any]:
    """The answer to a list of rows, or to rows in any form of POST /score.

    An error names title and detail of the problem that the application reported.
    """
    try:
        body = {"tenant": tenant, **(rows if isinstance(rows, Mapping) else {"data": rows})}
        answer = local_http.call("POST", f"{base_url}/score", body, 40)
    except local_http.NoAnswerError as error:
        raise LauncherError(f"{error}. Is it up? ./many-models status") from None
    answered = answer.json()
    if answer.status == 200 and isinstance(answered, dict):
        return answered
    raise LauncherError(f"scoring {tenant} was answered {answer.status}: {explain(answered, answer.text)}")


def explain(problem: Any, text: str) -> str:
    """A problem JSON in one line, or the first of whatever text came instead."""
    if not isinstance(problem, dict):
        return " ".join(text.split())[:300]
    parts = [str(problem[name]) for name in ("title", "detail") if problem.get(name)]
    errors = [f"{e.get('pointer')}: {e.get('detail')}" for e in problem.get("errors") or () if isinstance(e, dict)]
    return "; ".join(parts + errors)
