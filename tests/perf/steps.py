#!/usr/bin/env python3
"""What a step costs: 200 `true` steps headless, against a bash loop.

    cargo build --release
    python3 tests/perf/steps.py [RUNS]

By turns, RUNS times each (default 7), all on the filesystem of the target folder:

  rbconsole   `rbconsole run FILE --headless` with 200 steps of `true` in bash;
              every intent, every exit record and every result is durable
  loop        a bash loop of `bash -c true` with two durable appends a step, by
              the cheapest means there is: a helper that lives as long as the
              loop and does write and fdatasync for each byte it is sent
  loop, dd    the same loop as one would write it without a helper: two
              `dd conv=fdatasync` a step (shown, no goal)

What a run left is kept until all runs are over: for some seconds after a mass
removal ext4 makes every new file search for an inode that was not just freed.

Goal: the median of rbconsole is at most 1.8 times that of `loop`. The median
of a single fdatasync is printed beside it. Exit code 1 when it is missed.
"""

import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

GOAL = 1.8
STEPS = 200
TARGET = os.environ.get("CARGO_TARGET_DIR", "target")

# Reads a byte, appends a record durably, answers with a byte.
SYNCER = """
import os, sys
file = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
while os.read(0, 1):
    os.write(file, b"x" * 300 + b"\\n")
    os.fdatasync(file)
    os.write(1, b".")
"""

LOOP = """
coproc syncer { exec "$1" -c "$2" "$3"; }
for ((step = 0; step < $4; step++)); do
  printf i >&"${syncer[1]}"; read -r -N 1 _ <&"${syncer[0]}"
  bash -c true
  printf x >&"${syncer[1]}"; read -r -N 1 _ <&"${syncer[0]}"
done
"""

LOOP_DD = """
record() { dd if=/dev/zero of="$1" bs=300 count=1 oflag=append conv=notrunc,fdatasync status=none; }
for ((step = 0; step < $2; step++)); do
  record "$1"
  bash -c true
  record "$1"
done
"""


def runbook():
    lines = ["version: 1", "title: Two hundred steps", "phases:", "  - id: all", "    title: All", "    steps:"]
    for number in range(STEPS):
        lines += [
            f"      - id: step_{number}",
            f"        title: Step {number}",
            "        effect: read",
            "        shell: bash",
            "        run: \"true\"",
        ]
    return "\n".join(lines) + "\n"


def console(program, folder, environment):
    state = tempfile.mkdtemp(dir=folder)
    environment = environment | {"RBCONSOLE_STATE_DIR": state, "RBCONSOLE_CONFIG_DIR": state}
    began = time.perf_counter()
    done = subprocess.run(
        [program, "run", os.path.join(folder, "steps.yaml"), "--headless", "--trust"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    took = time.perf_counter() - began
    if done.returncode != 0:
        sys.exit(f"rbconsole ended with {done.returncode}: {done.stdout[-500:]}\n{done.stderr[-1500:]}")
    records = glob.glob(os.path.join(state, "runs/*/attempts/*/exit.json"))
    good = 0
    for path in records:
        with open(path, encoding="utf-8") as file:
            good += json.load(file)["report"]["ended"] == {"how": "exit", "code": 0}
    if good != STEPS:
        sys.exit(f"{good} of {STEPS} exit records say 0")
    return took


def loop(script, arguments):
    began = time.perf_counter()
    subprocess.run(["bash", "-c", script, "loop", *arguments], stdin=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def sync_time(path):
    """The median of one append and fdatasync, in milliseconds."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    times = []
    for _ in range(50):
        os.write(file, b"x" * 300 + b"\n")
        began = time.perf_counter()
        os.fdatasync(file)
        times.append((time.perf_counter() - began) * 1000)
    os.close(file)
    return times


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    program = os.path.abspath(os.path.join(TARGET, "release", "rbconsole"))
    if not os.access(program, os.X_OK):
        sys.exit(f"{program} is missing: cargo build --release")
    folder = tempfile.mkdtemp(prefix="perf-steps-", dir=os.path.abspath(TARGET))
    environment = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "USER": "perf"}
    log = os.path.join(folder, "loop.log")
    ours, loops, dds, syncs = [], [], [], []
    try:
        with open(os.path.join(folder, "steps.yaml"), "w", encoding="utf-8") as file:
            file.write(runbook())
        for _ in range(runs):
            ours.append(console(program, folder, environment))
            loops.append(loop(LOOP, [sys.executable, SYNCER, log, str(STEPS)]))
            dds.append(loop(LOOP_DD, [log, str(STEPS)]))
            syncs += sync_time(log)
    finally:
        shutil.rmtree(folder)
    print(f"{STEPS} steps of `true`, {runs} runs by turns")
    print(f"{'':<14}{'median s':>10}{'min s':>10}{'max s':>10}{'ms a step':>11}")
    for name, times in (("rbconsole", ours), ("loop", loops), ("loop, dd", dds)):
        middle = statistics.median(times)
        print(f"{name:<14}{middle:>10.3f}{min(times):>10.3f}{max(times):>10.3f}{middle * 1000 / STEPS:>11.2f}")
    print(f"fdatasync median {statistics.median(syncs):.3f} ms")
    ratio = statistics.median(ours) / statistics.median(loops)
    dd_ratio = statistics.median(ours) / statistics.median(dds)
    print(f"ratio of medians {ratio:.2f} to loop, goal <= {GOAL}; {dd_ratio:.2f} to loop, dd")
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
