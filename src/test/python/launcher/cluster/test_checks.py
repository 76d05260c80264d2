"""The checks before anything is started."""

from pathlib import Path

import pytest

from launcher.cluster import checks
from launcher.errors import LauncherError

GIB = 2**30


def test_haproxy_is_there() -> None:
    checks.haproxy()


def test_a_machine_without_haproxy_has_the_other_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_SERVE_HAPROXY_BINARY_PATH", "/no/such/haproxy")
    with pytest.raises(LauncherError, match="no HAProxy for this machine; --proxy python does without it"):
        checks.haproxy()


def test_enough_memory_passes() -> None:
    checks.memory(3 * GIB)


def test_too_little_memory_is_told() -> None:
    with pytest.raises(LauncherError, match=r"too little memory: 1\.5 GiB available, 3\.0 GiB needed"):
        checks.memory(int(1.5 * GIB))


def test_too_little_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "NEEDED_DISK_BYTES", 2**80)
    with pytest.raises(LauncherError, match="too little disk space"):
        checks.disk(tmp_path / "not" / "there" / "yet")


def test_available_memory_of_the_machine() -> None:
    assert checks.available_of_meminfo("MemTotal: 100 kB\nMemAvailable:    42 kB\n") == 42 * 1024


def test_container_limit_counts_without_page_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in {"memory.max": 500, "memory.current": 400, "memory.stat": "anon 1\ninactive_file 50"}.items():
        (tmp_path / name).write_text(f"{content}\n")
    monkeypatch.setattr(checks, "_CGROUP", tmp_path)
    assert checks.available_memory() == 150


def test_container_without_limit_has_the_machines_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    monkeypatch.setattr(checks, "_CGROUP", tmp_path)
    assert checks.available_memory() > 150
