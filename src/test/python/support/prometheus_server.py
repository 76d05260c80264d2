"""A real Prometheus that scrapes what a test wants, once a second."""

from __future__ import annotations

import json
import subprocess
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from waiting import await_that

from launcher import local_http
from launcher.cluster import ports

JOB = "many-models"
_SECONDS = 30
_RETENTION = "1h"


@dataclass(frozen=True)
class Prometheus:
    """A server that is ready."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression has now. Raises AssertionError when it cannot be understood."""
        result: list[dict[str, Any]] = self._get(f"query?{urllib.parse.urlencode({'query': expression})}")["result"]
        return result

    def values(self, label: str, series: str) -> list[str]:
        """The values of a label, as a variable of Grafana asks for them."""
        found: list[str] = self._get(f"label/{label}/values?{urllib.parse.urlencode({'match[]': series})}")
        return found

    def firing(self) -> list[dict[str, Any]]:
        return [alert for alert in self._get("alerts")["alerts"] if alert["state"] == "firing"]

    def targets(self) -> list[dict[str, Any]]:
        targets: list[dict[str, Any]] = self._get("targets?state=active")["activeTargets"]
        return targets

    def rules(self) -> list[dict[str, Any]]:
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, what: str) -> Any:
        answer = local_http.call("GET", f"{self.url}/api/v1/{what}")
        body = answer.json()
        assert answer.status == 200, answer.text
        return body["data"]


def configuration(scrape: Path, targets: Sequence[str]) -> dict[str, Any]:
    """Our scrape.yaml with other targets, and everything each second."""
    found: dict[str, Any] = yaml.safe_load(scrape.read_text())
    (job,) = found["scrape_configs"]
    job |= {"scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": [{"targets": list(targets)}]}
    return found | {"global": {"evaluation_interval": "1s"}}


def impatient(alerts: Path) -> dict[str, Any]:
    """Our alerts, which fire as soon as their expressions say so, and whose shortest windows are of seconds."""
    found: dict[str, Any] = yaml.safe_load(alerts.read_text())
    for group in found["groups"]:
        for rule in group["rules"]:
            rule.pop("for", None)
            # What was counted before its cause is out of it soon.
            rule["expr"] = rule["expr"].replace("[2m]", "[8s]")
    return found


@contextmanager
def running(executable: Path, folder: Path, files: Mapping[str, Any]) -> Iterator[Prometheus]:
    """With these configuration files, of which prometheus.yml is the first to be read; ended with the body."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    port = ports.pick()
    options = {
        "config.file": folder / "prometheus.yml",
        "storage.tsdb.path": folder / "data",
        "storage.tsdb.retention.time": _RETENTION,
        "web.listen-address": f"127.0.0.1:{port}",
        "log.level": "warn",
    }
    url = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(executable), *(f"--{name}={value}" for name, value in options.items())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:

            def ready() -> bool:
                assert process.poll() is None, (folder / "log").read_text(errors="replace")
                return local_http.call("GET", f"{url}/-/ready").status == 200

            await_that("Prometheus is ready", ready, _SECONDS, (local_http.NoAnswerError,))
            yield Prometheus(url)
        finally:
            process.terminate()
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
