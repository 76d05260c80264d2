"""Programs in a root of their own: a folder with the system of this machine in it, read-only, and process ids from 1.

Who has no rights over the machine has them in namespaces, where these are allowed.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from launcher import testing

_SYSTEM = ("bin", "etc", "lib", "lib64", "sbin", "usr")
_SECONDS = 60
_ENTER = """
set -eu
cd "$ROOT"
mount --bind . .
cd "$ROOT"
mkdir -p proc dev tmp
mount -t proc proc proc
for each in null zero random urandom; do
  : >"dev/$each"
  mount --bind "/dev/$each" "dev/$each"
done
ln -sfn /proc/self/fd/0 dev/stdin
for each in $SYSTEM; do
  if [ -L "/$each" ]; then
    [ -L "$each" ] || cp -P "/$each" .
  elif [ "$each" = "$CHANGED" ]; then
    mkdir -p "$each" changes
    mount -t tmpfs tmpfs changes
    mkdir changes/upper changes/work
    mount -t overlay -o "lowerdir=/$each,upperdir=$ROOT/changes/upper,workdir=$ROOT/changes/work" overlay "$each"
  else
    mkdir -p "$each"
    mount --rbind "/$each" "$each"
    # Without rights over the machine nothing can be written there anyway.
    mount -o remount,ro,bind "$each" 2>/dev/null || [ -z "$IS_ROOT" ]
  fi
done
if [ -n "$VOLUMES" ]; then
  for each in $VOLUMES; do
    mount -t tmpfs -o size=64m,noexec,mode=1777 tmpfs "./$each"
  done
  mount -o remount,ro,bind .
fi
exec chroot . /bin/sh -c 'cd "$FOLDER"; unset ROOT FOLDER SYSTEM CHANGED IS_ROOT VOLUMES; exec "$@"' sh "$@"
"""

IS_ROOT = os.geteuid() == 0
UNSHARED = (
    "unshare",
    *(() if IS_ROOT else ("--user", "--map-root-user")),
    *("--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"),
)


def entered(command: Sequence[str], user: str = "") -> list[str]:
    """The command line, to be run by UNSHARED, that becomes the command in the root that `around` names.

    user: `UID:GID`. Without rights over the machine there is one user in the namespace, who counts as root.
    """
    uid, _, gid = user.partition(":")
    change = ["setpriv", "--reuid", uid, "--regid", gid, "--clear-groups"] if user and IS_ROOT else []
    return ["/bin/sh", "-c", _ENTER, "sh", *change, *command]


def around(root: Path, folder: str = "/", volumes: Sequence[str] = (), changed: str = "") -> dict[str, str]:
    """The environment for that.

    volumes: folders in memory; with any, all else is read-only. changed: a folder of the system that may be written to,
    which changes nothing outside.
    """
    return {
        "ROOT": str(root),
        "FOLDER": folder,
        "SYSTEM": " ".join(_SYSTEM),
        "CHANGED": changed,
        "IS_ROOT": "yes" if IS_ROOT else "",
        "VOLUMES": " ".join(each.lstrip("/") for each in volumes),
    }


def require(folder: Path, changed: str = "") -> None:
    """Skips the test, or fails it where everything has to be tested, when this machine does not allow it."""
    folder.mkdir(exist_ok=True)
    command = [*UNSHARED, *entered(["true"])]
    variables = os.environ | around(folder, changed=changed)
    result = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=_SECONDS)
    if result.returncode != 0:
        reason = f"no namespaces for this user; as root there are ({result.stderr.strip()})"
        if os.environ.get(testing.REQUIRE_BACKENDS):
            pytest.fail(reason)
        pytest.skip(reason)
