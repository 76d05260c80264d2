"""What the bench of tails makes of what ran and of its samples."""

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from measuring import cpu, java, load, scheduling, tails_bench, tails_report, who_ran
from measuring.http_bench import Effort
from measuring.load import Load, Question, Sample
from measuring.scheduling import Ran, Task, Thread, Took
from measuring.tails_bench import BESIDE, DEMANDS, OURS, Result, Side
from measuring.who_ran import Blame, Held, Interval, Recording, Run

SWITCHES = """\
swapper     0/0     [000]   100.000000000:
java  10/12    [000]   100.001000000:
C2 CompilerThre  10/14    [001]   100.000500000:
kworker/1:2-events  77/77    [001]   100.002000000:
pool [x] 3  20/21    [000]   100.004000000:
what perf says of lost events
swapper     0/0     [001]   100.005000000:
"""


def sample(p99_us: float, rate: float = 1000.0, errors: int = 0) -> Sample:
    return Sample(1.0, 1000, errors, rate, 200, 300, p99_us, 9000, "", hits=990, p999_us=p99_us * 2, late_us=10)


def result() -> Result:
    made = Result(Effort(2, 4, 40), who_ran.PERF)
    for demand in DEMANDS:
        made.samples[OURS, demand.title] = {1: sample(2000), 2: sample(4000), 3: sample(9000)}
        made.samples[BESIDE, demand.title] = {1: sample(1000, 2000), 2: sample(1000, 2000)}
    return made


def test_schedstat_is_run_time_in_nanoseconds_and_turns() -> None:
    assert scheduling.of_schedstat(b"1500000000 20 7\n") == (1.5, 7)


def test_threads_of_a_process_are_read_and_those_that_ended_left_out(tmp_path: Path) -> None:
    for tid, name in ((7, "main"), (8, "predict-3")):
        folder = tmp_path / "7" / "task" / str(tid)
        folder.mkdir(parents=True)
        (folder / "comm").write_text(f"{name}\n")
    (tmp_path / "7" / "task" / "8" / "schedstat").write_text("2000000000 5 3\n")
    assert scheduling.read([7, 99], tmp_path) == {(7, 8): Task("predict-3", 2.0, 3)}


def test_own_thread_that_works_is_seen_to_run() -> None:
    before = scheduling.read([os.getpid()])
    until = time.thread_time() + 0.05
    while time.thread_time() < until:
        pass
    took = Took()
    took.add({os.getpid(): "me"}, before, scheduling.read([os.getpid()]), 1.0, 1)
    assert sum(ran.seconds for ran in took.by_thread.values()) >= 0.05


def test_threads_of_a_pool_are_added_and_a_new_one_counts_from_its_beginning() -> None:
    took = Took()
    before = {(7, 8): Task("predict-0", 1.0, 10)}
    after = {(7, 8): Task("predict-0", 1.5, 30), (7, 9): Task("predict-1", 0.25, 5)}
    took.add({7: "Deployment1"}, before, after, 2.0, 100)
    assert took.by_thread == {Thread("Deployment1", "predict"): Ran(0.75, 25)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("predict-12", "predict"),
        ("GC Thread#0", "GC Thread"),
        ("C2 CompilerThre", "C2 CompilerThre"),
        ("client.poll0", "client.poll"),
        ("kworker/1:2-ev", "kworker-ev"),
        ("7", "7"),
    ],
)
def test_threads_are_known_by_their_names_without_numbers(name: str, expected: str) -> None:
    assert scheduling.without_number(name) == expected


def test_line_of_perf_is_the_end_of_a_run_that_began_with_the_one_before_on_that_processor() -> None:
    runs = list(who_ran.of_switches(SWITCHES.splitlines(), {10: "Dispatcher", 20: "Deploymentx"}))
    assert [(run.thread, run.start) for run in runs] == [
        (Thread("Dispatcher", "java"), 100.0),
        (Thread(who_ran.OTHERS, "kworker-events"), 100.0005),
        (Thread("Deploymentx", "pool [x]"), 100.001),
    ]
    assert [run.seconds for run in runs] == pytest.approx([0.001, 0.0015, 0.003])


