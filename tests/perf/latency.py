#!/usr/bin/env python3
"""Key to frame under two floods and journal syncs, beside tmux under two floods.

    cargo build --release --bins --examples
    python3 tests/perf/latency.py [PRESSES]

The console shows a step whose two scripts, `flood` (tests/perf/flood.rs), print
side by side, in a terminal of 200x60 that is drained. All the while notes are left
in the run's inbox, so that its journal is appended to and synced again and again.
`?` opens the help and another key closes it, PRESSES times in all (default 400), at
random moments: a press is answered when bytes arrive that only the new frame has.
The clock of tmux runs from a letter, typed into a third pane in which `cat` runs,
to its echo; there too something appends and syncs.

A floor is measured in the same moments: how long a thread that sleeps for a
millisecond oversleeps. What the machine does to a sleeper it does to a console.

Goals: p50 at most 1.5 ms, p99 at most 8 ms. Exit code 1 when one is missed. tmux is
shown, without a goal, where it is installed.
"""

import glob
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time

import flood

GOAL_P50, GOAL_P99 = 1.5, 8.0
SIZE = 2 * 10**9
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
    screen.press(b"\x13")
    screen.until(b"Print from two sides")
    screen.idle(0.3)
    run = glob.glob(os.path.join(state, "runs/*"))[0]
    journal = os.path.join(run, "journal.jsonl")
    writer = notes(run)
    writer.start()
    # The inbox is looked at once a second: from then on there is always something to record.
    screen.idle(1.5)
    screen.press(b"\r")
    screen.until(flood.HELP_CLOSED)
    before = lines(journal)

    def over():
        return glob.glob(os.path.join(run, "attempts/*/exit.json"))

    while len(times) < presses and not over():
        for key, mark in ((b"?", flood.HELP_OPEN), (b"\x1b[C", flood.HELP_CLOSED)):
            screen.idle(random.uniform(0.004, 0.03))
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


def tmux(bench, presses):
    """The same in tmux."""
    socket = os.path.join(bench.folder, "tmux")
    command = f"{bench.flood} {SIZE}"
    environment = {"PATH": os.environ["PATH"], "HOME": bench.folder, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    argv = ["tmux", "-S", socket, "-f", "/dev/null"]
    layout = [
        *("new-session", command, ";", "split-window", command, ";"),
        *("split-window", "-l", "5", "stty -icanon; cat", ";", "set", "-g", "status", "off"),
    ]
    screen = flood.Screen(shutil.which("tmux"), None, environment, argv + layout)
    times, writer = [], syncs(os.path.join(bench.folder, "tmux.log"))
    writer.start()
    screen.idle(1.5)
    letters = "QWXZJKVB"
    for number in range(presses):
        letter = letters[number % len(letters)].encode()
        screen.idle(random.uniform(0.004, 0.03))
        screen.press(letter)
        pressed = time.perf_counter()
        screen.until(letter)
        times.append((time.perf_counter() - pressed) * 1000)
    writer.stop()
    subprocess.run([*argv, "kill-server"], env=environment, stderr=subprocess.DEVNULL)
    screen.leave()
    return times


def row(name, times):
    ordered = sorted(times)
    p99 = ordered[int(len(ordered) * 0.99)]
    print(f"{name:<22}{statistics.median(ordered):>9.2f}{p99:>9.2f}{ordered[-1]:>9.2f}{len(ordered):>9}")
    return statistics.median(ordered), p99


def main():
    presses = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    bench = flood.Bench(SIZE, RUNBOOK)
    ours, others, floor, appended = [], [], [], 0
    try:
        sleeper = oversleeper(floor)
        sleeper.start()
        while len(ours) < presses:
            before = len(ours)
            appended += console(bench, ours, presses)
            if len(ours) == before:
                sys.exit("no key was answered while the floods went on")
        if shutil.which("tmux"):
            others = tmux(bench, presses)
        sleeper.stop()
    finally:
        if bench.screen:
            bench.screen.abandon()
        shutil.rmtree(bench.folder)
    print(f"press to frame in milliseconds, two floods, {appended} events appended to the journal meanwhile")
    print(f"{'':<22}{'p50':>9}{'p99':>9}{'worst':>9}{'presses':>9}")
    p50, p99 = row("console", ours)
    if others:
        row("tmux", others)
    row("a sleeper, too late by", floor)
    good = p50 <= GOAL_P50 and p99 <= GOAL_P99
    print(f"{'good' if good else 'MISSED'}: goals p50 <= {GOAL_P50}, p99 <= {GOAL_P99}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
