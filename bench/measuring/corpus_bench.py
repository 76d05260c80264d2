"""Which share of the models that people make is served in full: published, and right in every form and output."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher import local_http
from launcher.one_process import java_line, prepare
from launcher.project import Project
from measuring import corpus, one_process
from measuring.corpus import Case

_PUBLISH_SECONDS = 300.0


@dataclass(frozen=True)
class Result:
    """requests: how many were answered. not_full: by model, why it is not served in full."""

    models: int
    loadable: int
    requests: int
    not_full: Mapping[str, str]


def run(project: Project) -> Result:
    """Publishes the corpus as a folder is published, and asks one process for all of it."""
    prepare(project)
    found = corpus.cases(project.root)
    with one_process.folder() as files:
        refused = _publish(project, found, files)
        not_full = dict(refused)
        requests = 0
        with one_process.serving(project, files / "registry", None) as process:
            for case in found:
                if case.name not in refused:
                    asked, fault = _fault(process.serve.url, case)
                    requests += asked
                    if fault:
                        not_full[case.name] = fault
    return Result(len(found), len(found) - len(refused), requests, not_full)


def _publish(project: Project, found: list[Case], files: Path) -> dict[str, str]:
    """The models that were refused, with the reason."""
    for case in found:
        version = files / "models" / case.name / "1"
        version.mkdir(parents=True)
        for file in case.folder.glob("model.onnx*"):
            shutil.copy(file, version)
    options = ["models", "publish", "--dir", str(files / "models"), "--registry", str(files / "registry"), "--no-wait"]
    done = subprocess.run(
        [*java_line(project), *options], capture_output=True, text=True, timeout=_PUBLISH_SECONDS, check=False
    )
    refused = {}
    for line in done.stderr.splitlines():
        if line.startswith("failed: "):
            name, _, reason = line.removeprefix("failed: ").partition("/1: ")
            refused[name] = "refused by `publish`: " + reason.partition(" (nothing was published")[0]
    return refused


def _fault(url: str, case: Case) -> tuple[int, str]:
    """How many requests were made, and what is wrong with the first bad answer; empty when all are right."""
    asked = 0
    for form, write in corpus.FORMS.items():
        for rows in case.questions():
            body: dict[str, Any] = {"tenant": case.name, "outputs": "all", **write(case, rows)}
            answer = local_http.call("POST", f"{url}/score", body, 40)
            asked += 1
            if answer.status != 200:
                return asked, f"{form}: {answer.status} {answer.json().get('detail')}"
            wrong = case.differences(rows, answer.json()["outputs"])
            if wrong:
                return asked, f"{form}: other than the library: {', '.join(wrong)}"
    return asked, ""


def text(result: Result, about: str) -> str:
    """The section of RESULTS.md."""
    full = result.models - len(result.not_full)
    share = full / result.models
    lines = [
        "## Models",
        "",
        about,
        "",
        f"- the corpus of src/test/resources/corpus: {result.models} models as people make them, each asked for all its"
        f" rows at once and one by one, for all outputs, in {len(corpus.FORMS)} forms of POST /score;"
        f" {result.requests} requests to one process",
        f"- **served in full: {full} of {result.models}, {share:.0%}**; of the {result.loadable} that can be loaded"
        f" {full / max(1, result.loadable):.1%}",
        "",
        "| not served in full | why |",
        "| --- | --- |",
        *(f"| `{name}` | {reason} |" for name, reason in sorted(result.not_full.items())),
    ]
    return "\n".join(lines)
