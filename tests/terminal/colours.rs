//! How many colours a terminal is sent: as many as it says it has, in sequences that it knows.

use std::collections::BTreeSet;

use super::{let_go, pty::Terminal, sandbox::Sandbox, slow_runbook};

/// The numbers of every sequence that sets how text looks, and what stood on the screen.
fn home(env: &[(&str, &str)]) -> (BTreeSet<String>, String) {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::start_with(&sandbox, &[], env);
    terminal.sees(&["Runbooks", "New here?", "Esc leave"]);
    // Blanks at the end of a line are sent only where they have a colour.
    let text = terminal.settled();
    let text: Vec<&str> = text.lines().map(str::trim_end).collect();
    let text = text.join("\n");
    terminal.press("Esc");
    assert!(terminal.ends().success());
    terminal.is_restored();
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    let looks = regex::Regex::new("\u{1b}\\[([0-9;]*)m").expect("a pattern");
    let looks = looks.captures_iter(&raw).map(|found| found[1].to_owned());
    (looks.collect(), text)
}

#[test]
fn a_terminal_is_sent_the_colours_that_it_has() {
    let (all, text) = home(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]);
    assert!(all.iter().any(|look| look.contains("38;2;")), "{all:?}");
    let (some, with_256) = home(&[("TERM", "xterm-256color")]);
    assert!(some.iter().any(|look| look.contains("38;5;")), "{some:?}");
    assert!(!some.iter().any(|look| look.contains("8;2;")), "{some:?}");
    for term in ["linux", "ansi"] {
        let (sixteen, with_16) = home(&[("TERM", term)]);
        let known = |look: &String| {
            look.split(';').all(|number| {
                let number = number.parse::<u8>().unwrap_or(0);
                matches!(number, 0..=7 | 22..=27 | 30..=37 | 39..=47 | 49 | 59 | 90..=97 | 100..=107)
            })
        };
        assert!(sixteen.iter().all(known), "{sixteen:?}");
        for wanted in ["97", "40"] {
            let is_sent = |look: &String| look.split(';').any(|number| number == wanted);
            assert!(sixteen.iter().any(is_sent), "{sixteen:?}");
        }
        assert_eq!(with_16, text, "{term}");
    }
    for env in [("TERM", "vt100"), ("NO_COLOR", "1")] {
        let (none, without) = home(&[env]);
        let colored = |look: &String| {
            let mut numbers = look
                .split(';')
                .map(|number| number.parse::<u8>().unwrap_or(0));
            numbers.any(|number| matches!(number, 30..=38 | 40..=48 | 90..=107))
        };
        assert!(!none.iter().any(colored), "{env:?}: {none:?}");
        assert_eq!(without, text, "{env:?}");
    }
    assert_eq!(with_256, text);
}

/// The colours that a stream of terminal output asks for.
fn colours(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let sequence = regex::Regex::new("\u{1b}\\[([0-9;:]*)m").expect("a pattern");
    sequence
        .captures_iter(&text)
        .flat_map(|found| found[1].split(';').map(str::to_owned).collect::<Vec<_>>())
        .filter(|code| {
            let code: u32 = code.split(':').next().unwrap_or("").parse().unwrap_or(0);
            matches!(code, 30..=38 | 40..=48 | 90..=97 | 100..=107)
        })
        .collect()
}

#[test]
fn no_color_means_none() {
    for (env, wants_colour) in [(("NO_COLOR", "1"), false), (("NO_COLOR", ""), true)] {
        let sandbox = Sandbox::new();
        let runbook = sandbox.runbook("slow", &slow_runbook(sandbox.path()));
        let runbook = runbook.to_string_lossy().into_owned();
        let mut terminal = Terminal::start_with(&sandbox, &["run", &runbook], &[env]);
        terminal.sees(&["▸ Start the run"]);
        terminal.press("Enter");
        terminal.sees(&["run ‘Append slowly’"]);
        terminal.press("Enter");
        terminal.sees(&["running (process"]);
        terminal.press("?");
        terminal.sees(&["any key"]);
        let_go(&sandbox);
        terminal.press("Esc");
        terminal.sees(&["run ‘Append again’"]);
        terminal.press("q");
        assert_eq!(terminal.ends().code(), Some(3));
        terminal.is_restored();
        let found = colours(&terminal.raw());
        assert_eq!(!found.is_empty(), wants_colour, "{env:?}: {found:?}");
    }
}
