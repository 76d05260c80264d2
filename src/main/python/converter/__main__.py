"""Reads what is to be done as JSON from stdin, and writes each outcome as a line of JSON to stdout."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

# This folder would hide modules of the same names.
sys.path[0] = str(Path(__file__).resolve().parents[1])


def main() -> None:
    from converter import jobs
    from converter.work import Job

    # So that its own processes end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # What models and libraries print must not get between the outcomes.
    outcomes = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asked = json.loads(sys.stdin.buffer.read())
    todo = [Job(**each) for each in asked["jobs"]]
    for outcome in jobs.run(todo, asked["workers"], asked["limit_seconds"]):
        outcomes.write(json.dumps(outcome.to_json()) + "\n")


if __name__ == "__main__":
    main()