def test_overlapping_slow_requests_are_one_interval_within_what_was_recorded() -> None:
    slow = [Interval(5, 7), Interval(1, 3), Interval(2, 4), Interval(9, 12), Interval(20, 21)]
    assert who_ran.merged(slow, 2, 10) == [Interval(2, 4), Interval(5, 7), Interval(9, 10)]


@pytest.mark.parametrize(
    ("run", "share"), [((0, 1), 0.0), ((2, 4), 1.0), ((3, 6), 2 / 3), ((1, 11), 0.5), ((7.5, 8.5), 0.0), ((3, 3), 0.0)]
)
def test_share_of_a_run_in_slow_intervals(run: tuple[float, float], share: float) -> None:
    intervals = [Interval(2, 4), Interval(5, 7), Interval(9, 10)]
    ran = Run(*run, Thread("a", "b"), run[1] - run[0])
    assert who_ran.overlap(ran, intervals, [i.start for i in intervals]) == pytest.approx(share)


def test_cores_are_told_for_slow_and_quiet_time() -> None:
    blame = Blame()
    busy, calm = Thread("SharedMemory", "placement"), Thread("Dispatcher", "server")
    runs = [Run(1, 2, busy, 1.0), Run(0, 10, calm, 5.0)]
    blame.add(Recording(0, 10, runs), [Interval(1, 2), Interval(1.5, 2)], 50)
    assert (blame.slow_requests, blame.requests, blame.slow_seconds, blame.quiet_seconds) == (2, 50, 1.0, 9.0)
    assert blame.cores(blame.by_thread[busy]) == pytest.approx((1.0, 0.0))
    assert blame.cores(blame.by_thread[calm]) == pytest.approx((0.5, 0.5))
    assert blame.cores(Held()) == (0.0, 0.0)
    assert Blame().cores(Held(1, 1)) == (0.0, 0.0)


@pytest.mark.parametrize("by", [who_ran.SAMPLES, who_ran.PERF])
def test_recording_names_a_thread_that_had_a_core(by: str, tmp_path: Path) -> None:
    if by == who_ran.PERF and who_ran.means(tmp_path) != who_ran.PERF:
        pytest.skip("perf may not record the scheduler here")
    # Not this process: the thread that takes samples would wait for the interpreter's lock.
    busy = "import time\ninput()\nwhile time.process_time() < 0.5: pass"
    with (
        subprocess.Popen([sys.executable, "-I", "-c", busy], stdin=subprocess.PIPE, text=True) as child,
        who_ran.recording(by, {child.pid: "me"}, tmp_path) as recorded,
    ):
        child.communicate("go\n")
    mine = [run for run in recorded.runs if run.thread.role == "me"]
    # On a busy machine the thread that takes samples waits for a core, too, and misses much.
    assert sum(run.seconds for run in mine) > 0.02
    assert all(recorded.start - 1 < run.start <= run.end for run in mine)


def test_slow_requests_are_written_with_when_they_were_due(classes: java.BenchClasses) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for number in range(20):
                    connection.recv(4096)
                    if number == 10:
                        threading.Event().wait(0.05)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        with load.running(classes) as client:
            started = time.monotonic()
            one = client.prepare("one", [Question("a", "POST", "/", "{}", "ok")])
            client.send(listener.getsockname()[1], one, 1, requests=20, keep_slow=True)
            slow = who_ran.slow_requests(client.slow)
    assert any(interval.end - interval.start > 0.045 for interval in slow)
    assert all(started <= interval.start < interval.end <= time.monotonic() for interval in slow)


def test_only_pools_and_the_map_differ_from_the_shipped_layout() -> None:
    hot = [
        {"name": f"Deployment{n}", "user_config": {"pool": "dedicated", "capacity_mib": 64, "tenants": ["tenant1"]}}
        for n in range(1, 11)
    ]
    others = [{"name": "Dispatcher", "user_config": {"deadline_ms": 5}}, {"name": "Deploymentx"}]
    shipped = {"applications": [{"deployments": [*hot, *others]}]}
    made = tails_bench.changed(shipped)["applications"][0]["deployments"]
    assert made[0]["user_config"] == {"pool": "dynamic", "capacity_mib": 64}
    assert made[10]["user_config"] == {"deadline_ms": 5, "deployment_map_limit": 0}
    assert made[11] == others[1]
    assert shipped["applications"][0]["deployments"][0]["user_config"]["pool"] == "dedicated"


