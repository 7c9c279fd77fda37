#!/usr/bin/env python3
"""How long the report of a run of 10,000 events takes, whole processes.

    cargo build --release && python3 tests/perf/report.py [ROUNDS]

The run is that of resume.py: 40 steps that succeed at their 25th attempt each, a
thousand attempts with their logs, filled up to 10,000 events with notes and with
changes of a signal, of which 20,000 samples lie beside it. By turns, ROUNDS times each
(default 15), each from the fork to the written file:

  md, html, json   `rbconsole report RUN --format …`
  full             the same in Markdown with every event
  audit            `rbconsole audit RUN`: the same journal and logs, read and proven
  sha256sum        `sha256sum JOURNAL`

Goal: the median of each format is under 200 ms. Exit code 1 when it is missed.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta

import first_frame
import resume

GOAL = 200.0
SAMPLES = 20_000
HEAD = resume.HEAD.replace(
    "phases:", "signals: { rate: { run: echo 7, regex: '(.+)', every: 1h, unit: '%', healthy: rate < 5 } }\nphases:"
)


def event(number):
    """Each third event changes the signal."""
    if number % 3:
        return resume.note(number)
    health = {"is": "unhealthy" if number % 2 else "healthy"}
    return {"signal_changed": {"signal": "rate", "value": float(number % 11), "health": health}}


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    program = first_frame.built("rbconsole")
    folder = tempfile.mkdtemp(prefix="perf-report-", dir=os.path.abspath(first_frame.TARGET))
    os.environ |= {
        "HOME": folder,
        "RBCONSOLE_STATE_DIR": os.path.join(folder, "state"),
        "RBCONSOLE_CONFIG_DIR": os.path.join(folder, "config"),
    }
    try:
        journal = resume.made(program, folder, dict(os.environ), HEAD, event)
        place = os.path.dirname(journal)
        with open(journal, encoding="utf-8") as file:
            began = datetime.fromisoformat(json.loads(file.readline())["at"])
        with open(os.path.join(place, "signals.jsonl"), "w", encoding="utf-8") as file:
            for number in range(SAMPLES):
                at = (began + timedelta(milliseconds=number)).isoformat().replace("+00:00", "Z")
                file.write(json.dumps({"at": at, "signal": "rate", "value": number % 11}) + "\n")
        run = os.path.basename(place)
        out = os.path.join(folder, "report")
        ways = {name: [program, "report", run, "--format", name, "-o", out] for name in ("md", "html", "json")}
        ways["full"] = ways["md"] + ["--full"]
        goals = list(ways)
        ways["audit"] = [program, "audit", run]
        ways["sha256sum"] = ["sha256sum", journal]
        sizes, times = {}, {name: [] for name in ways}
        for turn in range(rounds + 1):
            for name, command in ways.items():
                took = resume.timed(command)
                if turn:  # the first one warms the caches
                    times[name].append(took)
                if name in goals:
                    sizes[name] = os.path.getsize(out)
    finally:
        shutil.rmtree(folder)
    print(f"a journal of {resume.EVENTS} events, {resume.STEPS * resume.TRIES} attempts, {SAMPLES} samples; milliseconds from the fork")
    middle = {name: statistics.median(took) for name, took in times.items()}
    for name, took in times.items():
        size = f"{sizes[name] / 1e6:.1f} MB" if name in sizes else ""
        ratio = f"{middle[name] / middle['audit']:.2f} x audit"
        print(f"{name:<10}{middle[name]:>8.1f}  ({min(took):.1f} to {max(took):.1f})  {ratio}  {size}")
    slowest = max(middle[name] for name in goals)
    print(f"the slowest report takes {slowest:.0f} ms; goal < {GOAL:.0f} ms")
    return 0 if slowest < GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
