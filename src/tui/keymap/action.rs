//! Everything that a key can do, and what the config file calls it.

/// Declares the actions, each with the name that the config file calls it by.
macro_rules! actions {
    ($($(#[doc = $words:literal])+ $action:ident = $name:literal,)+) => {
        /// Something that a key does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[doc = $words])+ $action,)+
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Action] = &[$(Action::$action,)+];

            /// What the config file calls it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Action::$action => $name,)+
                }
            }
        }
    };
}

actions! {
    /// The one suggested next thing.
    Next = "next",
    /// Up one line.
    Up = "up",
    /// Down one line.
    Down = "down",
    /// Up one screen.
    PageUp = "page-up",
    /// Down one screen.
    PageDown = "page-down",
    /// To the first line.
    Top = "top",
    /// To the last line.
    End = "end",
    /// The next pane has the keys.
    NextPane = "next-pane",
    /// The pane at the left has the keys.
    PaneLeft = "pane-left",
    /// The pane at the right has the keys.
    PaneRight = "pane-right",
    /// Out of anything.
    Back = "back",
    /// Run again.
    Again = "again",
    /// Change the script and run it.
    Edit = "edit",
    /// Leave a step out.
    Skip = "skip",
    /// Stop what runs.
    Stop = "stop",
    /// Write something down.
    Note = "note",
    /// Search the output.
    Search = "search",
    /// The next match.
    MatchDown = "match-down",
    /// The match before.
    MatchUp = "match-up",
    /// Follow the end of the output.
    Follow = "follow",
    /// One pane over everything.
    Zoom = "zoom",
    /// The timeline over everything.
    Timeline = "timeline",
    /// Copy the command.
    Copy = "copy",
    /// Go to a line of the output by its number.
    GoToLine = "go-to-line",
    /// Wrap long lines of the output.
    Wrap = "wrap",
    /// Mark lines of the output, to copy them.
    Mark = "mark",
    /// Write the report as it stands, and show it.
    Export = "export",
    /// Put a line of the output into the timeline.
    Pin = "pin",
    /// Tick an entry.
    Tick = "tick",
    /// Pass a step of a rehearsal.
    Pass = "pass",
    /// Run a command of one's own.
    OffScript = "off-script",
    /// Say that a step is done by other means.
    Done = "declare-done",
    /// Ask an answered gate again.
    Reopen = "reopen",
    /// Change a note.
    EditNote = "edit-note",
    /// Strike a note.
    StrikeNote = "strike-note",
    /// Run on by itself.
    Auto = "auto",
    /// Hand over; where somebody else drives, or nobody: take over.
    HandOver = "hand-over",
    /// Close the run.
    Close = "close",
    /// Leave the screen; everything goes on.
    Leave = "leave",
    /// What keys do here.
    Help = "help",
    /// Type into a command's terminal.
    Type = "type",
    /// Back from typing into a command's terminal.
    StopTyping = "stop-typing",
    /// The log of a command in a terminal, or its screen.
    Log = "log",
    /// Everything that can be done, by name.
    Palette = "palette",
    /// The mouse is the terminal's, or ours again.
    Mouse = "mouse",
    /// Draw the screen anew.
    Redraw = "redraw",
    /// Start a drill.
    Drill = "drill",
    /// Start a rehearsal.
    Rehearse = "rehearse",
    /// Start the demo.
    Demo = "demo",
    /// Take what was typed.
    Submit = "submit",
    /// Begin a new line of a text.
    NewLine = "new-line",
    /// Say yes to what cannot be undone, where one key is enough.
    Confirm = "confirm",
    /// The next field of a form.
    NextField = "next-field",
    /// The field before.
    FieldBefore = "field-before",
    /// The next option of a field.
    NextOption = "next-option",
    /// The option before.
    OptionBefore = "option-before",
    /// The next of the choices that a place offers.
    NextChoice = "next-choice",
    /// The choice before.
    ChoiceBefore = "choice-before",
    /// Trust a runbook.
    Trust = "trust",
}

impl Action {
    /// The way back of a way there, where one of them alone would say half.
    pub fn back_again(self) -> Option<Action> {
        match self {
            Action::Down => Some(Action::Up),
            Action::NextField => Some(Action::FieldBefore),
            Action::NextOption => Some(Action::OptionBefore),
            _ => None,
        }
    }
}
