"""What the modules of the live page compute, by Node.js; in a browser they are tested by test_console.py."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from launcher import testing


def test_modules_of_the_page(repository: Path, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        if os.environ.get(testing.REQUIRE_BACKENDS):
            pytest.fail("no node on PATH")
        pytest.skip("no node on PATH")
    shutil.copytree(repository / "src" / "main" / "resources" / "console", tmp_path / "console")
    shutil.copy(repository / "src" / "test" / "node" / "console.test.js", tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    ran = subprocess.run(
        [node, "--test", str(tmp_path / "console.test.js")],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    assert "# pass 0" not in ran.stdout
