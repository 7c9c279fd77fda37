#!/usr/bin/env python3
"""Key to frame under two floods and journal syncs, beside tmux and mprocs under two floods.

    cargo build --release --example flood && cargo build --release
    python3 tests/perf/latency.py [ROUNDS] [PRESSES]

The console shows a step whose two scripts, `flood` (tests/perf/flood.rs), print
side by side, in a terminal of 200x60 that is drained. All the while notes are left
in the run's inbox, so that its journal is appended to and synced again and again.
`?` opens the help and another key closes it, PRESSES times a round (default 200), at
random moments 10 to 60 ms after the answer before, as often as a key that is held: a
press is answered when bytes arrive that only the new frame has.
The clock of tmux and of mprocs runs from a letter, typed into a third pane or process
in which `cat` runs, to its echo; there too something appends and syncs. mprocs shows
one process at a time: the two that print are not on its screen.

The programs take turns, ROUNDS times (default 5); what is told are the medians of what
the rounds came to. A floor is measured in the same moments: how long a thread that
sleeps for a millisecond oversleeps. What the machine does to a sleeper it does to a
console. A press that is not answered within 20 seconds counts as that long.

Goals: the console's p50 at most 1.5 ms, p99 at most 8 ms. Exit code 1 when one is
missed. tmux (a package of every system) and mprocs (`cargo install mprocs`) are shown,
without a goal, where they are on the PATH; where one is not, a line says so.
"""

import glob
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

import flood

GOAL_P50, GOAL_P99 = 1.5, 8.0
SIZE = 2 * 10**9
PATIENCE = 20.0
# Seconds between presses.
PAUSE = (0.01, 0.06)
RUNBOOK = """\
version: 1
title: Two floods
phases:
  - id: flood
    title: Flood
    steps:
      - id: flood
        title: Print from two sides
        effect: read
        shell: bash
        timeout: 30m
        parallel:
          left: exec {flood} {bytes}
          right: exec {flood} {bytes}
"""


class Repeat(threading.Thread):
    """Does something again and again until it is told to stop."""

    def __init__(self, pause, what):
        super().__init__(daemon=True)
        self.pause, self.what, self.over, self.count = pause, what, threading.Event(), 0

    def run(self):
        while not self.over.wait(self.pause):
            self.what()
            self.count += 1

    def stop(self):
        self.over.set()
        self.join()


def oversleeper(times):
    def sleep():
        began = time.perf_counter()
        time.sleep(0.001)
        times.append((time.perf_counter() - began) * 1000 - 1)

    return Repeat(0.01, sleep)


def notes(run):
    """Leaves a hundred notes a second in a run's inbox."""
    message = {"by": "perf", "text": "Looked at the graphs: nothing new", "happened_at": None}
    text = json.dumps(message)
    inbox, made = os.path.join(run, "inbox"), 0

    def leave():
        nonlocal made
        if len(os.listdir(inbox)) > 150:
            return
        for _ in range(10):
            made += 1
            path = os.path.join(inbox, f".n{made:06}")
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(descriptor, text.encode())
            os.close(descriptor)
            os.rename(path, os.path.join(inbox, f"n{made:06}.json"))

    return Repeat(0.1, leave)


