"""Makes rayservice.yaml, the patch that gives the demo's tenants their places, of tenants.yaml and ../rayservice.yaml.

    .runtime/venv/bin/python deploy/demo/make.py

Kustomize cannot change a line in the text of serveConfigV2, only the whole text. Run this after a change of either
file; a test fails until then.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

_FOLDER = Path(__file__).resolve().parent
_HEAD = """# Made by make.py from ../rayservice.yaml and tenants.yaml: change those, and make it again.
apiVersion: ray.io/v1
kind: RayService
metadata:
  name: many-models
spec:
  serveConfigV2: |
"""
_NAME = re.compile(r"^ +- name: (\w+)$")
_USER_CONFIG = "user_config: {"


def patch(rayservice: str, tenants: str) -> str:
    """The text of the patch, from the texts of both files."""
    places = yaml.safe_load(tenants)
    serve_config: str = yaml.safe_load(rayservice)["spec"]["serveConfigV2"]
    lines = []
    tenant = None
    for line in serve_config.splitlines():
        name = _NAME.match(line)
        if name:
            tenant = places.pop(name[1], None)
        if tenant is not None and _USER_CONFIG in line:
            lines.append(line.replace(_USER_CONFIG, f"{_USER_CONFIG}tenant: {tenant}, "))
            tenant = None
        else:
            lines.append(line)
    if places:
        raise ValueError(f"no user_config in one line for {', '.join(places)}")
    return _HEAD + "".join(f"    {line}\n" for line in lines)


def main() -> None:
    made = patch((_FOLDER.parent / "rayservice.yaml").read_text(), (_FOLDER / "tenants.yaml").read_text())
    (_FOLDER / "rayservice.yaml").write_text(made)


if __name__ == "__main__":
    main()
