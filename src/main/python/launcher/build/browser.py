"""Chromium, in which the tests look at the live page.

The one on PATH, else the distribution's, unpacked in .runtime/backends: nothing is installed in the system.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from launcher.build import backends
from launcher.console import step
from launcher.errors import LauncherError
from launcher.project import Project

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_GET = "Get Chromium on PATH (Debian: apt-get install chromium)"
_WRAPPER = """#!/bin/sh
here=$(cd -- "$(dirname -- "$0")" && pwd)
export FONTCONFIG_FILE="$here/fonts.conf"
LD_LIBRARY_PATH={libraries} exec "$here/usr/lib/chromium/chromium" "$@"
"""
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <alias><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <cachedir prefix="relative">fonts.cache</cachedir>
</fontconfig>
"""


def find(project: Project) -> Path | None:
    """The one that is there already."""
    on_path = next((path for path in map(shutil.which, _NAMES) if path), None)
    if on_path:
        return Path(on_path)
    return _unpacked(project) if os.access(_unpacked(project), os.X_OK) else None


def provide(project: Project) -> Path:
    """Gets it if it is not there yet. Raises LauncherError that says in one line what is missing."""
    there = find(project)
    if there:
        return there
    with step("providing Chromium", "provided Chromium"):
        _fetch(_unpacked(project).parent, project.runtime / "chromium.log")
    return _unpacked(project)


def _unpacked(project: Project) -> Path:
    return project.runtime / "backends" / "chromium" / "run-chromium"


def _fetch(folder: Path, log: Path) -> None:
    fresh = folder.with_name("chromium.new")
    backends.unpack(["chromium"], fresh, log, _GET)
    if not (fresh / "usr" / "lib" / "chromium" / "chromium").is_file():
        raise LauncherError(f"the chromium of this distribution is something else. {_GET}")
    libraries = sorted({str(file.parent.relative_to(fresh)) for file in fresh.rglob("*.so*")})
    (fresh / "fonts.conf").write_text(_FONTS)
    wrapper = fresh / "run-chromium"
    wrapper.write_text(_WRAPPER.format(libraries=":".join(f'"$here/{each}"' for each in libraries)))
    wrapper.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