def syncs(path):
    """Appends and syncs by itself."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append():
        os.write(descriptor, b"x" * 300 + b"\n")
        os.fdatasync(descriptor)

    return Repeat(0.005, append)


def console(bench, times, presses):
    """Adds milliseconds of presses until there are enough or the floods are over; how many events the journal got."""
    state = os.path.join(bench.folder, "state")
    os.mkdir(state)
    environment = bench.environment(state)
    bench.screen = screen = flood.Screen(bench.program, bench.runbook, environment)
    screen.until(b"Before it begins")
    screen.order(b"\x13")
    screen.until(b"Print from two sides")
    screen.idle(0.3)
    run = glob.glob(os.path.join(state, "runs/*"))[0]
    journal = os.path.join(run, "journal.jsonl")
    writer = notes(run)
    writer.start()
    # The inbox is looked at once a second: from then on there is always something to record.
    screen.idle(1.5)
    screen.order(b"\r")
    screen.until(flood.HELP_CLOSED)
    before = lines(journal)

    def over():
        return glob.glob(os.path.join(run, "attempts/*/exit.json"))

    while len(times) < presses and not over():
        for key, mark in ((b"?", flood.HELP_OPEN), (b"\x1b[C", flood.HELP_CLOSED)):
            screen.idle(random.uniform(*PAUSE))
            screen.press(key)
            pressed = time.perf_counter()
            if not screen.until(mark, over):
                break
            times.append((time.perf_counter() - pressed) * 1000)
    appended = lines(journal) - before
    writer.stop()
    bench.screen.abandon()
    bench.screen = None
    while any(bench.folder.encode() in line for line in flood.commands()):
        time.sleep(0.05)
    shutil.rmtree(state)
    return appended


def lines(path):
    with open(path, "rb") as file:
        return file.read().count(b"\n")


def echoes(bench, name, argv, prepare, presses):
    """Milliseconds from letters to their echoes in a program that holds two floods."""
    environment = {"PATH": os.environ["PATH"], "HOME": bench.folder, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    screen = bench.screen = flood.Screen(shutil.which(name), None, environment, argv)
    times, writer = [], syncs(os.path.join(bench.folder, f"{name}.log"))
    writer.start()
    screen.idle(1.5)
    prepare(screen)
    began = time.monotonic()
    # What neither the floods nor a program's own words and sequences have.
    letters = "&{}^$"
    while len(times) < presses and time.monotonic() - began < PATIENCE:
        letter = letters[len(times) % len(letters)].encode()
        screen.idle(random.uniform(*PAUSE))
        screen.press(letter)
        pressed = time.perf_counter()
        screen.until(letter, lambda: time.perf_counter() - pressed > PATIENCE)
        times.append((time.perf_counter() - pressed) * 1000)
    writer.stop()
    return screen, times


def tmux(bench, presses):
    """The same in tmux."""
    socket = os.path.join(bench.folder, "tmux")
    command = f"{bench.flood} {SIZE}"
    argv = ["tmux", "-S", socket, "-f", "/dev/null"]
    layout = [
        *("new-session", command, ";", "split-window", command, ";"),
        *("split-window", "-l", "5", "stty -icanon -echo; cat", ";", "set", "-g", "status", "off"),
    ]
    screen, times = echoes(bench, "tmux", argv + layout, lambda _: None, presses)
    subprocess.run([*argv, "kill-server"], env={"PATH": os.environ["PATH"]}, stderr=subprocess.DEVNULL, check=False)
    screen.leave()
    return times


def mprocs(bench, presses):
    """The same in mprocs: the third process is chosen and given the keys."""
    command = f"{bench.flood} {SIZE}"

    def choose(screen):
        for key in (b"j", b"j", b"\x01"):
            os.write(screen.terminal, key)
            screen.idle(0.5)

    argv = ["mprocs", command, command, "stty -icanon -echo; cat"]
    screen, times = echoes(bench, "mprocs", argv, choose, presses)
    # It may be far behind with its keys; what it started goes with its terminal.
    os.kill(screen.pid, signal.SIGKILL)
    screen.leave()
    return times


def p99(times):
    ordered = sorted(times)
    return ordered[int(len(ordered) * 0.99)]


def row(name, rounds):
    """The medians of the rounds."""
    p50 = statistics.median(statistics.median(times) for times in rounds)
    tail = statistics.median(p99(times) for times in rounds)
    worst, count = max(max(times) for times in rounds), sum(len(times) for times in rounds)
    spread = " ".join(f"{p99(times):.1f}" for times in rounds)
    print(f"{name:<22}{p50:>10.2f}{tail:>10.2f}{worst:>10.2f}{count:>9}   p99 by round: {spread}")
    return p50, tail


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    presses = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    bench = flood.Bench(SIZE, RUNBOOK)
    beside = {name: run for name, run in (("tmux", tmux), ("mprocs", mprocs)) if shutil.which(name)}
    ours, floor, appended = [], [], 0
    others = {name: [] for name in beside}
    try:
        for _ in range(rounds):
            times, late = [], []
            sleeper = oversleeper(late)
            sleeper.start()
            while len(times) < presses:
                before = len(times)
                appended += console(bench, times, presses)
                if len(times) == before:
                    sys.exit("no key was answered while the floods went on")
            sleeper.stop()
            ours.append(times)
            floor.append(late)
            for name, run in beside.items():
                others[name].append(run(bench, presses))
                bench.screen = None
    finally:
        if bench.screen:
            bench.screen.abandon()
        shutil.rmtree(bench.folder)
    print(f"press to frame in milliseconds, two floods, {appended} events appended to the journal meanwhile")
    print(f"{'medians of the rounds':<22}{'p50':>10}{'p99':>10}{'worst':>10}{'presses':>9}")
    p50, tail = row("console", ours)
    for name, times in others.items():
        row(name, times)
    for name in ("tmux", "mprocs"):
        if name not in beside:
            print(f"SKIPPED {name}: it is not on the PATH")
    row("a sleeper, too late by", floor)
    good = p50 <= GOAL_P50 and tail <= GOAL_P99
    print(f"{'good' if good else 'MISSED'}: goals p50 <= {GOAL_P50}, p99 <= {GOAL_P99}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
