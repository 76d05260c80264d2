"""`models convert`: makes ONNX of other libraries' models, in a Python that has those libraries."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from converter import recognising
from converter.recognising import Found
from launcher import converter_python
from launcher.console import errors, say, warn
from launcher.errors import BadInputError, LauncherError
from launcher.project import Project

_LOG_LINES_SHOWN = 5
_FAILURES_SHOWN = 20
_GENERIC_NAMES = frozenset({"model", "artifacts"})


@dataclass(frozen=True)
class Request:
    """What the user asks for."""

    source: Path
    out: Path
    example: Path | None
    python: str | None
    workers: int
    limit_seconds: float


@click.command("models convert", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("converted"),
    show_default=True,
    metavar="FOLDER",
    help="Where <name>.onnx and <name>.example.json are written, as `models publish --dir` takes them.",
)
@click.option(
    "--example",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Rows to compare on, as JSON in a form of a request: of FILE. Those of a FOLDER lie in it as"
    " <name>.example.json.",
)
@click.option(
    "--python",
    metavar="PYTHON",
    help="The Python, 3.10 or newer, that has the model's libraries. Default: that of $VIRTUAL_ENV, if it has what is"
    " needed, else one of our own in .runtime/convert, which is installed at first use (1 GB).",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=os.cpu_count() or 1,
    metavar="N",
    help="How many models at once (default: one for each core).",
)
@click.option(
    "--timeout-s",
    type=click.FloatRange(1, 86_400),
    default=600.0,
    show_default=True,
    metavar="S",
    help="How long one model may take.",
)
def convert_command(
    source: Path, out: Path, example: Path | None, python: str | None, workers: int, timeout_s: float
) -> None:
    """Make ONNX of models of scikit-learn, LightGBM, XGBoost, CatBoost, PyTorch and MLflow, and compare the answers.

    Reading a pickle, a joblib file, a PyTorch file or an MLflow folder runs code of whoever made it: convert only
    what you trust. It runs in processes of its own, never in one that serves. A model whose ONNX answers otherwise
    than the original is refused. Exit code 1: some models of a FOLDER failed; 2: FILE cannot be converted.
    """
    convert(Project.here(), Request(source, out, example, python, workers, timeout_s), os.environ)


def run(arguments: Sequence[str]) -> None:
    """As a command of its own, since all other arguments of `models` are the JVM's business."""
    convert_command.main(list(arguments), prog_name="many-models models convert", standalone_mode=False)


def convert(project: Project, request: Request, user: Mapping[str, str]) -> None:
    """Converts; raises BadInputError for one model that fails, LauncherError when some of a folder do."""
    if not request.source.exists():
        raise BadInputError(f"{request.source} does not exist")
    if request.source.is_dir() and recognising.format_of(request.source) is None:
        _folder(project, request, user)
    else:
        _file(project, request, user)


def _file(project: Project, request: Request, user: Mapping[str, str]) -> None:
    found = Found(name_of(request.source), request.source, recognising.format_of(request.source))
    try:
        _require_convertible(found)
    except BadInputError as error:
        raise BadInputError(f"{request.source}: {error}") from None
    example = request.example or recognising.example_beside(found)
    if example is not None and not example.is_file():
        raise BadInputError(f"the example {example} does not exist")
    _say_what_runs([found])
    (outcome,) = _outcomes(project, request, [_job(found, request.out, example)], user)
    if "error" in outcome:
        raise BadInputError(f"{request.source}: {outcome['error']}")
    _show(outcome)
    missing = "".join(f" --missing {shlex.quote(each + '=')}" for each in outcome.get("missing", {}))
    words = f"{outcome['name']} {outcome['onnx']} --example {outcome['example']}{missing}"
    say(f"publish it: ./many-models models publish {words}")


def _folder(project: Project, request: Request, user: Mapping[str, str]) -> None:
    if request.example is not None:
        raise BadInputError("--example is of one FILE; in a FOLDER the rows of a model lie as <name>.example.json")
    models, others = recognising.models_in(request.source)
    if not models:
        raise BadInputError(f"{request.source}: {recognising.says_nothing(request.source)}")
    if others:
        say(f"passed over {len(others)} files that are no models: {', '.join(each.name for each in others[:5])} ...")
    jobs, failed = [], []
    for found in models:
        try:
            _require_convertible(found)
            _require_unique(found, models)
            jobs.append(_job(found, request.out, recognising.example_beside(found)))
        except BadInputError as error:
            failed.append({"name": found.name, "path": str(found.path.absolute()), "error": str(error)})
    _say_what_runs([each for each in models if each.format])
    outcomes = [*failed]
    with _bar(len(models)) as bar:
        bar.advance(bar.task_ids[0], len(failed))
        for outcome in _outcomes(project, request, jobs, user) if jobs else ():
            outcomes.append(outcome)
            bar.advance(bar.task_ids[0])
    _report(request, sorted(outcomes, key=lambda each: str(each["name"])))


