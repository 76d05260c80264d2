"""The environment variables that the application knows, as `up` and check-config hold users to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launcher.errors import BadInputError


def unknown(names: Mapping[str, Any]) -> dict[str, str | None]:
    """Variables that look like ours and that nothing reads, each with the one that was probably meant."""
    # Not at the top: most commands do without the package that Ray runs.
    from manymodels import variables

    return variables.unknown(names)


def complaint(name: str, nearest: str | None) -> str:
    meant = f"; did you mean {nearest}?" if nearest else ""
    return f"{name}: nothing reads this variable{meant} (see docs/reference.md)"


def require_autoscaling(variables: Mapping[str, str]) -> None:
    """Raises BadInputError unless Serve's controller would take what the variables say of scaling."""
    # Not at the top: most commands do without the package that Ray runs.
    from manymodels import autoscaling

    try:
        autoscaling.settings(variables)
    except ValueError as error:
        raise BadInputError(str(error)) from error
