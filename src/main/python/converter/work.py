"""One conversion: read, convert, compare, write. Runs in a process of its own."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import onnx

from converter import recognising, trial_rows
from converter.comparing import Comparison, compare
from converter.original import SINGLE, Original
from converter.reading import read
from converter.table import Example, RefusedError, example_document, read_example

_MAX_REASON = 400
_UNKNOWN_CLASS = re.compile(r"<class '([\w.]+)'>")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Job:
    """What to convert, under which name, into which folder."""

    name: str
    path: str
    format: str
    out: str
    example: str | None = None


@dataclass
class Outcome:
    """What came of it: files that were written, or the reason why none was."""

    name: str
    path: str
    error: str | None = None
    what: str = ""
    onnx: str = ""
    example: str = ""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    rows: int = 0
    rows_of_example: int = 0
    difference: float = 0.0
    notes: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value not in (None, "", [], {})}


def convert(job: Job) -> Outcome:
    """Converts a model; what fails is told in the outcome."""
    outcome = Outcome(job.name, job.path)
    try:
        _convert(job, outcome)
    except RefusedError as refused:
        outcome.error = str(refused)
    except Exception as error:  # of any library, on any file
        outcome.error = _reason(error)
    return outcome


def _reason(error: Exception) -> str:
    text = " ".join(_COLOUR.sub("", str(error)).split()) or "no reason given"
    kind = type(error).__name__
    unknown = _UNKNOWN_CLASS.search(text)
    if kind in ("MissingShapeCalculator", "MissingConverter") and unknown is not None:
        return f"there is no converter for {unknown[1]}; do its work before the model is asked, or use another class"
    if kind == "InvalidInputLengthException":
        return "what is around a ColumnTransformer has no converter; put the ColumnTransformer first, in one Pipeline"
    if isinstance(error, ModuleNotFoundError):
        return f"the module {error.name} is missing in this Python; --python names one that has it"
    return f"{kind}: {text[:_MAX_REASON]}"


def _convert(job: Job, outcome: Outcome) -> None:
    given = None if job.example is None else read_example(Path(job.example))
    original, example = read(Path(job.path), job.format, given)
    outcome.what = original.what
    trial_rows.learn(original, example)
    rows = _Rows(original, example)
    model, comparison = _best(original, rows)
    outcome.notes += original.notes
    outcome.missing = dict(original.substitutes)
    outcome.rows_of_example = len(rows.given)
    outcome.rows, outcome.difference = comparison.rows, comparison.difference
    outcome.inputs = [value.name for value in model.graph.input]
    outcome.outputs = [value.name for value in model.graph.output]
    _write(job, outcome, original, model, rows.example_rows())


class _Rows:
    """The rows to compare: those of the example, made ones, and made ones with missing values."""

    def __init__(self, original: Original, example: Example | None) -> None:
        self.given = [] if example is None else example.ordered(original.columns)
        made, self.with_missing = trial_rows.made_for(original)
        self.complete = [*self.given, *made]
        if not self.complete:
            raise RefusedError(f"this {original.what} takes none of the rows that were made; give some with --example")
        # An example that leaves nothing out says that nothing is left out.
        self.missing_matters = not self.given or any(cell is None for row in self.given for cell in row)

    def example_rows(self) -> list[list[Any]]:
        return self.given or self.complete


@dataclass(frozen=True)
class _Tried:
    """A graph, and how it answers."""

    model: onnx.ModelProto
    precision: str
    comparison: Comparison
    missing: Comparison | None

    @property
    def agrees(self) -> bool:
        return self.comparison.agrees and (self.missing is None or self.missing.agrees)

    @property
    def rows_that_differ(self) -> int:
        return self.comparison.rows_that_differ + (0 if self.missing is None else self.missing.rows_that_differ)


def _best(original: Original, rows: _Rows) -> tuple[onnx.ModelProto, Comparison]:
    """The graph that answers as the original, in the simplest precision in which one does. Raises RefusedError."""
    tried: list[_Tried] = []
    failed: Exception | None = None
    for precision in original.precisions:
        try:
            model = original.to_onnx(precision)
            missing = compare(original, model, rows.with_missing) if rows.with_missing else None
            tried.append(_Tried(model, precision, compare(original, model, rows.complete), missing))
        except Exception as error:  # of the converter, or of ONNX Runtime
            failed = failed or error
            continue
        if tried[-1].rows_that_differ == 0:
            break
    agreeing = [each for each in tried if each.agrees]
    if not agreeing and not rows.missing_matters:
        agreeing = [each for each in tried if each.comparison.agrees]
    chosen = min(agreeing, key=lambda each: each.rows_that_differ, default=None)
    if chosen is None:
        raise _refusal(tried[0]) if tried else failed or RefusedError("the converter gave no model")
    original.notes += _notes(chosen)
    return chosen.model, chosen.comparison


def _refusal(tried: _Tried) -> RefusedError:
    worst, where = tried.comparison, "ONNX answers"
    if worst.agrees and tried.missing is not None:
        worst, where = tried.missing, "where a value is missing ONNX answers"
    return RefusedError(
        f"{where} otherwise than the original in {worst.rows_that_differ} of {worst.rows} rows, by up"
        f" to {worst.difference:.2g} of the answer ({worst.worst}); nothing was written"
    )


def _notes(chosen: _Tried) -> list[str]:
    notes = []
    if chosen.precision != SINGLE:
        notes.append("takes numbers of double precision: in single precision it answered otherwise")
    for comparison in (chosen.comparison, chosen.missing):
        if comparison is not None and comparison.borderline:
            notes.append(
                f"rounding decides {len(comparison.borderline)} of {comparison.rows} rows otherwise, which lie at a"
                f" split ({comparison.worst})"
            )
        if comparison is not None and comparison.ties:
            notes.append(
                f"in {len(comparison.ties)} of {comparison.rows} rows two classes have the same score, and ONNX names"
                " the other one"
            )
    if chosen.missing is not None and not chosen.missing.agrees:
        notes.append(f"never leave a value out: ONNX then answers otherwise than the original ({chosen.missing.worst})")
    return notes


def _write(job: Job, outcome: Outcome, original: Original, model: onnx.ModelProto, rows: list[list[Any]]) -> None:
    folder = Path(job.out)
    target, example = folder / f"{job.name}.onnx", folder / f"{job.name}{recognising.EXAMPLE_SUFFIX}"
    document = example_document(original.columns, original.named or len(outcome.inputs) > 1, rows)
    _replace(example, (json.dumps(document, ensure_ascii=False) + "\n").encode())
    _replace(target, model.SerializeToString(deterministic=True))
    outcome.onnx, outcome.example = str(target), str(example)


def _replace(target: Path, content: bytes) -> None:
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(target)
