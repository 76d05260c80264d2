"""Makes the project's own Python environment and starts the launcher in it.

Runs on any Python 3.11 with nothing but the standard library. The environment lies in .runtime/venv and is brought up
to date only when a requirements file has changed since the last time. That of `models convert` is another one, made
likewise by the launcher.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

PROJECT = Path(__file__).resolve().parents[4]
RUNTIME_REQUIREMENTS = "requirements.txt"
TEST_REQUIREMENTS = "requirements-dev.txt"
CONVERT_REQUIREMENTS = "requirements-convert.txt"
_PROGRESS_INTERVAL_SECONDS = 1.0
_LOG_LINES_SHOWN = 15
_INTERRUPTED = 130
# A user's settings that would make pip install elsewhere; those of index and proxy are kept.
_PIP_DESTINATIONS = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_ROOT")


class BootstrapError(Exception):
    """Something the user has to put right; the text says what, in one line."""


def requirements_of(arguments: Sequence[str]) -> list[str]:
    """The requirements files that the command needs: `test` the test tools too, a bench of Python ONNX Runtime."""
    command, *others = [argument for argument in arguments if not argument.startswith("-")] or [""]
    more = command == "test" or (command == "bench" and "dataplane" in others)
    return [RUNTIME_REQUIREMENTS] + ([TEST_REQUIREMENTS] if more else [])


def ensure(project: Path, requirements: Sequence[str], name: str = "venv", *, compiled: bool = True) -> Path:
    """Brings .runtime/NAME up to date with the files and returns its interpreter. Two processes may call it.

    The files are paths in the project. Without `compiled` Python compiles a module when it is first imported: that is
    less work where most of a library is never imported.
    """
    venv = project / ".runtime" / name
    python = venv / "bin" / "python"
    venv.parent.mkdir(parents=True, exist_ok=True)
    if is_current(project, venv, requirements):
        return python
    with venv.with_name(f"{venv.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _works(python):
            _create(venv)
        for file in _missing(project, venv, requirements):
            _install(python, project / file, venv.parent / "pip.log", compiled)
            _stamp(venv, file).write_text(_digest(project / file))
    return python


def is_current(project: Path, venv: Path, requirements: Sequence[str]) -> bool:
    """Whether the environment is there, and as the files have it."""
    return (venv / "bin" / "python").exists() and not _missing(project, venv, requirements)


def _missing(project: Path, venv: Path, requirements: Sequence[str]) -> list[str]:
    return [name for name in requirements if not _is_current(_stamp(venv, name), project / name)]


def _is_current(stamp: Path, requirements: Path) -> bool:
    return stamp.is_file() and stamp.read_text() == _digest(requirements)


def _stamp(venv: Path, name: str) -> Path:
    return venv / f".installed-{Path(name).name}"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    return subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def _create(venv: Path) -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise BootstrapError(f"Python's module {module} is missing. Get it with: apt-get install python3.11-venv")
    command = [sys.executable, "-I", "-m", "venv", "--clear", str(venv)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise BootstrapError(f"cannot create {venv}: {' '.join((result.stdout + result.stderr).split())}")


def _install(python: Path, requirements: Path, log: Path, compiled: bool) -> None:
    command = [
        str(python),
        "-I",
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--no-input",
        "--disable-pip-version-check",
        *([] if compiled else ["--no-compile"]),
    ]
    environment = {name: value for name, value in os.environ.items() if name not in _PIP_DESTINATIONS}
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "-r", str(requirements)], stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            _show_progress(process, requirements.name, log)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if process.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:])
        raise BootstrapError(f"pip could not install {requirements.name}; the whole log is {log}\n{tail}")


def _show_progress(process: subprocess.Popen[bytes], name: str, log: Path) -> None:
    started = time.monotonic()
    ended = threading.Event()

    def wait() -> None:
        process.wait()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    terminal = sys.stderr.isatty()
    if not terminal:
        print(f"installing {name} into .runtime ...", file=sys.stderr, flush=True)
    while not ended.wait(_PROGRESS_INTERVAL_SECONDS):
        if terminal:
            seconds = int(time.monotonic() - started)
            print(
                f"\r\x1b[2Kinstalling {name}: {seconds} s  {_current_step(log)[:60]}",
                end="",
                file=sys.stderr,
                flush=True,
            )
    clear = "\r\x1b[2K" if terminal else ""
    outcome = "installed" if process.returncode == 0 else "could not install"
    print(f"{clear}{outcome} {name} in {time.monotonic() - started:.0f} s", file=sys.stderr)


def _current_step(log: Path) -> str:
    """The package that pip is busy with, from the last lines of its log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 2000))
        lines = file.read().decode(errors="replace").splitlines()
    steps = [line.strip() for line in lines if line.startswith(("Collecting ", "Installing collected "))]
    return steps[-1].split(":")[0].split(" (from")[0] if steps else ""


def main(arguments: Sequence[str]) -> NoReturn:
    try:
        python = ensure(PROJECT, requirements_of(arguments))
    except BootstrapError as error:
        print(f"many-models: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("many-models: interrupted", file=sys.stderr)
        sys.exit(_INTERRUPTED)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src" / "main" / "python")}
    os.execve(python, [str(python), "-s", "-P", "-X", "utf8", "-m", "launcher", *arguments], environment)


if __name__ == "__main__":
    main(sys.argv[1:])
