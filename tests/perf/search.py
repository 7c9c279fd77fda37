#!/usr/bin/env python3
"""Searching a gigabyte of output on the screen, beside grep and less.

    cargo build --release
    python3 tests/perf/search.py [RUNS] [BYTES]

A step prints a file of BYTES (default 10^9) in lines of about 100 bytes like those of
a service, an eighth of them with the word `Timeout`, one at the very beginning with
`Lighthouse`. When it is over, its output is looked at in a terminal of 200x60, from its
end, RUNS times (default 5), by turns with `grep -cF` on the same log and with `less`:

  first     Enter to the frame with the first match, for a word that is everywhere
  counted   Enter to the frame that says how many matches there are, for that word, for
            the same in small letters (which then match capitals too), and for the one
            that stands in the first line alone
  keys      while a count goes on, `?` opens the help and another key closes it, as
            often as a key that is held; the same with no count under way shows what
            the machine adds
  jumps     `g` and `G` to the first and the last line

Goals: the first match within a frame, 16 ms; all counted within 1.5 times `grep -cF`;
p50 of the keys at most 1.5 ms and p99 at most 8; the slowest median of the jumps within
a frame. The numbers of
matches are those that grep finds. `less` is shown, without a goal, where it is
installed. Exit code 1 when a goal is missed.
"""

import glob
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import flood

