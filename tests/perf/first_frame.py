#!/usr/bin/env python3
"""How long until the home screen stands, against a minimal ratatui program.

    cargo build --release --bins --examples
    python3 tests/perf/first_frame.py [RUNS]

Both programs start in a fresh pseudo-terminal of 120x40, by turns, RUNS times
each (default 41). The clock runs from the fork to the arrival of the last of
the texts that make the frame complete: for the home screen the title of the
last built-in runbook and the end of the footer, for the minimal program its
one line and its border's last corner. Goal: the median of rbconsole is at most
2.0 times that of the minimal program. Exit code 1 when it is missed.

Also shown, without a goal: `full look`, until the preview of the marked
runbook has been loaded and drawn, which may follow the first frame.
"""

import fcntl
import os
import select
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time

GOAL = 2.0
COLUMNS, ROWS = 120, 40
PATIENCE = 10.0  # seconds until a frame that does not come is an error
TARGET = os.environ.get("CARGO_TARGET_DIR", "target")
BUILD = "cargo build --release --bins --examples"


def built(path):
    """A built program's absolute path, or an end with the command that builds it."""
    path = os.path.abspath(os.path.join(TARGET, "release", path))
    if not os.access(path, os.X_OK):
        sys.exit(f"{path} is missing: {BUILD}")
    return path


def spawn(argv, environment):
    """Starts a program at home, in a terminal of its own: its process id and the terminal's other end."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        try:
            os.login_tty(theirs)
            # Where no folder of runbooks is: what is listed is the built-in library.
            os.chdir(environment["HOME"])
            os.execve(argv[0], argv, environment)
        finally:
            os._exit(127)
    os.close(theirs)
    return pid, ours, began


def arrival(terminal, began, marks):
    """Seconds from `began` until all marks have arrived, one time for each list of marks."""
    seen, times = b"", []
    while len(times) < len(marks):
        ready, _, _ = select.select([terminal], [], [], PATIENCE)
        try:
            piece = os.read(terminal, 1 << 16) if ready else b""
        except OSError:
            piece = b""
        if not piece:
            sys.exit(f"the frame never came; there was: {seen[-2000:]!r}")
        now = time.perf_counter()
        seen += piece
        while len(times) < len(marks) and all(mark in seen for mark in marks[len(times)]):
            times.append(now - began)
    return times


def leave(pid, terminal, key):
    """Presses the key that ends the program and waits for it, draining its terminal."""
    os.write(terminal, key)
    give_up = time.monotonic() + PATIENCE
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > give_up:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        ready, _, _ = select.select([terminal], [], [], 0.002)
        if ready:
            try:
                os.read(terminal, 1 << 16)
            except OSError:
                pass
    os.close(terminal)


def measure(argv, environment, marks, key):
    pid, terminal, began = spawn(argv, environment)
    try:
        times = arrival(terminal, began, marks)
    finally:
        leave(pid, terminal, key)
    return [seconds * 1000 for seconds in times]


def row(name, times):
    ordered = sorted(times)
    tenth = len(ordered) // 10
    print(
        f"{name:<22}{statistics.median(ordered):>9.2f}{ordered[0]:>9.2f}"
        f"{ordered[tenth]:>9.2f}{ordered[-1 - tenth]:>9.2f}"
    )


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 41
    console, minimal = built("rbconsole"), built("examples/minimal")
    state = tempfile.mkdtemp(prefix="first-frame-")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": state,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "RBCONSOLE_STATE_DIR": os.path.join(state, "state"),
        "RBCONSOLE_CONFIG_DIR": os.path.join(state, "config"),
    }
    frame = [b"Roll back a symlink release", b"leave"]
    full = [b"When to use it"]
    ours, fulls, theirs = [], [], []
    try:
        for turn in range(runs + 3):
            first, look = measure([console], environment, [frame, full], b"\x03")
            bare = measure(
                [minimal], environment, [[b"complete", "┘".encode()]], b"q"
            )[0]
            if turn >= 3:  # the first ones only warm the caches
                ours.append(first)
                fulls.append(look)
                theirs.append(bare)
    finally:
        shutil.rmtree(state)
    ratio = statistics.median(ours) / statistics.median(theirs)
    pairs = statistics.median(a / b for a, b in zip(ours, theirs))
    print(f"first frame, {runs} runs by turns, milliseconds from the fork")
    print(f"{'':<22}{'median':>9}{'min':>9}{'p10':>9}{'p90':>9}")
    row("minimal ratatui", theirs)
    row("rbconsole", ours)
    row("rbconsole, full look", fulls)
    print(f"ratio of medians {ratio:.2f} (median of pairs {pairs:.2f}), goal <= {GOAL}")
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
