#!/usr/bin/env python3
"""How long `rbconsole check` takes for 1,000 runbooks of 300 lines, and how that compares with `cat` and `grep`.

    cargo build --release && tests/perf/check.py [target/release/rbconsole]
"""

import pathlib
import subprocess
import sys
import tempfile
import time

FILES, LINES, ROUNDS = 1000, 300, 5
HEAD = """version: 1
title: Restart service {n}
inputs:
  service: {{ default: web{n} }}
  deep: {{ type: boolean, default: false }}
phases:
  - id: act
    title: Act
    steps:
      - id: ask
        gate:
          headless: stop
          answers:
            go: {{ label: Go }}
            leave: {{ label: Leave, then: [] }}
"""
STEP = """      - id: step_{s}
        title: Look at part {s}
        when: answers.ask == "go"{deep}
        effect: read
        run: |
          service={{{{ service }}}}
          if systemctl is-active -- "$service" >/dev/null; then
            printf 'part_{s}=%s\\n' "{n}-$(date +%s)"
          else
            echo "part {s} of {{{{ service }}}} is down"
          fi
        outputs:
          part_{s}: {{ regex: 'part_{s}=(.+)' }}
"""


def runbook(number):
    """One runbook of about 300 lines; every script is its own."""
    text = HEAD.format(n=number)
    step = 0
    while text.count("\n") < LINES:
        text += STEP.format(n=number, s=step, deep=" and deep" if step % 2 else "")
        step += 1
    return text


def best(argv):
    """The shortest of a few rounds, in seconds."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        done = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        times.append(time.perf_counter() - begun)
        if done.returncode != 0:
            sys.exit(f"{argv[0]} ended with {done.returncode}:\n{done.stderr.decode()[-2000:]}")
    return min(times)


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "target/release/rbconsole"
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number in range(FILES):
            path = pathlib.Path(folder, f"{number:04}.yaml")
            path.write_text(runbook(number), encoding="utf-8")
            paths.append(str(path))
        lines = sum(path.count("\n") for path in (runbook(n) for n in range(FILES)))
        check = best([program, "check", "--strict", folder])
        cat = best(["cat", *paths])
        grep = best(["grep", "-c", "run:", *paths])
        print(f"{FILES} runbooks, {lines} lines: check {check:.3f} s, cat {cat:.4f} s, grep {grep:.4f} s")
        print(f"check is {check / cat:.0f} times cat and {check / grep:.0f} times grep")


if __name__ == "__main__":
    main()
