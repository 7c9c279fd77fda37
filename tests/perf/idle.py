#!/usr/bin/env python3
"""What a run costs while nothing happens: wake-ups of console and supervisor.

    cargo build --release
    python3 tests/perf/idle.py [SECONDS]

A console on a pseudo-terminal of 120x40 runs a step that prints nothing, and another
console watches it. After some seconds of settling the voluntary context switches of
all threads of the console, of its supervisors and of what else is ours are counted for
SECONDS (default 20), and those of the one that watches.

Goal: no more than 2 a second for the console and what it started together, and no more
than 2 for the one that watches. Exit code 1 when it is missed.
"""

import fcntl
import glob
import json
import os
import pathlib
import pty
import shutil
import signal
import struct
import sys
import tempfile
import termios
import threading
import time

GOAL = 2.0
SETTLE = 4
TARGET = os.environ.get("CARGO_TARGET_DIR", "target")

RUNBOOK = """version: 1
title: Idle
phases:
  - id: all
    title: All
    steps:
      - { id: silent, title: Silent, effect: read, run: sleep 600, timeout: 20m }
"""


def ours(program):
    """Our processes, by number: their role."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/exe"):
        try:
            if os.readlink(path) == program:
                pid = int(path.split("/")[2])
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                role = "supervisor" if b"__supervise" in words else "watch" if b"watch" in words else "console"
                found[pid] = role
        except OSError:
            continue
    return found


def switches(pid):
    """Voluntary context switches by thread."""
    counts = {}
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path, encoding="utf-8") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
        counts[(path.split("/")[4], lines["Name"].strip())] = int(lines["voluntary_ctxt_switches"])
    return counts


def started(folder):
    """What the locks of the attempts say of who runs them."""
    texts = [pathlib.Path(path).read_text(encoding="utf-8") for path in glob.glob(os.path.join(folder, "runs/*/attempts/*/lock"))]
    return [json.loads(text) for text in texts if text]


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    folder = tempfile.mkdtemp(prefix="perf-idle-", dir=os.path.abspath(TARGET))
    # A copy, so that other consoles of this machine are not counted.
    program = os.path.join(folder, "rbconsole")
    shutil.copy(os.path.join(TARGET, "release", "rbconsole"), program)
    with open(os.path.join(folder, "idle.yaml"), "w", encoding="utf-8") as file:
        file.write(RUNBOOK)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "USER": "perf",
        "RBCONSOLE_STATE_DIR": folder,
        "RBCONSOLE_CONFIG_DIR": folder,
    }
    def begin(*arguments):
        """A console in a terminal of its own: its number, the terminal, what it draws."""
        pid, screen = pty.fork()
        if pid == 0:
            os.execve(program, [program, *arguments], environment)
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        printed = bytearray()

        def read():
            try:
                while True:
                    printed.extend(os.read(screen, 65536))
            except OSError:
                pass

        threading.Thread(target=read, daemon=True).start()
        return pid, screen, printed

    pid, screen, printed = begin("run", os.path.join(folder, "idle.yaml"), "--trust")
    watching = 0
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until and not started(folder):
            # The form is started with Ctrl-s, the step with Enter.
            for key in (b"\x13", b"\r"):
                time.sleep(0.7)
                os.write(screen, key)
        if not started(folder):
            sys.exit(f"the step did not begin: {bytes(printed[-2000:])!r}")
        run = os.path.basename(glob.glob(os.path.join(folder, "runs/*"))[0])
        watching, _, seen = begin("watch", run)
        time.sleep(SETTLE)
        if b"Silent" not in seen:
            sys.exit(f"nothing is watched: {bytes(seen[-2000:])!r}")
        processes = ours(program)
        before = {pid: switches(pid) for pid in processes}
        bytes_before = len(printed)
        time.sleep(seconds)
        totals = {"run": 0, "watch": 0}
        for pid_, role in sorted(processes.items()):
            for thread, count in sorted(switches(pid_).items()):
                woke = count - before[pid_].get(thread, 0)
                totals["watch" if role == "watch" else "run"] += woke
                print(f"{role:<12}{thread[1]:<20}{woke:>6} in {seconds} s")
        print(f"printed {(len(printed) - bytes_before) / seconds:.0f} bytes a second")
        for what, total in totals.items():
            print(f"{what:<6}{total / seconds:.2f} wake-ups a second, goal <= {GOAL}")
    finally:
        for record in started(folder):
            try:
                os.kill(record["pid"], signal.SIGKILL)
            except OSError:
                pass
        # Its supervisor ends by itself, and clears up.
        time.sleep(1)
        for console in (pid, watching):
            if console:
                os.kill(console, signal.SIGKILL)
                os.waitpid(console, 0)
        for number in ours(program):
            os.kill(number, signal.SIGKILL)
        shutil.rmtree(folder)
    return 0 if max(totals.values()) / seconds <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
