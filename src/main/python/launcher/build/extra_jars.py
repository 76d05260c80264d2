"""Jars of the user, such as loaders of model formats, beside ours on the class path of Ray's Java workers."""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from launcher.errors import LauncherError
from launcher.project import Project

# Absolute paths or paths from the current folder, separated by colons.
VARIABLE = "MANY_MODELS_EXTRA_JARS"
# Tells their copies from Ray's own jars.
_PREFIX = "many-models-extra-"


def named(user: Mapping[str, str]) -> list[Path]:
    """The jars that the user's environment names; each must be there, and no two may have the same file name."""
    jars = [Path(text) for text in user.get(VARIABLE, "").split(os.pathsep) if text]
    for jar in jars:
        if not jar.is_file() or not zipfile.is_zipfile(jar) or jar.suffix != ".jar":
            raise LauncherError(f"{VARIABLE} names {jar}, which is not a jar")
    names = [jar.name for jar in jars]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LauncherError(f"{VARIABLE} names two jars {', '.join(twice)}; give them names of their own")
    return jars


def digest(jars: list[Path]) -> str:
    """Changes when a running cluster has to be restarted to see the jars; empty without any."""
    sums = sorted(f"{jar.name} {hashlib.sha256(jar.read_bytes()).hexdigest()}" for jar in jars)
    return hashlib.sha256("\n".join(sums).encode()).hexdigest() if sums else ""


def give_to_ray(project: Project, jars: list[Path]) -> None:
    """Puts these jars on the class path, and takes off those of an earlier time.

    Running JVMs keep the files that they have opened.
    """
    wanted = {f"{_PREFIX}{jar.name}": jar for jar in jars}
    for old in project.ray_jars.glob(f"{_PREFIX}*"):
        if old.name not in wanted:
            old.unlink()
    for name, jar in wanted.items():
        target = project.ray_jars / name
        if not target.is_file() or not filecmp.cmp(jar, target, shallow=False):
            fresh = target.with_suffix(".new")
            shutil.copyfile(jar, fresh)
            fresh.replace(target)
