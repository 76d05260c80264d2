"""Tables in Markdown, and the sections of RESULTS.md that they stand in."""

from __future__ import annotations

import operator
import os
import platform
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from launcher.markdown import wrapped
from launcher.project import Project
from measuring import cpu
from measuring.http_bench import CONNECTIONS, Measured, Result
from measuring.load import Sample
from measuring.stages import Stages

_TITLE = "# Measured\n\nWritten by `./many-models bench`; README.md beside it says how to read it.\n"
QUIET_CPUS = 0.2
"""What other programs may take before the times say more about them."""
_FIRST_ROLES = ("Deployment1", "Deploymentx", "Dispatcher", "SharedMemory", "Echo")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def put_section(text: str, name: str, section: str) -> str:
    """The text with the section of this name replaced, or added at the end."""
    begin, end = f"<!-- bench {name} -->", f"<!-- end of bench {name} -->"
    block = f"{begin}\n{wrapped(section.strip())}\n{end}"
    there = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if there.search(text):
        return there.sub(lambda _: block, text)
    return f"{(text or _TITLE).rstrip()}\n\n{block}\n"


def write_section(file: Path, name: str, section: str) -> None:
    file.write_text(put_section(file.read_text() if file.is_file() else "", name, section))


def circumstances(project: Project, command: str, load_average: float) -> str:
    """When, where and on what this was measured."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    options = os.environ.get("MANY_MODELS_JAVA_OPTIONS")
    return "\n".join(
        [
            f"- command: `{command}`, {commit_of(project.root)}, {time.strftime('%Y-%m-%d %H:%M %z')}",
            f"- machine: {os.cpu_count()} cores ({model.group(1) if model else platform.machine()}),"
            f" load average at start {load_average:.1f}; Ray {project.ray_version()}",
            *([f"- options of the JVMs: `{options}`"] if options else []),
        ]
    )


def commit_of(checkout: Path) -> str:
    """Which commit lies in the folder, and whether anything in it was changed."""
    described = subprocess.run(
        ["git", "-C", str(checkout), "describe", "--always", "--dirty"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return f"commit {described or 'unknown'}"


def http(result: Result, about: str) -> str:
    measured = result.measured
    answer = len(next(v for v in result.variants if v.key == "c").answer)
    question = len(next(v for v in result.variants if v.key == "a").body)
    parts = [
        "## HTTP",
        about,
        f"- {result.effort.rounds} rounds of {result.effort.seconds:g} s a variant, interleaved, after"
        f" {result.effort.warm_up_seconds:g} s of warm-up each; medians of the rounds, rates with their lowest and"
        f" highest; request {question} bytes (echoed by a and b), answer of c {answer} bytes;"
        f" wrong answers: {measured.errors()}",
        "### Targets",
        targets(measured),
    ]
    foreign = max(used.share(cpu.FOREIGN) for used in measured.used.values())
    if foreign > QUIET_CPUS:
        parts.append(f"**Not a quiet machine:** other work took up to {foreign:.2f} CPUs meanwhile. Measure again.")
    for connections in CONNECTIONS:
        parts += [f"### {connections} connection{'s' if connections > 1 else ''}", rates(result, connections)]
        parts += [f"CPU milliseconds a request, {connections} at a time:", cpu_table(result, connections)]
    parts += ["### Where the time of a /score goes", breakdown(measured, result.stages), stage_table(result.stages)]
    return "\n\n".join(parts)


def targets(measured: Measured) -> str:
    ratios = [
        (f"b / a, requests/s, c={c}", measured.rate("b", c) / measured.rate("a", c), ">= 0.8") for c in CONNECTIONS
    ]
    ratios += [
        ("c / a, requests/s, c=8", measured.rate("c", 8) / measured.rate("a", 8), ">= 0.5"),
        ("c / a, p50, c=1", measured.p50_us("c", 1) / measured.p50_us("a", 1), "<= 2.2"),
        ("c / a, requests/s, c=1", measured.rate("c", 1) / measured.rate("a", 1), ""),
    ]
    ratios += [(f"d / a, requests/s, c={c}", measured.rate("d", c) / measured.rate("a", c), "") for c in CONNECTIONS]
    ratios += [(f"e / c, requests/s, c={c}", measured.rate("e", c) / measured.rate("c", c), "") for c in CONNECTIONS]
    rows = [[name, f"{ratio:.2f}", target, verdict(ratio, target)] for name, ratio, target in ratios]
    return table(["ratio", "measured", "target", "reached"], rows)


def verdict(ratio: float, target: str) -> str:
    if not target:
        return ""
    relation, bound = target.split()
    reached = {"<": operator.lt, "<=": operator.le, ">=": operator.ge}[relation](ratio, float(bound))
    return "yes" if reached else "**no**"


def rates(result: Result, connections: int) -> str:
    def cells(key: str) -> list[str]:
        samples = result.measured.samples[key, connections]
        of_all = [f"{min(s.rate for s in samples):.0f} to {max(s.rate for s in samples):.0f}"]
        return [f"{result.measured.rate(key, connections):.0f}", *of_all, *map(median_ms(samples), LATENCIES)]

    rows = [[f"{name(v.key)}{v.title}", *cells(v.key)] for v in result.variants]
    return table(["variant", "requests/s", "of all rounds", "p50 ms", "p90 ms", "p99 ms"], rows)


def name(key: str) -> str:
    return "" if key == "p" else f"({key}) "


LATENCIES: tuple[Callable[[Sample], float], ...] = (lambda s: s.p50_us, lambda s: s.p90_us, lambda s: s.p99_us)


def median_ms(samples: Sequence[Sample]) -> Callable[[Callable[[Sample], float]], str]:
    return lambda of: f"{statistics.median(map(of, samples)) / 1000:.2f}"


def cpu_table(result: Result, connections: int) -> str:
    """Net of what each process uses when nobody asks, which is in the last column."""
    measured = result.measured
    used = {v.key: measured.used[v.key, connections] for v in result.variants}
    present = {role for u in used.values() for role in u.by_role} - {cpu.FOREIGN, cpu.CLIENT}
    first = ["proxy", *(role for role in _FIRST_ROLES if role in present)]
    others = sorted(present - set(first), key=lambda role: (role.startswith("Deployment"), role))
    idle_hot = [role for role in others if role.startswith("Deployment")]
    groups = {role: [role] for role in [*first, *(r for r in others if r not in idle_hot)]}
    groups |= {"the other hot replicas": idle_hot, cpu.CLIENT: [cpu.CLIENT]}

    def cells(roles: Sequence[str]) -> list[str]:
        each = [f"{sum(u.per_request_ms(role, measured.idle) for role in roles):.3f}" for u in used.values()]
        return [*each, f"{sum(measured.idle.share(role) for role in roles):.3f}"]

    rows = [[title, *cells(roles)] for title, roles in groups.items()]
    ours = [role for title, roles in groups.items() if title != cpu.CLIENT for role in roles]
    rows.append(["**all but the client**", *cells(ours)])
    foreign = [f"{u.share(cpu.FOREIGN):.2f} CPUs" for u in used.values()]
    rows.append(["other work on the machine", *foreign, f"{measured.idle.share(cpu.FOREIGN):.2f} CPUs"])
    head = ["process", *("proxy alone" if key == "p" else f"({key})" for key in used), "idle, CPUs"]
    return table(head, rows)


BEFORE_CALL = ("Envelope.read", "ScoreBody.parse", "PredictCodec.encode request")
IN_REPLICA = ("PredictCodec.decode request", "OnnxModel.predict", "PredictCodec.encode reply")
AFTER_CALL = ("PredictCodec.decode reply", "ScoreAnswer.write", "Envelope.write")


def breakdown(measured: Measured, stages: Stages) -> str:
    """The p50 of (c) at one connection, taken apart into differences and stages that were measured on their own."""
    alone, a, b, c = (measured.p50_us(key, 1) for key in ("p", "a", "b", "c"))
    before, within, after = (stages.of(*names) for names in (BEFORE_CALL, IN_REPLICA, AFTER_CALL))
    call = max(0.0, stages.ray_predict - within)
    rest = c - b - before - stages.ray_predict - after
    rows = [
        ("HTTP server and entry of Ray's proxy", alone, "p50 of GET /-/healthz"),
        ("Ray's routing and call, proxy to Java", a - alone, "p50 of (a) less that"),
        ("middleware", b - a, f"p50 of (b) less (a); {stages.middleware:.0f} us of CPU in-process"),
        ("Dispatcher: read envelope and JSON, encode", before, "in-process"),
        ("Ray's call, Dispatcher to Deployment1", call, "call from a third replica, less what the replica does"),
        ("Deployment1: decode, predict, encode", within, "in-process"),
        ("Dispatcher: decode, write JSON and envelope", after, "in-process"),
        ("rest: waits between threads, colder caches, longer answer", rest, "what is left"),
        ("**p50 of (c), c=1**", c, ""),
    ]
    return table(
        ["stage", "us", "share", "how measured"], [[s, f"{us:.0f}", f"{us / c:.0%}", how] for s, us, how in rows]
    )


def stage_table(stages: Stages) -> str:
    rows = [[stage, f"{us:.2f}"] for stage, us in stages.java.items()]
    rows.append(["a Ray call between two JVMs, answered at once (p50)", f"{stages.ray_echo:.0f}"])
    rows.append(["a Ray call between two JVMs, answered by the model (p50)", f"{stages.ray_predict:.0f}"])
    return table(["in-process, one thread", "us"], rows)
