"""The product's own simulator on a trace that was measured."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.build.toolchain import find_jdk
from launcher.project import Project

OURS = "ours"
POLICIES = (OURS, "lru", "lfu", "belady")
_MAIN = "io.manymodels.cli.Main"
_SECONDS = 300
_REASON = 160


@dataclass(frozen=True)
class Simulated:
    """Hit ratios by policy; of a policy that could not be simulated, why."""

    ratios: Mapping[str, float]
    missing: Mapping[str, str]


def run(project: Project, trace: Path, capacity: str) -> Simulated:
    """Each policy on its own, so that one that is not known does not take the others with it."""
    ratios: dict[str, float] = {}
    missing: dict[str, str] = {}
    for policy in POLICIES:
        result = subprocess.run(
            command(project, trace, policy, capacity), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        ratio = hit_ratio(result.stdout, policy) if result.returncode == 0 else None
        if ratio is None:
            missing[policy] = reason(result.stderr or result.stdout)
        else:
            ratios[policy] = ratio
    return Simulated(ratios, missing)


def command(project: Project, trace: Path, policy: str, capacity: str) -> list[str]:
    options = ["--trace", str(trace), "--policy", policy, "--capacity", capacity, "--json"]
    return [str(find_jdk(os.environ).java), "-cp", str(project.jar), _MAIN, "simulate", *options]


def hit_ratio(output: str, policy: str) -> float | None:
    """The hit ratio of the policy in the simulator's lines of JSON."""
    for line in output.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("policy") == policy and "hit_ratio" in found:
            return float(found["hit_ratio"])
    return None


def reason(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "it said nothing")[:_REASON]