class FailingClient(load.LoadClient):
    """The limit's samples fail; ours come."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, float]] = []

    def send(self, port: int, load: Load, connections: int, *, rate: float = 0, **_: object) -> Sample:  # type: ignore[override]
        self.asked.append((port, rate))
        if port == 2:
            raise tails_bench.LauncherError("no right answer")
        return sample(1000)


def test_rounds_go_on_when_a_sample_fails() -> None:
    made = Result(Effort(1, 1, 1), who_ran.PERF)
    sides = (Side(OURS, 1), Side(BESIDE, 2))
    tails_bench.measure_round(FailingClient(), sides, Load(Path("x"), None), 1, {}, made)
    assert len(made.of(OURS, "c=32")) == 1
    assert not made.of(BESIDE, "c=32")
    assert len(made.failures) == len(DEMANDS)
    assert "no right answer" in made.failures[0]
    assert "| p99 at 1,000/s, relative to the limit's | - | <= 2.5 | **no** |" in tails_report.text(made, "- about", "")


def test_ratios_are_of_rounds_that_both_finished() -> None:
    made = result()
    assert made.ratio("1,000/s", tails_report.P99) == pytest.approx(3.0)
    assert made.median(OURS, "1,000/s", tails_report.P99) == 4000


def test_section_has_targets_tails_and_who_ran() -> None:
    made = result()
    made.used.add(
        {1: "Dispatcher", 2: "raylet"}, cpu.Reading({1: 0, 2: 0}, 0), cpu.Reading({1: 0.2, 2: 0.1}, 1), 1, 1000
    )
    made.idle.add({1: "Dispatcher", 2: "raylet"}, cpu.Reading({1: 0, 2: 0}, 0), cpu.Reading({1: 1, 2: 2}, 9), 10, 0)
    hot = {n: f"Deployment{n}" for n in (1, 2)}
    tasks = {(n, n): Task("predict-1", 0.1, 100) for n in hot}
    made.threads.add(hot, {}, tasks, 1.0, 1000)
    made.idle_threads.add(hot, {}, tasks, 10.0, 0)
    blame = Blame()
    runs = [Run(0, 1, Thread("Deployment1", "predict"), 0.5), Run(0, 1, Thread("Deployment2", "predict"), 0.5)]
    blame.add(Recording(0, 2, runs), [Interval(0, 1)], 100)
    made.blame[1000] = blame
    text = tails_report.text(made, "- about", "before")
    assert text.startswith("## Tails (before)\n\n- about")
    assert "| p99 at 1,000/s, relative to the limit's | 3.00 | <= 2.5 | **no** |" in text
    assert "| p99 at 3,000/s, relative to the limit's | 3.00 | <= 3 | yes |" in text
    assert "| requests/s at c=8, relative to the limit | 0.50 | >= 0.45 | yes |" in text
    assert "| CPU a request at 1,000/s, all processes, us | 300 | <= 200 | **no** |" in text
    assert "| CPU a request at 1,000/s, our replicas beyond idle, us | 100 |  |  |" in text
    assert "| idle, all processes, cores | 0.30 | <= 0.15 | **no** |" in text
    assert "| 1,000/s, ours | 0.20 | 4.00 | 8.00 | 9.00 | 0.01 |" in text
    assert "| c=8 | 1000 | 2000 | 0.50 | 4.00 | 1.00 | 99.0% |" in text
    assert "1 of 100 requests were slow" in text
    assert "| hot replicas | predict | 1.000 | 0.000 | +1.000 |" in text
    assert "| hot replicas | predict | 200.0 | 0.20 |" in text
    assert "| hot replicas | predict | 20.00 | 20.0 |" in text
