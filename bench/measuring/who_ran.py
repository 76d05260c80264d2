"""Which threads had the processors while requests were slow: from perf's record of the scheduler, else from /proc."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from measuring import scheduling
from measuring.scheduling import Thread

PERF = "perf"
SAMPLES = "samples of /proc"
OTHERS = "others on the machine"
_IDLE = 0
"""The process id of what runs when nothing does."""
_PERIOD_SECONDS = 0.02
_NEW_THREADS_SECONDS = 1.0
_MOST_FILES = 16_384
_STOP_SECONDS = 30.0
_SWITCH = re.compile(r"\s*(.+?)\s+(-?\d+)/(-?\d+)\s+\[(\d+)\]\s+(\d+\.\d+):")
_RECORD = (PERF, "record", "-a", "-e", "sched:sched_switch", "-k", "CLOCK_MONOTONIC", "-m", "2M")


@dataclass(frozen=True)
class Run:
    """A thread that ran for these seconds at some time between two moments of CLOCK_MONOTONIC."""

    start: float
    end: float
    thread: Thread
    seconds: float


@dataclass(frozen=True)
class Interval:
    """Between two moments of CLOCK_MONOTONIC, in seconds."""

    start: float
    end: float


@dataclass
class Recording:
    """What was recorded, once it has ended."""

    start: float = 0.0
    end: float = 0.0
    runs: Sequence[Run] = ()


@dataclass
class Held:
    """Seconds that threads of one name ran while requests were slow, and in the rest of the time."""

    slow: float = 0.0
    quiet: float = 0.0


@dataclass
class Blame:
    """Who ran while requests were slow and when none was, over some recordings."""

    slow_requests: int = 0
    requests: int = 0
    slow_seconds: float = 0.0
    quiet_seconds: float = 0.0
    by_thread: dict[Thread, Held] = field(default_factory=dict)

    def add(self, recording: Recording, slow: Sequence[Interval], requests: int) -> None:
        """`slow`: one interval for each slow request, from when it was due until it was answered."""
        intervals = merged(slow, recording.start, recording.end)
        slow_seconds = sum(interval.end - interval.start for interval in intervals)
        self.slow_requests += len(slow)
        self.requests += requests
        self.slow_seconds += slow_seconds
        self.quiet_seconds += recording.end - recording.start - slow_seconds
        starts = [interval.start for interval in intervals]
        whole = [Interval(recording.start, recording.end)]
        for run in recording.runs:
            share = overlap(run, intervals, starts)
            held = self.by_thread.setdefault(run.thread, Held())
            held.slow += share * run.seconds
            held.quiet += (overlap(run, whole, [recording.start]) - share) * run.seconds

    def cores(self, held: Held) -> tuple[float, float]:
        """Cores that these threads had while requests were slow, and in the rest of the time."""
        return (
            held.slow / self.slow_seconds if self.slow_seconds else 0.0,
            held.quiet / self.quiet_seconds if self.quiet_seconds else 0.0,
        )


def merged(intervals: Iterable[Interval], start: float, end: float) -> list[Interval]:
    """Those parts of the intervals that lie between start and end, in order; none overlap."""
    found: list[Interval] = []
    for interval in sorted(intervals, key=lambda one: one.start):
        begins, ends = max(start, interval.start), min(end, interval.end)
        if begins >= ends:
            continue
        if found and begins <= found[-1].end:
            found[-1] = Interval(found[-1].start, max(found[-1].end, ends))
        else:
            found.append(Interval(begins, ends))
    return found


def overlap(run: Run, intervals: Sequence[Interval], starts: Sequence[float]) -> float:
    """The share of a run's time that lies in the intervals (0 to 1), which are merged; `starts` are theirs."""
    length = run.end - run.start
    if length <= 0:
        return 0.0
    at = max(0, bisect_right(starts, run.start) - 1)
    inside = 0.0
    while at < len(intervals) and intervals[at].start < run.end:
        inside += max(0.0, min(run.end, intervals[at].end) - max(run.start, intervals[at].start))
        at += 1
    return min(1.0, inside / length)


def slow_requests(file: Path) -> list[Interval]:
    """As the load generator writes them down (SlowRequests.java)."""
    moments = (line.split(",") for line in file.read_text().splitlines())
    return [Interval(int(due) / 1e9, int(answered) / 1e9) for due, answered in moments]


