//! What the terminal is told beside the frames: titles, notifications, the clipboard.

use super::{pty::Terminal, sandbox::Sandbox};

/// A gate whose title is what a hostile command printed.
const HOSTILE: &str = r#"version: 1
title: Look, then go on
phases:
  - id: look
    title: Look
    steps:
      - id: find
        title: Find something
        effect: read
        run: printf 'found \033]0;pwned\007\033]52;c;cHduZWQ=\007now\n'
        outputs:
          found: { regex: 'found (.*)' }
      - id: ask
        title: "Go on with {{ found }}?"
        gate:
          answers:
            go: { label: Go on, then: [] }
"#;

fn at_the_first_step(sandbox: &Sandbox, env: &[(&str, &str)]) -> Terminal {
    let runbook = sandbox.runbook("hostile", HOSTILE);
    let runbook = runbook.to_string_lossy().into_owned();
    let mut terminal = Terminal::start_with(sandbox, &["run", &runbook], env);
    terminal.sees(&["▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["run ‘Find something’"]);
    terminal
}

fn leave(terminal: &mut Terminal) -> String {
    terminal.press("q");
    assert_eq!(terminal.ends().code(), Some(3));
    terminal.is_restored();
    terminal.until_raw("the title that was there before", b"\x1b[23;0t");
    String::from_utf8_lossy(&terminal.raw()).into_owned()
}

#[test]
fn the_title_says_what_waits_and_is_given_back() {
    let sandbox = Sandbox::new();
    let mut terminal = at_the_first_step(&sandbox, &[]);
    terminal.until_raw(
        "a title",
        b"\x1b]0;LIVE: ready \xc2\xb7 Look, then go on\x07",
    );
    // The operator looks elsewhere.
    terminal.press("\u{1b}[O");
    terminal.press("Enter");
    terminal.sees(&["Go on with"]);
    terminal.until_raw("a title", b"\x1b]0;LIVE: gate waiting");
    terminal.until_raw("a notification", b"\x1b]9;rbconsole: gate: Go on with ");
    let said = leave(&mut terminal);
    let kept = said.find("\u{1b}[22;0t").expect("the title is kept");
    assert!(kept < said.find("\u{1b}]0;").expect("a title"));
    for pwned in ["\u{1b}]0;pwned", "\u{1b}]52;c;cHduZWQ="] {
        assert!(!said.contains(pwned), "{said:?}");
    }
}

#[test]
fn the_config_file_says_how_one_is_told() {
    for (notify, told, not) in [("bell", "\u{7}", "\u{1b}]9;"), ("off", "", "\u{1b}]9;")] {
        let sandbox = Sandbox::new();
        sandbox.config(&format!("notify: {notify}\nclipboard: false\n"));
        let mut terminal = at_the_first_step(&sandbox, &[]);
        terminal.press("\u{1b}[O");
        terminal.press("y");
        terminal.sees(&["`clipboard: false` stands in the config file"]);
        terminal.press("Enter");
        terminal.until_raw("a title", b"\x1b]0;LIVE: gate waiting");
        let said = leave(&mut terminal);
        assert!(!said.contains(not), "{notify}: {said:?}");
        assert!(!said.contains("\u{1b}]52;"), "{notify}: {said:?}");
        // Titles end with one too.
        let titles = said.matches("\u{1b}]0;").count();
        let bells = said.matches('\u{7}').count() - titles;
        assert_eq!(bells, told.len(), "{notify}: {said:?}");
    }
}

#[test]
fn what_is_copied_goes_through_tmux() {
    for (env, sequence) in [
        (&[][..], "\u{1b}]52;c;"),
        (
            &[("TMUX", "/tmp/tmux,1,0")][..],
            "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;",
        ),
        (&[("STY", "1.pts-0")][..], "\u{1b}P\u{1b}]52;c;"),
    ] {
        let sandbox = Sandbox::new();
        let mut terminal = at_the_first_step(&sandbox, env);
        terminal.press("y");
        terminal.sees(&["Copied the command ("]);
        terminal.until_raw("the text", sequence.as_bytes());
        leave(&mut terminal);
    }
}

/// Other keys, as the config file wants them, and what is wrong with some.
#[test]
fn keys_are_those_of_the_config_file() {
    let sandbox = Sandbox::new();
    sandbox.config("keys:\n  help: F7\n  leave: Q\n  run: { copy: K }\n");
    let mut terminal = at_the_first_step(&sandbox, &[]);
    terminal.sees(&["F7 help", "Q detach"]);
    terminal.press("K");
    terminal.sees(&["Copied the command"]);
    // The old one does nothing any more.
    terminal.press("q");
    terminal.press("\u{1b}[18~");
    terminal.sees(&["copy the command or text", "any key closes this"]);
    // Esc and a letter at once would be Alt with it.
    terminal.press("x");
    terminal.sees(&["F7 help"]);
    terminal.until("no help", |screen| {
        !screen.contents().contains("any key closes this")
    });
    terminal.press("Q");
    assert_eq!(terminal.ends().code(), Some(3));
    terminal.is_restored();

    let sandbox = Sandbox::new();
    sandbox.config("keys:\n  nota: N\n");
    let mut terminal = Terminal::start(&sandbox, &[]);
    assert_ne!(terminal.ends().code(), Some(0));
    terminal.sees(&["config.yaml: line 2 column 3", "is `note` meant?"]);
    terminal.is_restored();
}
