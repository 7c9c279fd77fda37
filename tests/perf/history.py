#!/usr/bin/env python3
"""How long 5,000 runs take to list: goal 100 ms.

Makes the runs with `rbconsole` journals of one small headless run, copied under other
names, and times `rbconsole runs`, whole processes: without an index, with one, and beside
it `ls -l` of the same folder. Medians of interleaved runs.

    cargo build --release && python3 tests/perf/history.py
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 5000
ROUNDS = 9
PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/rbconsole").resolve()
RUNBOOK = """version: 1
title: Small
phases:
  - id: work
    title: Work
    steps:
      - { id: one, title: One, effect: read, run: echo one }
"""


def timed(command, env):
    began = time.perf_counter()
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - began) * 1000


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        state = folder / "state"
        config = folder / "config" / "runbooks"
        config.mkdir(parents=True)
        (config / "small.yaml").write_text(RUNBOOK)
        env = dict(
            os.environ,
            RBCONSOLE_STATE_DIR=str(state),
            RBCONSOLE_CONFIG_DIR=str(folder / "config"),
        )
        subprocess.run(
            [PROGRAM, "run", "small", "--headless"],
            env=env,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        runs = state / "runs"
        (first,) = [path for path in runs.iterdir()]
        for number in range(1, RUNS):
            copy = runs / f"{first.name}-{number:05}"
            copy.mkdir(mode=0o700)
            shutil.copy2(first / "journal.jsonl", copy)
        commands = {
            "without an index": [PROGRAM, "runs", "--json"],
            "with the index": [PROGRAM, "runs", "--json"],
            "ls -l": ["ls", "-l", str(runs)],
        }
        times = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                if name == "without an index":
                    (state / "history.jsonl").unlink(missing_ok=True)
                times[name].append(timed(command, env))
        base = statistics.median(times["ls -l"])
        for name, samples in times.items():
            middle = statistics.median(samples)
            print(
                f"{name:18} {middle:7.1f} ms  ({min(samples):.1f} to {max(samples):.1f})  "
                f"{middle / base:.1f} x ls -l"
            )


main()
