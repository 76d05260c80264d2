"""The patches: each is needed by the Ray that is installed, each helps, and none is applied to another Ray."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import ray

from manymodels import ray_java_compat
from manymodels.ray_java_compat import PATCH_NAMES, TESTED_RAY_VERSION
from manymodels.ray_java_compat.patching import switched_off

ENTRY_POINTS = [ray_java_compat.builder, ray_java_compat.controller, ray_java_compat.proxy, ray_java_compat.haproxy]

Outcomes = dict[str, list[str]]


@pytest.fixture(scope="module")
def outcomes(repository: Path) -> Outcomes:
    """What patch_probes.py found: every question in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(repository / "src/main/python"), "RAY_SERVE_ENABLE_HA_PROXY": "1"}
    script = Path(__file__).with_name("patch_probes.py")
    run = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("patch", PATCH_NAMES)
def test_patch_closes_its_gap(outcomes: Outcomes, patch: str) -> None:
    outcome, text = outcomes[f"{patch} on"]
    assert outcome == "holds", text


@pytest.mark.parametrize("patch", PATCH_NAMES)
def test_ray_still_needs_the_patch(outcomes: Outcomes, patch: str) -> None:
    outcome, text = outcomes[f"{patch} off"]
    assert outcome == "broken", text or f"Ray does this by itself now: {patch} can go"


@pytest.mark.parametrize("patch", PATCH_NAMES)
def test_patching_twice_is_harmless(outcomes: Outcomes, patch: str) -> None:
    outcome, text = outcomes[f"{patch} twice"]
    assert outcome == "holds", text


@pytest.mark.parametrize("question", ["p2 builder", "p1 proxy", "p3 proxy"])
def test_builder_and_proxy_get_what_they_need(outcomes: Outcomes, question: str) -> None:
    outcome, text = outcomes[question]
    assert outcome == "holds", text


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_another_ray_is_refused(monkeypatch: pytest.MonkeyPatch, entry_point: object) -> None:
    monkeypatch.setattr(ray, "__version__", "2.61.0")
    with pytest.raises(RuntimeError, match=r"tested on Ray 2\.60\.0, this is Ray 2\.61\.0"):
        entry_point()


def test_requirements_pin_the_tested_ray(repository: Path) -> None:
    requirements = repository / "requirements.txt"
    if not requirements.exists():
        pytest.skip("no requirements.txt")
    pins = [line.split()[0] for line in requirements.read_text().splitlines() if line.startswith(("ray==", "ray["))]
    assert [pin.partition("==")[2] for pin in pins] == [TESTED_RAY_VERSION]


def test_switch_takes_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANY_MODELS_BRIDGE_OFF", " p3, p4a,")
    assert switched_off() == {"p3", "p4a"}


@pytest.mark.parametrize("names", ["p4", "P3", "p1,all"])
def test_switch_refuses_what_is_no_patch(monkeypatch: pytest.MonkeyPatch, names: str) -> None:
    monkeypatch.setenv("MANY_MODELS_BRIDGE_OFF", names)
    with pytest.raises(ValueError, match="MANY_MODELS_BRIDGE_OFF names no patch"):
        ray_java_compat.builder()
