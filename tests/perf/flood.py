#!/usr/bin/env python3
"""A step that prints a gigabyte while an operator looks on.

    cargo build --release --example flood && cargo build --release
    python3 tests/perf/flood.py [RUNS] [BYTES]

The same source, `flood` (tests/perf/flood.rs), prints BYTES (default 10^9) in
numbered lines of 100 bytes, by turns RUNS times each (default 5):

  tee        `flood | tee FILE >/dev/null`, wall clock
  console    as a runbook's step on the real screen, in a terminal of 200x60
             that is drained: from the exit record (the command's start to its
             end) and by the wall clock (the key press to the exit record)

Then, in runs of their own until there are 240 presses, `?` opens the help and
another key closes it while the flood goes on: a press is answered when bytes
arrive that only the new frame has. A press that is still unanswered when the
flood ends does not count.

(The example is built first: with it the program gets the crash tests' points.)

Goals: the speed is at least 0.8 of tee's, so the exit record's time at most 1.25
times tee's; the peak sum of the PSS of all our processes (looked at 10 times a
gigabyte or more in all runs) stays under 12 MB, and that of one run of a tenth of the
BYTES is at most 1 MB away; p99 of press to frame is at most 8 ms. Checked as
well: the log is byte-identical to what the flood prints by its SHA-256, and its
first and last line come to the screen on `g` and `G`. Exit code 1 when a goal is
missed.
"""

import contextlib
import fcntl
import glob
import hashlib
import json
import os
import random
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

GOAL_SPEED = 0.8
GOAL_BYTES = 12_000_000
GOAL_APART = 1_000_000
GOAL_PRESS = 8.0
PRESSES = 240
COLUMNS, ROWS = 200, 60
PATIENCE = 60.0
TARGET = os.environ.get("CARGO_TARGET_DIR", "target")
BUILD = "cargo build --release --example flood && cargo build --release"

RUNBOOK = """\
version: 1
title: A flood
phases:
  - id: flood
    title: Flood
    steps:
      - id: flood
        title: Print a gigabyte
        effect: read
        shell: bash
        timeout: 10m
        run: |
          {flood} {bytes}
"""

# Bytes that a frame change must send: words of the help that lie over the output,
# and the dots of the output's lines that the help had covered.
HELP_OPEN = b"any key closes this"
HELP_CLOSED = b"." * 12


def built(path):
    """A built program's absolute path, or an end with the command that builds it."""
    path = os.path.abspath(os.path.join(TARGET, "release", path))
    if not os.access(path, os.X_OK):
        sys.exit(f"{path} is missing: {BUILD}")
    return path


