"""The application as the clients' libraries reach it, and calls by these libraries, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import onnx
import pytest
from served_demo import Served

from launcher import clients, testing
from launcher.one_process import java_line
from launcher.project import Project
from measuring import corpus
from measuring.corpus import Case

SCRIPTS = Path(__file__).with_name("scripts")
PREFIX = "clients-"
"""Of the models that these tests publish."""
_SECONDS = 300
# With the last one the library would be compiled anew in each run.
_NOT_PASSED_ON = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")

Call = dict[str, Any]


@dataclass(frozen=True)
class Doors:
    """A running application with the demo's models, those of the corpus, and `made` ones. `grpc` is host:port."""

    project: Project
    served: Served
    grpc: str

    @property
    def http(self) -> str:
        return urlsplit(self.served.base_url).netloc

    def ask(self, library: str, calls: Mapping[str, Call], script: str = "") -> dict[str, Any]:
        """The answers to calls, by their keys; the script, that of the library, says what a call is and an answer."""
        job = {"http": self.http, "grpc": self.grpc, "calls": list(calls.values())}
        said = self.run(library, str(SCRIPTS / f"call_{script or library}.py"), standard_input=json.dumps(job))
        return dict(zip(calls, json.loads(said), strict=True))

    def ask_parts(self, library: str, parts: Mapping[str, Mapping[str, Call]]) -> dict[str, Any]:
        """As `ask`, for the calls of several parts; a key is `part key`."""
        calls = {f"{part} {key}": call for part, those in parts.items() for key, call in those.items()}
        return self.ask(library, calls)

    def run(self, library: str, *words: str, standard_input: str = "") -> str:
        """What a program says that the library's Python runs."""
        if not clients.is_installed(self.project, library):
            reason = f"the Python of {library} is not installed; ./many-models test does it"
            if os.environ.get(testing.REQUIRE_BACKENDS):
                pytest.fail(reason)
            pytest.skip(reason)
        kept = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
        done = subprocess.run(
            [clients.python(self.project, library), "-s", *words],
            input=standard_input,
            env=kept | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def publish(self, models: Iterable[str], made: Mapping[str, onnx.ModelProto], folder: Path) -> None:
        """Publishes models of the corpus and made ones as a user does, each under its name after `PREFIX`."""
        for name in models:
            version = folder / f"{PREFIX}{name}" / "1"
            version.mkdir(parents=True)
            for file in (self.project.root / corpus.FOLDER / name).glob("model.onnx*"):
                shutil.copy(file, version)
        for name, model in made.items():
            version = folder / f"{PREFIX}{name}" / "1"
            version.mkdir(parents=True)
            onnx.save_model(model, version / "model.onnx")
        words = ["models", "publish", "--dir", str(folder), "--registry", str(self.served.registry), "--no-wait"]
        done = subprocess.run(
            [*java_line(self.project), *words], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]

    def wrong(self, case: Case, rows: Sequence[int], outputs: Mapping[str, Any]) -> list[str]:
        """The outputs that are not as the library has them that trained the model."""
        return case.differences(rows, {name: self._by_class(case, name, value) for name, value in outputs.items()})

    def _by_class(self, case: Case, output: str, value: Any) -> Any:
        """Maps come as one column a class; the signature says which."""
        expected = case.said["expected"].get(output)
        if not isinstance(expected, list) or not isinstance(expected[0], dict):
            return value
        classes = self.signatures[case.name][output]
        return [dict(zip(map(str, classes), row, strict=True)) for row in value]

    @cached_property
    def signatures(self) -> Mapping[str, Mapping[str, Any]]:
        """The classes of each output, by model of the corpus."""
        return _Signatures(self.served)


class _Signatures(dict[str, Mapping[str, Any]]):
    """Asks for each once."""

    def __init__(self, served: Served) -> None:
        super().__init__()
        self._served = served

    def __missing__(self, name: str) -> Mapping[str, Any]:
        said = self._served.call(f"/models/{PREFIX}{name}")
        self[name] = {output["name"]: output["classes"] for output in said["outputs"]}
        return self[name]
