#!/usr/bin/env python3
"""How long until the screen of a long run stands that is taken up again.

    cargo build --release --bins --examples
    python3 tests/perf/resume.py [RUNS]

The run has 40 steps that succeed at their 25th attempt each, executed headless up to
a gate, and is filled up with notes to 10,000 events, chained as the journal wants it. By turns, RUNS times each
(default 21), each from the fork:

  resume    `rbconsole resume ID` in a pseudo-terminal of 120x40, until the run's
            title and the gate's answers are drawn; the journal is put back before
  cat       `cat JOURNAL` to its end
  python    `python3 -c pass`: what a machine takes to begin anything
  minimal   the minimal ratatui program, until its frame stands

Goal: the median of resume is under 20 ms. Exit code 1 when it is missed.
"""

import glob
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import first_frame

GOAL = 20.0
STEPS, TRIES, EVENTS = 40, 25, 10_000
HEAD = "version: 1\ntitle: A long night\nphases:\n  - id: all\n    title: All\n    steps:\n"
STEP = """\
      - id: step_{n}
        title: Look at shard {n} until it is drained
        effect: read
        shell: sh
        retry: {{ attempts: {tries} }}
        run: |
          test "${{RBCONSOLE_ATTEMPT##*-}}" = {tries}
"""
GATE = "      - { id: ask, title: Enough, gate: { answers: { enough: { label: It is enough }, more: { label: Not yet } } } }\n"
FRAME = [b"A long night", b"It is enough", b"Not yet"]


def timed(argv):
    began = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - began) * 1000


def note(number):
    return {"note_added": {"text": f"Looked at graph {number}: nothing new, latency as before", "happened_at": None}}


def made(program, folder, environment, head=HEAD, fill=note):
    """The journal of a run that waits at its gate, filled up."""
    path = os.path.join(folder, "long.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(head + "".join(STEP.format(n=n, tries=TRIES) for n in range(STEPS)) + GATE)
    done = subprocess.run(
        [program, "run", path, "--headless", "--trust"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 3:
        sys.exit(f"the run ended with {done.returncode}, not at its gate: {done.stderr[-2000:]}")
    journal = glob.glob(os.path.join(folder, "state/runs/*/journal.jsonl"))[0]
    with open(journal, encoding="utf-8") as file:
        lines = file.read().splitlines()
    last = json.loads(lines[-1])
    while len(lines) < EVENTS:
        body = {"v": 1, "seq": len(lines) + 1, "prev": last["hash"], "at": last["at"], "by": "perf", "event": fill(len(lines))}
        text = json.dumps(body, separators=(",", ":"))[:-1]
        seal = hashlib.sha256(text.encode()).hexdigest()
        last = body | {"hash": seal}
        lines.append(f'{text},"hash":"{seal}"}}')
    with open(journal, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    subprocess.run([program, "audit", "last"], env=environment, stdout=subprocess.DEVNULL, check=True)
    return journal


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 21
    program, minimal = first_frame.built("rbconsole"), first_frame.built("examples/minimal")
    folder = tempfile.mkdtemp(prefix="perf-resume-", dir=os.path.abspath(first_frame.TARGET))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "USER": "perf",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "RBCONSOLE_STATE_DIR": os.path.join(folder, "state"),
        "RBCONSOLE_CONFIG_DIR": os.path.join(folder, "config"),
    }
    times = {"resume": [], "cat": [], "python": [], "minimal": []}
    try:
        journal = made(program, folder, environment)
        run = os.path.basename(os.path.dirname(journal))
        with open(journal, "rb") as file:
            whole = file.read()
        for turn in range(runs + 2):
            with open(journal, "wb") as file:
                file.write(whole)
            one = {
                "resume": first_frame.measure([program, "resume", run], environment, [FRAME], b"\x03")[0],
                "cat": timed(["cat", journal]),
                "python": timed([sys.executable, "-c", "pass"]),
                "minimal": first_frame.measure([minimal], environment, [[b"complete", "┘".encode()]], b"q")[0],
            }
            if turn >= 2:  # the first ones only warm the caches
                for name, took in one.items():
                    times[name].append(took)
    finally:
        shutil.rmtree(folder)
    print(f"a journal of {EVENTS} events, {STEPS * TRIES} attempts, {len(whole) / 1e6:.1f} MB; milliseconds from the fork")
    print(f"{'':<22}{'median':>9}{'min':>9}{'p10':>9}{'p90':>9}")
    for name, took in times.items():
        first_frame.row(name, took)
    middle = {name: statistics.median(took) for name, took in times.items()}
    ratios = ", ".join(f"{middle['resume'] / middle[name]:.1f} x {name}" for name in ("cat", "python", "minimal"))
    print(f"resume {middle['resume']:.1f} ms = {ratios}; goal < {GOAL:.0f} ms")
    return 0 if middle["resume"] < GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