class Screen:
    """`rbconsole run FILE`, or another program, in a terminal of its own."""

    def __init__(self, program, runbook, environment, argv=None):
        self.terminal, theirs = os.openpty()
        self.size(COLUMNS)
        self.unseen = b""
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.login_tty(theirs)
                os.execve(program, argv or [program, "run", runbook, "--trust"], environment)
            finally:
                os._exit(127)
        os.close(theirs)

    def size(self, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))

    def press(self, key):
        """Forgets what came so far and presses a key."""
        self.unseen = b""
        os.write(self.terminal, key)

    def order(self, key):
        """Presses a key that makes something happen: what stands there is looked at first, as
        by a person, or the console takes the key for one that was meant for something else."""
        self.idle(0.4)
        self.press(key)

    def take(self, seconds):
        """Drains the terminal for at most this long; whether anything came."""
        ready, _, _ = select.select([self.terminal], [], [], max(seconds, 0))
        if not ready:
            return False
        try:
            piece = os.read(self.terminal, 1 << 17)
        except OSError:
            piece = b""
        if not piece:
            sys.exit(f"the screen is gone; it said: {self.unseen[-2000:]!r}")
        self.unseen = (self.unseen + piece)[-(1 << 20):]
        return True

    def until(self, mark, give_up=None):
        """Drains until the mark has come since the last press; whether it did."""
        end = time.monotonic() + PATIENCE
        while mark not in self.unseen:
            if give_up and give_up():
                return False
            if time.monotonic() > end:
                sys.exit(f"{mark!r} never came; there was: {self.unseen[-3000:]!r}")
            self.take(0.005)
        return True

    def idle(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.take(left)

    def whole_frame(self):
        """The text of a frame drawn afresh: a new size makes it so."""
        for columns in (COLUMNS - 1, COLUMNS):
            self.unseen = b""
            self.size(columns)
            self.idle(0.3)
        return re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", self.unseen)

    def leave(self):
        """Leaves the screen, whatever it shows, and waits for it; once."""
        if not self.pid:
            return
        try:
            # Apart, or they are one key with Alt.
            for key in (b"\x1b", b"q"):
                os.write(self.terminal, key)
                time.sleep(0.1)
        except OSError:
            pass
        end = time.monotonic() + 5
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                break
            ready, _, _ = select.select([self.terminal], [], [], 0.01)
            if ready:
                try:
                    os.read(self.terminal, 1 << 16)
                except OSError:
                    pass
        os.close(self.terminal)
        self.pid = 0

    def abandon(self):
        """After an error: nothing may be left running, the command included."""
        if self.pid:
            for child in supervisors(self.pid):
                os.kill(int(child), signal.SIGTERM)
        self.leave()


def pss(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def supervisors(pid):
    """The children of the console that are supervisors."""
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, encoding="ascii") as file:
                children = file.read().split()
            for child in children:
                with open(f"/proc/{child}/cmdline", "rb") as file:
                    if b"__supervise" in file.read():
                        found.append(child)
        except OSError:
            pass
    return found


def commands():
    """The command lines of all processes."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                yield file.read()
        except OSError:
            pass


class Memory(threading.Thread):
    """Looks at the memory of console and supervisor, ten times while a gigabyte is printed."""

    def __init__(self, pid, size):
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, (0, 0), threading.Event()
        self.between = min(0.1, max(0.01, 0.1 * size / 10**9))

    def run(self):
        while not self.over.wait(self.between):
            now = (pss(self.pid), sum(pss(child) for child in supervisors(self.pid)))
            self.peak = max(self.peak, now, key=sum)


class Bench:
    def __init__(self, size, runbook=RUNBOOK):
        self.program, self.flood = built("rbconsole"), built("examples/flood")
        self.size = self.printed = size
        self.folder = tempfile.mkdtemp(prefix="perf-flood-", dir=os.path.abspath(TARGET))
        self.runbook = os.path.join(self.folder, "flood.yaml")
        with open(self.runbook, "w", encoding="utf-8") as file:
            file.write(runbook.replace("{flood}", self.flood).replace("{bytes}", str(size)))
        self.peak = (0, 0)
        self.screen = None

    def environment(self, state):
        """What a console needs to know, its state in a folder of its own."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": state,
            "USER": "perf",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "RBCONSOLE_STATE_DIR": state,
            "RBCONSOLE_CONFIG_DIR": state,
        }

    def tee(self):
        """Seconds of the pipeline."""
        path = os.path.join(self.folder, "tee.log")
        os.sync()
        began = time.perf_counter()
        subprocess.run(
            ["bash", "-c", '"$1" "$2" | tee "$3" >/dev/null', "tee", self.flood, str(self.size), path],
            check=True,
        )
        took = time.perf_counter() - began
        os.remove(path)
        return took

    def small(self):
        """The peak of a tenth of the bytes."""
        bench = Bench(self.size // 1000 * 100)
        try:
            for _ in range(3):
                _, screen, _, _ = bench.console(bench.look_on)
                screen.leave()
        finally:
            if bench.screen:
                bench.screen.abandon()
            shutil.rmtree(bench.folder)
        return sum(bench.peak)

    def console(self, attend):
        """One run on the screen; `attend` is called while the step runs and says when it is over."""
        state = tempfile.mkdtemp(dir=self.folder)
        environment = self.environment(state)
        os.sync()
        self.screen = screen = Screen(self.program, self.runbook, environment)
        screen.until(b"Before it begins")
        screen.order(b"\x13")
        screen.until(b"Print a gigabyte")
        screen.idle(0.3)

        def over():
            return glob.glob(os.path.join(state, "runs/*/attempts/*/exit.json"))

        memory = Memory(screen.pid, self.size)
        memory.start()
        began = time.perf_counter()
        screen.order(b"\r")
        attend(screen, over)
        wall = time.perf_counter() - began
        memory.over.set()
        memory.join()
        self.peak = max(self.peak, memory.peak, key=sum)
        with open(over()[0], encoding="utf-8") as file:
            report = json.load(file)["report"]
        if report["ended"] != {"how": "exit", "code": 0} or report["output"]["bytes"] != self.printed:
            sys.exit(f"the step did not end well: {report}")
        return state, screen, report["milliseconds"] / 1000, wall

    def look_on(self, screen, over):
        while not over():
            screen.take(0.005)

    def press_keys(self, times):
        """Opens and closes the help at random moments while the flood goes on."""

        def attend(screen, over):
            screen.until(HELP_CLOSED, over)
            while not over():
                for key, mark in ((b"?", HELP_OPEN), (b"\x1b[C", HELP_CLOSED)):
                    screen.idle(random.uniform(0.01, 0.06))
                    screen.press(key)
                    pressed = time.perf_counter()
                    if not screen.until(mark, over):
                        return
                    times.append((time.perf_counter() - pressed) * 1000)

        return attend


def digest(streams):
    state = hashlib.sha256()
    for stream in streams:
        while piece := stream.read(1 << 20):
            state.update(piece)
    return state.hexdigest()


def log_pieces(attempt):
    """A log's files: from half of what it may hold on it goes on in others, named by their offsets."""
    others = glob.glob(os.path.join(attempt, "output.*.log"))
    others.sort(key=lambda path: int(path.split(".")[-2]))
    return [os.path.join(attempt, "output.log"), *others]


def check_log(bench, state, screen):
    """What is wrong with the log and with what the screen shows of it."""
    wrong = []
    with subprocess.Popen([bench.flood, str(bench.size)], stdout=subprocess.PIPE) as source:
        wanted = digest([source.stdout])
    attempt = glob.glob(os.path.join(state, "runs/*/attempts/*"))[0]
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(open(path, "rb")) for path in log_pieces(attempt)]
        if digest(files) != wanted:
            wrong.append("the log is not what the flood printed")
    # The step is over: to the plan, back to the step, its output over everything.
    for key in (b"\t", b"k", b"z"):
        screen.idle(0.3)
        screen.press(key)
    for key, number in ((b"g", 1), (b"G", bench.size // 100)):
        screen.press(key)
        screen.idle(0.3)
        if b"line %09d " % number not in screen.whole_frame():
            wrong.append(f"line {number} is not on the screen after `{key.decode()}`")
    return wrong


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 10**9
    tees, records, walls, presses, wrong = [], [], [], [], []
    bench = Bench(size)
    try:
        for turn in range(runs):
            tees.append(bench.tee())
            state, screen, record, wall = bench.console(bench.look_on)
            records.append(record)
            walls.append(wall)
            if turn == 0:
                wrong = check_log(bench, state, screen)
            screen.leave()
            shutil.rmtree(state)
        # Of as many runs, looked at alike: the help's frames are no part of it.
        large, small = sum(bench.peak), bench.small()
        while len(presses) < PRESSES:
            before = len(presses)
            state, screen, _, _ = bench.console(bench.press_keys(presses))
            screen.leave()
            shutil.rmtree(state)
            if len(presses) == before:
                sys.exit("no key was answered during a whole flood")
    finally:
        if bench.screen:
            bench.screen.abandon()
        shutil.rmtree(bench.folder)
    print(f"{size} bytes in lines of 100, {runs} runs by turns, terminal {COLUMNS}x{ROWS}")
    print(f"{'':<22}{'median s':>10}{'min s':>10}{'max s':>10}{'x tee':>8}")
    middle = statistics.median(tees)
    for name, times in (("tee", tees), ("console, exit record", records), ("console, wall", walls)):
        ratio = statistics.median(times) / middle
        print(f"{name:<22}{statistics.median(times):>10.3f}{min(times):>10.3f}{max(times):>10.3f}{ratio:>8.2f}")
    ordered = sorted(presses)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    speed = middle / statistics.median(records)
    console, supervisor = bench.peak
    goals = [
        (f"speed {speed:.2f} of tee's, goal >= {GOAL_SPEED}", speed >= GOAL_SPEED),
        (
            f"peak PSS {sum(bench.peak) / 1e6:.1f} MB (console {console / 1e6:.1f}, "
            f"supervisor {supervisor / 1e6:.1f}), goal < {GOAL_BYTES / 1e6:.0f}",
            0 < sum(bench.peak) < GOAL_BYTES,
        ),
        (
            f"peak PSS of {bench.size // 1000 * 100} bytes {small / 1e6:.1f} MB, of all {large / 1e6:.1f}, "
            f"goal at most {GOAL_APART / 1e6:.0f} apart",
            abs(large - small) <= GOAL_APART,
        ),
        (
            f"press to frame p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {ordered[-1]:.2f} ms "
            f"over {len(ordered)} presses, goal p99 <= {GOAL_PRESS:.0f}",
            p99 <= GOAL_PRESS,
        ),
        ("log byte-identical, first and last line on the screen" + "".join(f"; {w}" for w in wrong), not wrong),
    ]
    for words, met in goals:
        print(f"{'good' if met else 'MISSED':<8}{words}")
    return 0 if all(met for _, met in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
