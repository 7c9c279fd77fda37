#!/usr/bin/env python3
"""How long a thousand scenarios take.

    cargo build --release
    python3 tests/perf/scenarios.py [SCENARIOS] [RUNS]

Writes one file of SCENARIOS (default 1000) whole rollbacks of symlink-release, each with its own
inputs, outputs, route and expectations, every tenth with a line of the report, and plays it RUNS
times (default 5). Goal: the median is under 2 seconds. Exit code 1 when it is missed.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

GOAL = 2.0
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
PROGRAM = os.path.abspath(os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release", "rbconsole"))
BOOKS = os.path.join(os.path.dirname(__file__), "..", "..", "runbooks")


def scenario(number):
    schema = number % 2 == 0
    answer = "{ answer: contract, reason: A column is gone }" if schema else "none"
    middle = "rollback_db, " if schema else ""
    report = '\n      report: ["| Outcome | **resolved** |"]' if number % 10 == 0 else ""
    return f"""
  - name: Rollback {number}
    inputs: {{ app: shop{number} }}
    commands:
      measure: {{ stdout: "requests_seen=500\\nerror_rate={2 + number % 90}.50" }}
    answers: {{ roll_back: roll_back, migrations_ran: {answer} }}
    expect:
      route: [assess, stop, {middle}rollback_app, verify, post]
      outputs: {{ error_rate: {2 + number % 90}.5 }}
      outcome: resolved{report}"""


if not os.access(PROGRAM, os.X_OK):
    sys.exit(f"{PROGRAM} is not there: cargo build --release")
with tempfile.TemporaryDirectory() as folder:
    shutil.copy(os.path.join(BOOKS, "symlink-release.yaml"), folder)
    with open(os.path.join(BOOKS, "symlink-release.test.yaml"), encoding="utf-8") as file:
        shared = file.read().split("\nscenarios:")[0]
    path = os.path.join(folder, "symlink-release.test.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(shared + "\nscenarios:" + "".join(scenario(n) for n in range(COUNT)) + "\n")
    environment = dict(os.environ, RBCONSOLE_STATE_DIR=folder, RBCONSOLE_CONFIG_DIR=folder)
    times = []
    for _ in range(RUNS):
        began = time.monotonic()
        ended = subprocess.run([PROGRAM, "test", path], env=environment, capture_output=True, text=True, check=False)
        times.append(time.monotonic() - began)
        if ended.returncode != 0 or ended.stdout != f"{COUNT} passed, 0 failed\n":
            sys.exit(f"the scenarios do not pass:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
median = statistics.median(times)
print(f"{COUNT} scenarios: median {median:.2f} s of {RUNS} runs (from {min(times):.2f} to {max(times):.2f} s), goal {GOAL} s")
sys.exit(median > GOAL)
