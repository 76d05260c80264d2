"""Parts that all patches share: the version guard, the off switch, and a replacement that happens once."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import ray

TESTED_RAY_VERSION = "2.60.0"
"""The only Ray version that the patches were tested on; requirements.txt pins the same one."""

OFF_VARIABLE = "MANY_MODELS_BRIDGE_OFF"
"""Comma list of patches to leave out, for the tests that ask whether Ray still needs them."""

PATCH_NAMES = (
    "p1",
    "p2",
    "p3",
    "p4a",
    "p4b",
    "p4c",
    "p4d",
    "p4e",
    "p5",
    "p6a",
    "p6b",
    "p7a",
    "p7b",
    "p7c",
    "p7d",
    "p7e",
    "p7f",
)

Patch = Callable[[], None]

_MARK = "__many_models_patch__"


def require_tested_ray() -> None:
    """Refuse every other Ray: the patches replace private functions and are right for one version only."""
    if ray.__version__ != TESTED_RAY_VERSION:
        raise RuntimeError(
            f"manymodels.ray_java_compat was tested on Ray {TESTED_RAY_VERSION}, this is Ray {ray.__version__}: "
            f"install ray[serve]=={TESTED_RAY_VERSION}, or re-check every patch before raising the version"
        )


def switched_off() -> frozenset[str]:
    """The patches named in MANY_MODELS_BRIDGE_OFF; a name that is no patch is an error."""
    names = frozenset(name for part in os.environ.get(OFF_VARIABLE, "").split(",") if (name := part.strip()))
    unknown = sorted(names - set(PATCH_NAMES))
    if unknown:
        raise ValueError(f"{OFF_VARIABLE} names no patch: {', '.join(unknown)}; patches are {', '.join(PATCH_NAMES)}")
    return names


def apply(patches: Iterable[Patch]) -> None:
    """Apply each patch that is not switched off. The part of its name before the first `_` is the patch's name."""
    off = switched_off()
    for patch in patches:
        if patch.__name__.partition("_")[0] not in off:
            patch()


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(original)` in the place of `owner.name`, unless an earlier call with the same `make` did."""
    original = getattr(owner, name)
    made: frozenset[str] = getattr(original, _MARK, frozenset())
    if make.__qualname__ not in made:
        replacement = make(original)
        setattr(replacement, _MARK, made | {make.__qualname__})
        setattr(owner, name, replacement)
