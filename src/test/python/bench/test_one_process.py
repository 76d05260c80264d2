"""What the bench of one process makes of its samples, and how it sees a process."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from measuring import cpu, one_process, one_process_bench
from measuring.http_bench import Effort
from measuring.load import Sample
from measuring.one_process_bench import CONNECTIONS, LIMIT, Result


def sample(rate: float, p99_us: float) -> Sample:
    return Sample(1.0, int(rate), 0, rate, p99_us / 3, p99_us / 2, p99_us, p99_us * 2, "")


def result() -> Result:
    """One process at 0.8 of the limit in each round, though the machine was slow in one of them."""
    made = Result(Effort(3, 2, 4))
    for key, factor, seconds in (("one", 0.8, 0.30), (LIMIT, 1.0, 0.25)):
        for connections in CONNECTIONS:
            rates = [20_000 * factor * slow for slow in (1.0, 0.2, 1.1)]
            made.measured.samples[key, connections] = [sample(rate, 1000) for rate in rates]
            made.measured.used[key, connections] = cpu.Used(3.0, 10_000, {key: seconds, cpu.FOREIGN: 0.1})
        made.open[key] = [sample(1000, 900 if key == "one" else 600)] * 3
    made.starts = {"30 demo models": [1.0, 1.2, 9.0], "10,000 registered": [2.6, 2.6, 2.7]}
    made.after_start_mib, made.with_models_mib, made.idle_cpus = 140.0, 251.0, 0.004
    return made


def test_targets_are_judged_by_the_median_of_the_rounds_ratios() -> None:
    text = one_process_bench.text(result(), "- about")
    assert "| requests/s / in-process limit, c=8 | 0.8 | >= 0.6 | yes |" in text
    assert "| start to first score, 30 demo models | 1.2 s | <= 1.5 s | yes |" in text
    assert "| start to first score, 10,000 registered | 2.6 s | <= 2.5 s | **no** |" in text
    assert "| memory with 1,000 small models loaded (PSS) | 251 MiB | <= 250 MiB | **no** |" in text
    assert "| p99 at 1,000/s / in-process limit | 1.5 | <= 2 | yes |" in text
    assert "| CPU a request / in-process limit, c=8 | 1.2 | <= 1.6 | yes |" in text
    assert "| idle | 0.004 CPUs | <= 0.01 CPUs | yes |" in text
    assert "with nothing of the files" in text


def test_a_noisy_machine_and_files_in_the_cache_are_told() -> None:
    made = result()
    made.cold_cache = False
    made.measured.used["one", 8] = cpu.Used(3.0, 10_000, {"one": 0.3, cpu.FOREIGN: 2.0})
    text = one_process_bench.text(made, "- about")
    assert "**Not a quiet machine:**" in text
    assert "**everything**" in text


def test_memory_of_a_process_is_read() -> None:
    assert 1 < one_process.pss_mib(os.getpid()) < 10_000


@pytest.mark.parametrize(
    ("answer", "expected"), [(b"HTTP/1.1 200 OK\r\n\r\n", True), (b"HTTP/1.1 404 No\r\n\r\n", False)]
)
def test_the_first_score_counts_only_when_it_is_answered_200(answer: bytes, expected: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert one_process_bench.scores(server.getsockname()[1]) is expected
        thread.join()
    assert not one_process_bench.scores(_closed_port())


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_files_of_a_process_are_removed() -> None:
    with one_process.folder() as files:
        kept: Path = files
        (files / "a").write_text("")
    assert not kept.exists()
