#!/usr/bin/env python3
"""A step in a terminal of its own that prints much, against `script`.

    cargo build --release --example flood && cargo build --release
    python3 tests/perf/terminal.py [RUNS] [BYTES]

The same source, `flood` (tests/perf/flood.rs), prints BYTES (default 2 * 10^8) in
numbered lines of 100 bytes into a terminal, by turns RUNS times each (default 5):

  script     `script -qfc "flood BYTES" FILE`, its own output to /dev/null: wall
             clock
  screen     as a step with `tty: true` on the real screen of 200x60, which shows
             it: from the exit record, and by the wall clock from the key press
  headless   the same step of `rbconsole run --headless`, from the exit record

Goal: the exit record's median, with and without a screen, is at most 1.2 times
that of `script`. Checked as well: the log is, byte for byte, what a terminal makes
of the flood. Exit code 1 when a goal is missed.
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

import flood

GOAL = 1.2
RUNBOOK = flood.RUNBOOK.replace("        shell: bash\n", "        shell: bash\n        tty: true\n")


class Bench(flood.Bench):
    def __init__(self, size):
        super().__init__(size, RUNBOOK)
        # A terminal ends a line with two characters.
        self.printed = size + size // 100

    def script(self):
        """Seconds of `script`."""
        path = os.path.join(self.folder, "script.log")
        os.sync()
        began = time.perf_counter()
        subprocess.run(
            ["script", "-qfc", f"{self.flood} {self.size}", path],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        took = time.perf_counter() - began
        if os.path.getsize(path) < self.printed:
            sys.exit("script has lost something")
        os.remove(path)
        return took

    def headless(self):
        """Seconds from the exit record, and the state's folder."""
        state = tempfile.mkdtemp(dir=self.folder)
        os.sync()
        subprocess.run(
            [self.program, "run", self.runbook, "--headless", "--trust"],
            env=self.environment(state),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with open(glob.glob(os.path.join(state, "runs/*/attempts/*/exit.json"))[0], encoding="utf-8") as file:
            return json.load(file)["report"]["milliseconds"] / 1000, state

    def is_whole(self, state):
        """Whether the log is what a terminal makes of the flood."""
        wanted = hashlib.sha256()
        with subprocess.Popen([self.flood, str(self.size)], stdout=subprocess.PIPE) as source:
            while piece := source.stdout.read(1 << 20):
                wanted.update(piece.replace(b"\n", b"\r\n"))
        with open(glob.glob(os.path.join(state, "runs/*/attempts/*/output.log"))[0], "rb") as file:
            return flood.digest([file]) == wanted.hexdigest()


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 2 * 10**8
    times = {"script": [], "screen, exit record": [], "screen, wall": [], "headless, exit record": []}
    whole = True
    bench = Bench(size)
    try:
        for turn in range(runs):
            times["script"].append(bench.script())
            state, screen, record, wall = bench.console(bench.look_on)
            screen.leave()
            times["screen, exit record"].append(record)
            times["screen, wall"].append(wall)
            whole &= turn > 0 or bench.is_whole(state)
            shutil.rmtree(state)
            record, state = bench.headless()
            times["headless, exit record"].append(record)
            whole &= turn > 0 or bench.is_whole(state)
            shutil.rmtree(state)
    finally:
        if bench.screen:
            bench.screen.abandon()
        shutil.rmtree(bench.folder)
    print(f"{size} bytes in lines of 100 through a terminal, {runs} runs by turns, screen {flood.COLUMNS}x{flood.ROWS}")
    print(f"{'':<24}{'median s':>10}{'min s':>10}{'max s':>10}{'x script':>10}")
    middle = statistics.median(times["script"])
    for name, took in times.items():
        ratio = statistics.median(took) / middle
        print(f"{name:<24}{statistics.median(took):>10.3f}{min(took):>10.3f}{max(took):>10.3f}{ratio:>10.2f}")
    slow = [name for name, took in times.items() if "record" in name and statistics.median(took) > GOAL * middle]
    print(f"goal <= {GOAL} x script: {'MISSED by ' + ', '.join(slow) if slow else 'good'}")
    print(f"log byte-identical: {'good' if whole else 'MISSED'}")
    return 1 if slow or not whole else 0


if __name__ == "__main__":
    sys.exit(main())
