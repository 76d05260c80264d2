"""Asks every call of /openapi.json with right and wrong requests, and holds the answers to the document."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import served_demo
import yaml

from launcher.project import Project

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
# 502: a model that cannot be loaded; 503 and 504: as a deadline of a millisecond asks for.
SETTINGS = '[checks.not_a_server_error]\nexpected-statuses = ["2xx", "4xx", 502, 503, 504]\n'
CASES_A_CALL = 25
SECONDS = 300


@pytest.mark.jar
def test_answers_are_as_the_document_says(repository: Path, tmp_path: Path) -> None:
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    with served_demo.in_one_process(Project(repository), tmp_path / "served") as served:
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"]
        options = ["--phases", "examples,coverage,fuzzing", "--max-examples", str(CASES_A_CALL), "--seed", "1"]
        done = subprocess.run(
            [
                *command,
                f"{served.base_url}/openapi.json",
                *("--url", served.base_url, "--checks", ",".join(CHECKS)),
                *("--header", f"Authorization: Bearer {served.admin_token}", "--no-color"),
                *options,
            ],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
        described = document(served.base_url)
    # All but the call that it has the document from.
    assert f"Tested: {len(calls(described)) - 1}\n" in done.stdout
    written = repository / "src" / "main" / "resources" / "openapi" / "openapi.yaml"
    assert described == yaml.safe_load(written.read_text(encoding="utf-8"))


def document(base_url: str) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{base_url}/openapi.json", timeout=60) as response:
        return json.load(response)


def calls(described: Any) -> list[tuple[str, str]]:
    return [(path, method) for path, item in described["paths"].items() for method in item]
