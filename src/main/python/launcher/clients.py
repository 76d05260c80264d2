"""The libraries that call the application in tests as people's programs do, each in a Python of its own.

They cannot share one: three of them register the same protobuf package, and their pins exclude each other.
"""

from __future__ import annotations

from pathlib import Path

from launcher import bootstrap
from launcher.errors import LauncherError
from launcher.project import Project

NAMES = ("kserve", "mlflow", "mlserver", "tritonclient")
_REQUIREMENTS = Path("src/test/python/clients/requirements")


def requirements(name: str) -> str:
    """The file that pins the library, as a path in the project."""
    return str(_REQUIREMENTS / f"{name}.txt")


def python(project: Project, name: str) -> Path:
    """The Python that has the library, whether it is there yet or not."""
    return project.runtime / "clients" / name / "bin" / "python"


def is_installed(project: Project, name: str) -> bool:
    return bootstrap.is_current(project.root, python(project, name).parents[1], [requirements(name)])


def install(project: Project) -> None:
    """Brings all of them up to date. Raises LauncherError."""
    for name in NAMES:
        try:
            bootstrap.ensure(project.root, [requirements(name)], f"clients/{name}", compiled=False)
        except bootstrap.BootstrapError as error:
            raise LauncherError(str(error)) from None