def means(folder: Path) -> str:
    """PERF where it may record what the scheduler does, else SAMPLES."""
    if shutil.which(PERF) is None:
        return SAMPLES
    trial = folder / "trial.perf"
    result = subprocess.run([*_RECORD, "-o", str(trial), "true"], capture_output=True, check=False)
    trial.unlink(missing_ok=True)
    return PERF if result.returncode == 0 else SAMPLES


@contextmanager
def recording(by: str, roles: Mapping[int, str], folder: Path) -> Iterator[Recording]:
    """Records while the body runs. `by`: see means; samples see the processes that have a role and no others."""
    with (_by_perf if by == PERF else _by_samples)(roles, folder) as recorded:
        yield recorded


@contextmanager
def _by_perf(roles: Mapping[int, str], folder: Path) -> Iterator[Recording]:
    file = folder / "sched.perf"
    recorded = Recording()
    # perf runs `cat` when it has begun to record, and ends with it.
    process = subprocess.Popen(
        [*_RECORD, "-o", str(file), "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    if process.stdin is None or process.stdout is None:
        raise AssertionError("started without pipes")
    try:
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        recorded.start = time.monotonic()
        yield recorded
        recorded.end = time.monotonic()
    finally:
        process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
    recorded.runs = _read_perf(file, roles)
    file.unlink(missing_ok=True)


def _read_perf(file: Path, roles: Mapping[int, str]) -> list[Run]:
    script = [PERF, "script", "-i", str(file), "--ns", "-F", "comm,pid,tid,cpu,time"]
    with subprocess.Popen(
        script, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace"
    ) as out:
        return list(of_switches(out.stdout or (), roles))


def of_switches(lines: Iterable[str], roles: Mapping[int, str]) -> Iterator[Run]:
    """A line for each switch, which names the thread that ran until then on this processor."""
    since: dict[str, float] = {}
    known: dict[tuple[str, int], Thread] = {}
    for line in lines:
        found = _SWITCH.match(line)
        if found is None:
            continue
        name, pid, processor, now = found[1], int(found[2]), found[4], float(found[5])
        start = since.get(processor)
        since[processor] = now
        if pid == _IDLE or start is None:
            continue
        thread = known.get((name, pid))
        if thread is None:
            thread = known[name, pid] = Thread(roles.get(pid, OTHERS), scheduling.without_number(name))
        yield Run(start, now, thread, now - start)


@contextmanager
def _by_samples(roles: Mapping[int, str], folder: Path) -> Iterator[Recording]:
    del folder
    recorded = Recording()
    runs: list[Run] = []
    ended = threading.Event()
    sampler = threading.Thread(target=_sample, args=(roles, runs.append, ended), name="schedstat", daemon=True)
    sampler.start()
    try:
        recorded.start = time.monotonic()
        yield recorded
        recorded.end = time.monotonic()
    finally:
        ended.set()
        sampler.join()
    recorded.runs = runs


def _sample(roles: Mapping[int, str], ran: Callable[[Run], None], ended: threading.Event) -> None:
    """Looks at each thread's run time again and again; the files stay open, which halves what that takes."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, _MOST_FILES), hard))
    files: dict[tuple[int, int], tuple[int, Thread]] = {}
    before: dict[tuple[int, int], float] = {}
    last, known_until = time.monotonic(), 0.0
    try:
        while not ended.wait(_PERIOD_SECONDS):
            if time.monotonic() >= known_until:
                _open_new(roles, files)
                known_until = time.monotonic() + _NEW_THREADS_SECONDS
            now = time.monotonic()
            for key, (file, thread) in list(files.items()):
                try:
                    seconds, _ = scheduling.of_schedstat(os.pread(file, 128, 0))
                except (OSError, ValueError):
                    os.close(files.pop(key)[0])
                    continue
                took = seconds - before.get(key, seconds)
                before[key] = seconds
                if took > 0:
                    ran(Run(last, now, thread, took))
            last = now
    finally:
        for file, _ in files.values():
            os.close(file)


def _open_new(roles: Mapping[int, str], files: dict[tuple[int, int], tuple[int, Thread]]) -> None:
    for pid, tid in scheduling.tasks_of(roles):
        if (pid, tid) in files:
            continue
        folder = f"/proc/{pid}/task/{tid}"
        try:
            name = Path(f"{folder}/comm").read_text(errors="replace").strip()
            file = os.open(f"{folder}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        files[pid, tid] = (file, Thread(roles[pid], scheduling.without_number(name)))