def _report(request: Request, outcomes: list[dict[str, Any]]) -> None:
    file = request.out.with_name(f"{request.out.name}.report.jsonl")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in outcomes), encoding="utf-8")
    failed = [each for each in outcomes if "error" in each]
    for each in failed[:_FAILURES_SHOWN]:
        errors.print(f"{each['path']}: {each['error']}", markup=False)
    noted = sum(1 for each in outcomes if each.get("notes"))
    say(f"converted {len(outcomes) - len(failed)} of {len(outcomes)} models; what was noted of {noted} is in {file}")
    if len(failed) < len(outcomes):
        say(f"publish them: ./many-models models publish --dir {request.out}")
    if failed:
        raise LauncherError(f"{len(failed)} models were not converted; {file} says why")


def name_of(source: Path) -> str:
    """The file's name without its ending; of MLflow's folder `model` the name of what it is in, which no number is."""
    path = source.resolve()
    if not path.is_dir():
        return path.stem
    while path.name in _GENERIC_NAMES or path.name.isdecimal():
        path = path.parent
    return path.name or source.resolve().name


def _require_convertible(found: Found) -> None:
    if found.format is None:
        raise BadInputError(recognising.says_nothing(found.path))
    if found.format == recognising.ONNX:
        raise BadInputError("this is ONNX already; publish it: ./many-models models publish")


def _require_unique(found: Found, models: Sequence[Found]) -> None:
    first = next(each for each in models if each.name == found.name)
    if first is not found:
        raise BadInputError(f"it becomes {found.name}.onnx, as {first.path.name} does; rename one of them")


def _job(found: Found, out: Path, example: Path | None) -> dict[str, Any]:
    return {
        "name": found.name,
        "path": str(found.path.absolute()),
        "format": found.format,
        "out": str(out),
        "example": None if example is None else str(example.absolute()),
    }


def _say_what_runs(models: Sequence[Found]) -> None:
    kinds = sorted({each.format for each in models if each.format in recognising.RUNS_CODE})
    if kinds:
        warn(f"reading {', '.join(kinds)} runs code of whoever made the file; convert only what you trust")


def _show(outcome: Mapping[str, Any]) -> None:
    say(f"{outcome['what']}: {', '.join(outcome['inputs'])} -> {', '.join(outcome['outputs'])}")
    own = outcome["rows_of_example"]
    whose = f"{own} of them from the example" if own else "all made up: rows of your own, by --example, tell more"
    say(f"compared on {outcome['rows']} rows, {whose}: the largest difference is {outcome['difference']:.1e}")
    for note in outcome.get("notes", []):
        warn(note)
    say(f"wrote {outcome['onnx']} and {outcome['example']}")


@contextmanager
def _bar(total: int) -> Iterator[Progress]:
    columns = (TextColumn("converting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        bar.add_task("models", total=total)
        yield bar


def _outcomes(
    project: Project, request: Request, jobs: Sequence[Mapping[str, Any]], user: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """What became of each job, as it ends."""
    python = converter_python.choose(project, request.python, user, {job["format"] for job in jobs})
    request.out.mkdir(parents=True, exist_ok=True)
    log = project.runtime / "convert.log"
    asked = {"jobs": list(jobs), "workers": request.workers, "limit_seconds": request.limit_seconds}
    program = project.python_sources / "converter" / "__main__.py"
    with log.open("wb") as noise:
        process = subprocess.Popen(
            [str(python), "-X", "utf8", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=noise,
            env=converter_python.environment_of(user),
        )
        assert process.stdin is not None  # noqa: S101 - they are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            with process.stdin as target:
                target.write(json.dumps(asked).encode())
            for line in process.stdout:
                yield json.loads(line)
        except BaseException:
            process.terminate()
            raise
        finally:
            process.wait()
    if process.returncode > 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:])
        raise LauncherError(f"the converter ended by itself; the whole log is {log}\n{tail}")
