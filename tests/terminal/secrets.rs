//! A secret is asked for again by whoever takes a run up: it was kept nowhere.

use std::{fs, path::Path, time::SystemTime};

use rustix::process::Signal;

use super::{
    driver::to_the_end,
    effects, let_go,
    pty::Terminal,
    sandbox::{Sandbox, eventually},
    typed::files_below,
};

/// Each step notes how long the secret is that it was given, and tries to print it.
fn runbook(folder: &Path) -> String {
    format!(
        "version: 1
title: With a password
inputs:
  token: {{ description: The password, secret: true }}
  folder: {{ description: Where, default: '{}' }}
phases:
  - id: work
    title: Work
    steps:
      - id: first
        title: The first
        effect: write
        run: |
          echo begun
          until [ -e {{{{ folder }}}}/go ]; do sleep 0.05; done
          printf %s {{{{ token }}}} | wc -c >>{{{{ folder }}}}/effects
          echo {{{{ token }}}}
      - id: second
        title: The second
        effect: write
        run: |
          printf %s {{{{ token }}}} | wc -c >>{{{{ folder }}}}/effects
          echo {{{{ token }}}}
",
        folder.display()
    )
}

/// When the run's driver last gave a sign of life.
fn sign(sandbox: &Sandbox) -> SystemTime {
    let lock = fs::metadata(sandbox.run_dir().join("lock")).expect("a lock");
    lock.modified().expect("a time")
}

#[test]
fn a_secret_is_asked_for_again_by_whoever_takes_over() {
    let sandbox = Sandbox::new();
    let file = sandbox.runbook("password", &runbook(sandbox.path()));
    let mut ana = Terminal::start(&sandbox, &["run", &file.to_string_lossy()]);
    ana.sees(&["Before it begins", "The password"]);
    ana.press("from-ana-1");
    ana.sees(&["••••"]);
    ana.press("\u{13}");
    ana.sees(&["run ‘The first’"]);
    ana.press("Enter");
    ana.sees(&["begun", "running (process"]);
    ana.signal(Signal::KILL);
    assert_eq!(ana.ends().code(), None);
    drop(ana);

    let operator = [("RBCONSOLE_OPERATOR", "ben")];
    let mut ben = Terminal::start_with(&sandbox, &["resume"], &operator);
    ben.sees(&["ana’s console vanished at", "I have read it and take over"]);
    ben.press("Enter");
    ben.sees(&["Secrets that this run needs", "The password"]);
    // However long ben looks for it, nobody is told that this console hangs.
    let before = sign(&sandbox);
    eventually("a sign of life", || {
        let now = sign(&sandbox);
        (now > before).then_some(()).ok_or(format!("{now:?}"))
    });
    ben.press("of-ben");
    ben.press("\u{13}");
    ben.sees(&["is still running", "x stop it"]);
    ben.signal(Signal::KILL);
    assert_eq!(ben.ends().code(), None);
    drop(ben);

    // Also by the same person at another console.
    let mut ben = Terminal::start_with(&sandbox, &["resume"], &operator);
    ben.sees(&["Secrets that this run needs"]);
    ben.press("of-ben-again");
    ben.press("\u{13}");
    ben.sees(&["x stop it"]);
    let_go(&sandbox);
    ben.sees(&["run ‘The second’"]);
    to_the_end(&mut ben);
    ben.press("Enter");
    assert_eq!(ben.ends().code(), Some(0));
    ben.is_restored();

    // What began with ana's goes on with it.
    let lengths = ["from-ana-1", "of-ben-again"].map(|it| it.len().to_string());
    assert_eq!(effects(&sandbox), lengths);
    for file in files_below(&sandbox.run_dir()) {
        let text = fs::read(&file).unwrap_or_default();
        for secret in ["from-ana-1", "of-ben"] {
            let found = memchr::memmem::find(&text, secret.as_bytes());
            assert_eq!(found, None, "{secret} stands in {}", file.display());
        }
    }
    sandbox.nothing_left();
}
