"""The Python that reads models for `models convert`: the user's own, or one that is installed for it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from converter import recognising
from launcher import bootstrap
from launcher.cluster import environment
from launcher.console import say
from launcher.errors import BadInputError, LauncherError
from launcher.project import Project

# Without one of these nothing is converted; of others each model tells which it needs.
_MODULES = ("numpy", "pandas", "onnx", "onnxruntime")
_OFTEN_OF_SKLEARN = frozenset({recognising.PICKLE, recognising.JOBLIB, recognising.SKOPS})
# The jobs share the machine's cores: each library would take all of them.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")


def environment_of(user: Mapping[str, str]) -> dict[str, str]:
    """The user's environment without what other Pythons and this application are set by, tokens among them."""
    kept = {name: value for name, value in environment.without_foreign(user).items() if "MANY_MODELS" not in name}
    return kept | dict.fromkeys(_ONE_THREAD, "1")


def choose(project: Project, named: str | None, user: Mapping[str, str], formats: Set[str]) -> Path:
    """The Python that the user names, else the active one if it has what is needed, else our own, installed now."""
    needed = (*_MODULES, "skl2onnx") if formats & _OFTEN_OF_SKLEARN else _MODULES
    if named is not None:
        found = shutil.which(named)
        if found is None:
            raise BadInputError(f"--python {named}: there is no such program")
        missing = missing_modules(Path(found), needed)
        if missing:
            raise BadInputError(f"{named} lacks {missing}; install it: {named} -m pip install {missing}")
        return Path(found)
    active = user.get("VIRTUAL_ENV")
    if active:
        python = Path(active) / "bin" / "python"
        missing = missing_modules(python, needed)
        if not missing:
            return python
        say(f"the active environment lacks {missing}, so the models are read by our own (--python names another)")
    if formats == {recognising.TORCH}:
        raise BadInputError("PyTorch is too large for our own environment; --python names a Python that has it")
    return our_own(project)


def our_own(project: Project) -> Path:
    """The Python of .runtime/convert, installed if it is not yet. Raises LauncherError."""
    try:
        return bootstrap.ensure(project.root, [bootstrap.CONVERT_REQUIREMENTS], "convert")
    except bootstrap.BootstrapError as error:
        raise LauncherError(str(error)) from None


def missing_modules(python: Path, modules: Sequence[str]) -> str:
    """Those that the Python has not, with blanks between them; raises BadInputError when it does not run."""
    text = f"import importlib.util as u; print(*(m for m in {tuple(modules)!r} if u.find_spec(m) is None))"
    try:
        result = subprocess.run([python, "-c", text], capture_output=True, text=True, check=False)
    except OSError as error:
        raise BadInputError(f"{python} cannot be started: {error.strerror}") from None
    if result.returncode != 0:
        raise BadInputError(f"{python} is not a Python that works: {' '.join(result.stderr.split()[-20:])}")
    return result.stdout.strip()
