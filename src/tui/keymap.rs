//! Which key does what: the one table that help, footer and dispatch come from.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Something that a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The one suggested next thing.
    Next,
    /// Up one line.
    Up,
    /// Down one line.
    Down,
    /// Up one screen.
    PageUp,
    /// Down one screen.
    PageDown,
    /// To the first line.
    Top,
    /// To the last line.
    End,
    /// The next pane has the keys.
    NextPane,
    /// The pane at the left has the keys.
    PaneLeft,
    /// The pane at the right has the keys.
    PaneRight,
    /// Out of anything.
    Back,
    /// Run again.
    Again,
    /// Change the script and run it.
    Edit,
    /// Leave a step out.
    Skip,
    /// Stop what runs.
    Stop,
    /// Write something down.
    Note,
    /// Search the output.
    Search,
    /// The next match.
    MatchDown,
    /// The match before.
    MatchUp,
    /// Follow the end of the output.
    Follow,
    /// One pane over everything.
    Zoom,
    /// The timeline over everything.
    Timeline,
    /// Copy the command.
    Copy,
    /// Put a line of the output into the timeline.
    Pin,
    /// Tick an entry.
    Tick,
    /// Pass a step of a rehearsal.
    Pass,
    /// Run on by itself.
    Auto,
    /// Hand over; where somebody else drives, or nobody: take over.
    HandOver,
    /// Close the run.
    Close,
    /// Leave the screen; everything goes on.
    Detach,
    /// What keys do here.
    Help,
    /// Start a drill.
    Drill,
    /// Type into a command's terminal.
    Type,
    /// The log of a command in a terminal, or its screen.
    Log,
    /// Start a rehearsal.
    Rehearse,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// Its keys, as people write them.
    pub keys: &'static [&'static str],
    /// In words.
    pub words: &'static str,
}

const fn bind(action: Action, keys: &'static [&'static str], words: &'static str) -> Binding {
    Binding {
        action,
        keys,
        words,
    }
}

/// The run screen.
pub const RUN: &[Binding] = &[
    bind(Action::Next, &["Enter"], "do the suggested next thing"),
    bind(Action::Up, &["k", "Up"], "move up"),
    bind(Action::Down, &["j", "Down"], "move down"),
    bind(Action::PageUp, &["PageUp", "Ctrl-u"], "a screen up"),
    bind(Action::PageDown, &["PageDown", "Ctrl-d"], "a screen down"),
    bind(Action::Top, &["g", "Home"], "to the first line"),
    bind(Action::End, &["G", "End"], "to the last line"),
    bind(Action::NextPane, &["Tab"], "next pane"),
    bind(Action::PaneLeft, &["Left"], "the output at the left"),
    bind(Action::PaneRight, &["Right"], "the output at the right"),
    bind(Action::Back, &["Esc"], "back to what comes next"),
    bind(Action::Again, &["r"], "run again, or retry"),
    bind(Action::Edit, &["e"], "edit the command and run it"),
    bind(Action::Skip, &["s"], "skip the step, with a reason"),
    bind(Action::Stop, &["x"], "stop the running command"),
    bind(Action::Tick, &["Space"], "tick a checklist entry"),
    bind(Action::Pass, &["v"], "rehearsal: pass with values"),
    bind(Action::Note, &["n"], "note; may begin with a time"),
    bind(Action::Search, &["/"], "search the output"),
    bind(Action::MatchDown, &["]"], "next match"),
    bind(Action::MatchUp, &["["], "match before"),
    bind(Action::Follow, &["f"], "follow the end of the output"),
    bind(Action::Pin, &["p"], "pin a line into the timeline"),
    bind(Action::Zoom, &["z"], "zoom the pane"),
    bind(Action::Type, &["i"], "type into the command"),
    bind(Action::Log, &["l"], "a terminal's log, or its screen"),
    bind(Action::Timeline, &["t"], "zoom the timeline"),
    bind(Action::Copy, &["y"], "copy the command or text"),
    bind(Action::Auto, &["a"], "run on while steps succeed"),
    bind(Action::HandOver, &["h"], "hand over, or take over"),
    bind(Action::Close, &["c"], "close the run"),
    bind(
        Action::Detach,
        &["q", "Ctrl-c"],
        "leave; everything goes on",
    ),
    bind(Action::Help, &["?"], "this help"),
];

/// The home screen. Letters filter, so commands there are not letters.
pub const HOME: &[Binding] = &[
    bind(
        Action::Next,
        &["Enter"],
        "open: resume the run, or start an incident",
    ),
    bind(Action::Drill, &["Ctrl-d"], "start a drill"),
    bind(
        Action::Rehearse,
        &["Ctrl-r"],
        "start a rehearsal: nothing is done",
    ),
    bind(Action::Up, &["Up", "Ctrl-k"], "move up"),
    bind(Action::Down, &["Down", "Ctrl-j"], "move down"),
    bind(Action::Back, &["Esc"], "clear the filter, then leave"),
    bind(Action::Detach, &["Ctrl-c", "Ctrl-q"], "leave"),
    bind(Action::Help, &["F1"], "this help"),
];

/// What a key does, by a table.
pub fn action(table: &[Binding], key: KeyEvent) -> Option<Action> {
    let name = name(key);
    table
        .iter()
        .find(|binding| binding.keys.contains(&name.as_str()))
        .map(|binding| binding.action)
}

/// The first key of an action, for hints.
pub fn key_of(table: &[Binding], action: Action) -> &'static str {
    table
        .iter()
        .find(|binding| binding.action == action)
        .and_then(|binding| binding.keys.first())
        .copied()
        .unwrap_or_default()
}

/// A key as people write it.
pub fn name(key: KeyEvent) -> String {
    let base = match key.code {
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "Enter".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::Tab => "Tab".to_owned(),
        KeyCode::BackTab => "Shift-Tab".to_owned(),
        KeyCode::Backspace => "Backspace".to_owned(),
        KeyCode::Up => "Up".to_owned(),
        KeyCode::Down => "Down".to_owned(),
        KeyCode::Left => "Left".to_owned(),
        KeyCode::Right => "Right".to_owned(),
        KeyCode::PageUp => "PageUp".to_owned(),
        KeyCode::PageDown => "PageDown".to_owned(),
        KeyCode::Home => "Home".to_owned(),
        KeyCode::End => "End".to_owned(),
        KeyCode::Delete => "Delete".to_owned(),
        KeyCode::F(n) => format!("F{n}"),
        _ => String::new(),
    };
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        format!("Ctrl-{}", base.to_lowercase())
    } else if key.modifiers.contains(KeyModifiers::ALT) {
        format!("Alt-{base}")
    } else {
        base
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_for_two_things() {
        for table in [RUN, HOME] {
            let mut keys: Vec<&str> = table.iter().flat_map(|b| b.keys.iter().copied()).collect();
            let all = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), all);
        }
    }

    #[test]
    fn keys_are_found_by_their_names() {
        let key = |code, modifiers| KeyEvent::new(code, modifiers);
        let plain = KeyModifiers::NONE;
        assert_eq!(action(RUN, key(KeyCode::Enter, plain)), Some(Action::Next));
        assert_eq!(
            action(RUN, key(KeyCode::Char('G'), KeyModifiers::SHIFT)),
            Some(Action::End)
        );
        assert_eq!(
            action(RUN, key(KeyCode::Char('c'), KeyModifiers::CONTROL)),
            Some(Action::Detach)
        );
        assert_eq!(action(RUN, key(KeyCode::Char('Q'), plain)), None);
        assert_eq!(key_of(RUN, Action::Help), "?");
    }
}