GOAL_FRAME, GOAL_RATIO, GOAL_P50, GOAL_P99 = 16.0, 1.5, 1.5, 8.0
KEYS = 200
RUNBOOK = """\
version: 1
title: A long log
phases:
  - id: log
    title: Log
    steps:
      - id: log
        title: Print a long log
        effect: read
        shell: bash
        timeout: 10m
        run: exec cat {log}
"""
FREQUENT, SMALL, RARE, ABSENT = "Timeout", "timeout", "Lighthouse", "Nowhere to be found"
MOVE = re.compile(rb"\x1b\[([0-9;?]*)([A-Za-z])|\x1b[()].|\x1b[=>78]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


class Grid:
    """What a terminal shows, as far as a drawing program's moves and texts go."""

    def __init__(self):
        self.rows = [[" "] * flood.COLUMNS for _ in range(flood.ROWS)]
        self.row = self.column = 0
        self.region = (0, flood.ROWS - 1)
        self.left = b""

    def feed(self, piece):
        piece = self.left + piece
        # An escape sequence or a letter may be cut in two.
        cut = len(piece)
        last = piece.rfind(b"\x1b", max(0, cut - 40))
        if last >= 0 and not MOVE.match(piece, last):
            cut = last
        for back in range(1, 4):
            if cut >= back and piece[cut - back] >= 0xC0:
                if back < (2 if piece[cut - back] < 0xE0 else 3 if piece[cut - back] < 0xF0 else 4):
                    cut -= back
                break
        piece, self.left = piece[:cut], piece[cut:]
        at = 0
        for found in MOVE.finditer(piece):
            self.text(piece[at : found.start()])
            at = found.end()
            self.move(found[2], found[1] or b"")
        self.text(piece[at:])

    def move(self, letter, numbers):
        first = int(numbers.split(b";")[0] or 1) if letter in (b"A", b"B", b"C", b"D", b"G", b"H", b"r") else 1
        if letter == b"H":
            self.row, self.column = first - 1, int(numbers.partition(b";")[2] or 1) - 1
        elif letter == b"A":
            self.row -= first
        elif letter == b"B":
            self.row += first
        elif letter == b"C":
            self.column += first
        elif letter == b"D":
            self.column -= first
        elif letter == b"G":
            self.column = first - 1
        elif letter == b"r":
            last = int(numbers.partition(b";")[2] or flood.ROWS)
            self.region, self.row, self.column = (first - 1, last - 1), 0, 0
        elif letter == b"J":
            self.rows = [[" "] * flood.COLUMNS for _ in range(flood.ROWS)]

    def feed_line(self):
        """A line feed; in the last row of the region its rows move up."""
        top, last = self.region
        if self.row == last:
            del self.rows[top]
            self.rows.insert(last, [" "] * flood.COLUMNS)
        else:
            self.row += 1

    def text(self, text):
        for letter in text.decode("utf-8", "replace"):
            if letter < " ":
                if letter == "\n":
                    self.feed_line()
                elif letter == "\r":
                    self.column = 0
                elif letter == "\b":
                    self.column -= 1
                continue
            if self.row < flood.ROWS and self.column < flood.COLUMNS:
                self.rows[self.row][self.column] = letter
            self.column += 1

    def shown(self):
        return "\n".join("".join(row) for row in self.rows)


class Looking:
    """A program in a terminal, and what it shows."""

    def __init__(self, screen):
        self.screen, self.grid = screen, Grid()

    def take(self, seconds):
        self.screen.unseen = b""
        if self.screen.take(seconds):
            self.grid.feed(self.screen.unseen)

    def idle(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.take(left)

    def until(self, pattern, began=None):
        """Milliseconds until the screen shows it."""
        began = began or time.perf_counter()
        end = time.monotonic() + flood.PATIENCE
        while not (found := re.search(pattern, self.grid.shown())):
            if time.monotonic() > end:
                sys.exit(f"{pattern!r} never came; there was:\n{self.grid.shown()}")
            self.take(1)
        return (time.perf_counter() - began) * 1000, found

    def press(self, keys, pattern):
        """Milliseconds from the key to the frame that shows it."""
        began = time.perf_counter()
        os.write(self.screen.terminal, keys)
        return self.until(pattern, began)[0]

    def flip(self, keys, mark):
        """Milliseconds from the key to bytes that only the new frame has; what is shown is
        worked out afterwards."""
        self.screen.unseen = b""
        began = time.perf_counter()
        os.write(self.screen.terminal, keys)
        end = time.monotonic() + flood.PATIENCE
        while mark not in self.screen.unseen:
            if time.monotonic() > end:
                sys.exit(f"{mark!r} never came; there was:\n{self.screen.unseen[-3000:]!r}")
            self.screen.take(1)
        took = (time.perf_counter() - began) * 1000
        self.grid.feed(self.screen.unseen)
        return took

    def type(self, words):
        os.write(self.screen.terminal, b"/")
        self.idle(0.2)
        os.write(self.screen.terminal, words.encode())
        self.idle(0.2)


def make(path, size):
    """Writes the log; its first line is the only one with the rare word."""
    draw = random.Random(1)
    block = []
    for _ in range(50_000):
        what = "ERROR Timeout of" if draw.random() < 0.125 else "INFO  answer by"
        block.append(
            f"2026-11-21T10:{draw.randrange(60):02}:{draw.randrange(60):02}.{draw.randrange(1000):03}Z {what} "
            f"orders-{draw.randrange(40):02} for /api/v2/orders/{draw.randrange(10**9):09} took {draw.randrange(3000)} ms\n"
        )
    block = "".join(block).encode()
    with open(path, "wb") as file:
        file.write(b"the first line, with Lighthouse in it\n")
        while (left := size - file.tell()) > 0:
            file.write(block if left >= len(block) else block[: block.index(b"\n", left - 1) + 1])
        file.write(b"the last line of all\n")


def grep(words, path):
    began = time.perf_counter()
    said = subprocess.run(["grep", "-cF", words, path], stdout=subprocess.PIPE, check=False)
    return (time.perf_counter() - began) * 1000, int(said.stdout)


def less(path, environment):
    """Milliseconds in which less finds that a word is nowhere."""
    program = shutil.which("less")
    screen = flood.Screen(program, None, environment, [program, path])
    try:
        look = Looking(screen)
        look.until("the first line")
        look.idle(0.2)
        look.type(ABSENT)
        return look.press(b"\r", "Pattern not found")
    finally:
        screen.leave()


class Bench:
    def __init__(self, size):
        self.program = flood.built("rbconsole")
        self.folder = tempfile.mkdtemp(prefix="perf-search-", dir=os.path.abspath(flood.TARGET))
        self.size, self.screen = size, None

    def begin(self):
        """The console, with the step's output over everything; and the log."""
        path, state = os.path.join(self.folder, "long.log"), os.path.join(self.folder, "state")
        runbook = os.path.join(self.folder, "log.yaml")
        make(path, self.size)
        os.mkdir(state)
        with open(runbook, "w", encoding="utf-8") as file:
            file.write(RUNBOOK.replace("{log}", path))
        self.environment = flood.Bench.environment(self, state)
        self.screen = screen = flood.Screen(self.program, runbook, self.environment)
        screen.until(b"Before it begins")
        screen.order(b"\x13")
        screen.until(b"Print a long log")
        screen.idle(0.3)
        screen.order(b"\r")
        while not glob.glob(os.path.join(state, "runs/*/attempts/*/exit.json")):
            screen.take(0.05)
        os.remove(path)
        look = Looking(screen)
        for key in (b"\t", b"k", b"z"):
            look.idle(0.5)
            os.write(screen.terminal, key)
        look.idle(0.5)
        screen.whole_frame()
        for columns in (flood.COLUMNS - 1, flood.COLUMNS):
            screen.size(columns)
            look.idle(0.5)
        return look, glob.glob(os.path.join(state, "runs/*/attempts/*/output.log"))[0]


def search(look, words, count):
    """Milliseconds to the first match and to the number of all, from the log's end."""
    os.write(look.screen.terminal, b"G")
    look.until("the last line of all")
    look.type(words)
    began = time.perf_counter()
    os.write(look.screen.terminal, b"\r")
    first, _ = look.until(rf"‘{words}’  (hit|counting|\])", began)
    counted, _ = look.until(f"hit [0-9,]+ of {count:,}(?![0-9,])", began)
    look.idle(0.1)
    return first, counted


def keys(look, times):
    """Keys for a moment, as often as one that is held."""
    end = time.monotonic() + 0.25
    while time.monotonic() < end:
        # Words of the help, and those of the log that it has covered.
        for key, mark in ((b"?", flood.HELP_OPEN), (b"\x1b[C", b"orders/")):
            look.idle(random.uniform(0.01, 0.06))
            times.append(look.flip(key, mark))


def keys_meanwhile(look, times, floor):
    """Keys while everything is searched and counted anew, and when that is done."""
    os.write(look.screen.terminal, b"G")
    look.idle(0.2)
    look.type(RARE)
    os.write(look.screen.terminal, b"\r")
    keys(look, times)
    look.until("hit 1 of 1(?![0-9,])")
    look.idle(0.1)
    keys(look, floor)


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 10**9
    firsts, jumps, presses, lesses = [], {"g": [], "G": []}, [], []
    floor = []
    counted = {words: [] for words in (FREQUENT, SMALL, RARE)}
    greps = {words: [] for words in (FREQUENT, RARE)}
    bench = Bench(size)
    try:
        look, log = bench.begin()
        wanted = {words: grep(words, log)[1] for words in greps}
        # No word of the log is written in small letters alone.
        wanted[SMALL] = wanted[FREQUENT]
        for _ in range(runs):
            for words in (FREQUENT, SMALL, RARE):
                if words in greps:
                    greps[words].append(grep(words, log)[0])
                first, all_of_them = search(look, words, wanted[words])
                counted[words].append(all_of_them)
                if words != RARE:
                    firsts.append(first)
            # The word that is there once has brought the first line to the screen.
            for key, pattern in (("G", "the last line of all"), ("g", "the first line")):
                look.idle(0.2)
                jumps[key].append(look.press(key.encode(), pattern))
            if shutil.which("less"):
                lesses.append(less(log, bench.environment))
        while len(presses) < KEYS:
            keys_meanwhile(look, presses, floor)
    finally:
        if bench.screen:
            bench.screen.abandon()
        shutil.rmtree(bench.folder)
    print(f"{size} bytes, {runs} runs by turns, terminal {flood.COLUMNS}x{flood.ROWS}; medians in ms")
    goals = []
    for words, times in counted.items():
        plain = statistics.median(greps[FREQUENT if words == SMALL else words])
        middle = statistics.median(times)
        ratio = middle / plain
        goals.append(
            (
                f"{wanted[words]:,} × `{words}` counted in {middle:.0f}, grep -cF {plain:.0f}: "
                f"{ratio:.2f}, goal <= {GOAL_RATIO}",
                ratio <= GOAL_RATIO,
            )
        )
    first = statistics.median(firsts)
    goals.append((f"first match {first:.1f} (worst {max(firsts):.1f}), goal <= {GOAL_FRAME:.0f}", first <= GOAL_FRAME))
    ordered = sorted(presses)
    p99, nothing = ordered[int(len(ordered) * 0.99)], sorted(floor)[int(len(floor) * 0.99)]
    goals.append(
        (
            f"keys meanwhile p50 {statistics.median(ordered):.1f}, p99 {p99:.1f}, worst {ordered[-1]:.1f} "
            f"over {len(ordered)}, "
            f"goals {GOAL_P50} and {GOAL_P99:.0f}; p99 without a search {nothing:.1f}",
            statistics.median(ordered) <= GOAL_P50 and p99 <= GOAL_P99,
        )
    )
    for key, times in jumps.items():
        middle = statistics.median(times)
        goals.append((f"jump by `{key}` {middle:.1f} (worst {max(times):.1f}), goal <= {GOAL_FRAME:.0f}", middle <= GOAL_FRAME))
    for words, met in goals:
        print(f"{'good' if met else 'MISSED':<8}{words}")
    if lesses:
        print(f"{'':<8}less finds that a word is nowhere in {statistics.median(lesses):.0f}")
    return 0 if all(met for _, met in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
