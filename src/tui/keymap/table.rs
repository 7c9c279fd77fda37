//! The one table: where, what, by which keys, and in words.

use super::{Action, Context};

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Where the keys mean this.
    pub context: Context,
    /// What they do.
    pub action: Action,
    /// The keys, as people write them, if nothing else is wanted.
    pub keys: &'static [&'static str],
    /// In words.
    pub words: &'static str,
}

const fn row(
    context: Context,
    action: Action,
    keys: &'static [&'static str],
    words: &'static str,
) -> Row {
    Row {
        context,
        action,
        keys,
        words,
    }
}

use Action as A;
use Context as C;

/// Every key of every place. A key has one meaning in each place; a pane that is gone
/// to has its own before those of the run.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row(C::Everywhere, A::Help, &["F1"], "what keys do here"),
    row(C::Everywhere, A::Leave, &["Ctrl-c", "Ctrl-q"], "leave; what runs goes on"),
    row(C::Everywhere, A::Redraw, &["Ctrl-l"], "draw the screen anew"),

    row(C::Home, A::Next, &["Enter"], "open: resume the run, or start an incident"),
    row(C::Home, A::Drill, &["Ctrl-d"], "start a drill"),
    row(C::Home, A::Rehearse, &["Ctrl-r"], "start a rehearsal: nothing is done"),
    row(C::Home, A::Demo, &["Ctrl-t"], "try the demo: a bad release of a little service"),
    row(C::Home, A::Up, &["Up", "Ctrl-k"], "move up"),
    row(C::Home, A::Down, &["Down", "Ctrl-j"], "move down"),
    row(C::Home, A::Palette, &["Ctrl-p"], "all that can be done, by name"),
    row(C::Home, A::Mouse, &["Alt-m"], "mouse off, or on again"),
    row(C::Home, A::Back, &["Esc"], "clear the filter, then leave"),

    row(C::Form, A::Next, &["Enter"], "next field; on the button: start"),
    row(C::Form, A::Submit, &["Ctrl-s"], "start"),
    row(C::Form, A::NextField, &["Down", "Tab"], "next field"),
    row(C::Form, A::FieldBefore, &["Up", "Shift-Tab"], "field before"),
    row(C::Form, A::NextOption, &["Right", "Space"], "next option of the field"),
    row(C::Form, A::OptionBefore, &["Left"], "option before"),
    row(C::Form, A::NextChoice, &["Ctrl-n"], "next choice that the place offers"),
    row(C::Form, A::ChoiceBefore, &["Ctrl-p"], "choice before"),
    row(C::Form, A::Back, &["Esc"], "leave; nothing begins"),

    row(C::Run, A::Next, &["Enter"], "do the suggested next thing"),
    row(C::Run, A::Back, &["Esc"], "back to what comes next"),
    row(C::Run, A::NextPane, &["Tab"], "next pane"),
    row(C::Run, A::Zoom, &["z"], "zoom the pane"),
    row(C::Run, A::Timeline, &["t"], "zoom the timeline"),
    row(C::Run, A::Note, &["n"], "note; may begin with a time"),
    row(C::Run, A::Again, &["r"], "run again, or retry"),
    row(C::Run, A::Edit, &["e"], "edit the command and run it"),
    row(C::Run, A::Skip, &["s"], "skip the step, with a reason"),
    row(C::Run, A::Stop, &["x"], "stop the running command"),
    row(C::Run, A::OffScript, &["!"], "run an off-script command"),
    row(C::Run, A::Done, &["D"], "declare it done off-script"),
    row(C::Run, A::Reopen, &["o"], "ask an answered gate again"),
    row(C::Run, A::Pass, &["v"], "rehearsal: pass with values"),
    row(C::Run, A::Copy, &["y"], "copy the command or text"),
    row(C::Run, A::Auto, &["a"], "run on while steps succeed"),
    row(C::Run, A::HandOver, &["h"], "hand over, or take over"),
    row(C::Run, A::Close, &["c"], "close the run"),
    row(C::Run, A::Export, &["E"], "write the report and read it"),
    row(C::Run, A::Palette, &[":", "Ctrl-p"], "all that can be done, by name"),
    row(C::Run, A::Mouse, &["m"], "mouse off, or on again"),
    row(C::Run, A::Leave, &["q"], "leave; everything goes on"),
    row(C::Run, A::Help, &["?"], "what keys do here"),

    row(C::Plan, A::Up, &["k", "Up"], "the step above"),
    row(C::Plan, A::Down, &["j", "Down"], "the step below"),

    row(C::Choices, A::Up, &["k", "Up"], "the choice above"),
    row(C::Choices, A::Down, &["j", "Down"], "the choice below"),
    row(C::Choices, A::Tick, &["Space"], "tick a checklist entry"),

    row(C::Output, A::Up, &["k", "Up"], "scroll up"),
    row(C::Output, A::Down, &["j", "Down"], "scroll down"),
    row(C::Output, A::PageUp, &["PageUp", "Ctrl-u"], "a screen up"),
    row(C::Output, A::PageDown, &["PageDown", "Ctrl-d"], "a screen down"),
    row(C::Output, A::Top, &["g", "Home"], "first line"),
    row(C::Output, A::End, &["G", "End"], "last line"),
    row(C::Output, A::PaneLeft, &["Left"], "left pane"),
    row(C::Output, A::PaneRight, &["Right"], "right pane"),
    row(C::Output, A::Search, &["/"], "search the output"),
    row(C::Output, A::MatchDown, &["]"], "next match"),
    row(C::Output, A::MatchUp, &["["], "match before"),
    row(C::Output, A::GoToLine, &["#"], "go to a line by number"),
    row(C::Output, A::Wrap, &["w"], "wrap or cut long lines"),
    row(C::Output, A::Mark, &["V"], "mark lines, to copy them"),
    row(C::Output, A::Follow, &["f"], "follow the end"),
    row(C::Output, A::Pin, &["p"], "pin a line to the timeline"),
    row(C::Output, A::Type, &["i"], "type into the command"),
    row(C::Output, A::Log, &["l"], "a terminal's log or screen"),

    row(C::Signals, A::Up, &["k", "Up"], "the signal above"),
    row(C::Signals, A::Down, &["j", "Down"], "the signal below"),

    row(C::Timeline, A::Up, &["k", "Up"], "earlier"),
    row(C::Timeline, A::Down, &["j", "Down"], "later"),
    row(C::Timeline, A::PageUp, &["PageUp", "Ctrl-u"], "a screen earlier"),
    row(C::Timeline, A::PageDown, &["PageDown", "Ctrl-d"], "a screen later"),
    row(C::Timeline, A::Top, &["g", "Home"], "to the beginning"),
    row(C::Timeline, A::End, &["G", "End"], "to now"),
    row(C::Timeline, A::EditNote, &["e"], "change the marked note"),
    row(C::Timeline, A::StrikeNote, &["x", "Delete"], "strike the marked note"),

    row(C::Terminal, A::StopTyping, &["Ctrl-]"], "back; all other keys go to the command"),

    row(C::Question, A::Next, &["Enter"], "take the answer; editing a command: a new line"),
    row(C::Question, A::NewLine, &["Alt-Enter"], "a new line, where there can be several"),
    row(C::Question, A::Submit, &["Ctrl-s"], "take the answer; editing a command: run it"),
    row(C::Question, A::Back, &["Esc"], "leave it; nothing happens"),

    row(C::Confirm, A::Confirm, &["y"], "yes, run it"),
    row(C::Confirm, A::Back, &["Esc", "n", "q"], "no, leave it"),

    row(C::Menu, A::Next, &["Enter"], "do what is marked"),
    row(C::Menu, A::Up, &["k", "Up"], "move up"),
    row(C::Menu, A::Down, &["j", "Down"], "move down"),
    row(C::Menu, A::Copy, &["y"], "copy the command that is named"),
    row(C::Menu, A::Back, &["Esc", "q"], "leave it; nothing happens"),
    row(C::Menu, A::Help, &["?"], "what keys do here"),

    row(C::Brief, A::Next, &["Enter"], "hand over; nothing is stopped"),
    row(C::Brief, A::NextField, &["Tab", "Down"], "next field"),
    row(C::Brief, A::FieldBefore, &["Shift-Tab", "Up"], "field before"),
    row(C::Brief, A::Back, &["Esc"], "keep it"),

    row(C::Page, A::Next, &["Enter"], "read: go on"),
    row(C::Page, A::Up, &["k", "Up"], "scroll up"),
    row(C::Page, A::Down, &["j", "Down"], "scroll down"),
    row(C::Page, A::PageUp, &["PageUp", "Ctrl-u"], "a screen up"),
    row(C::Page, A::PageDown, &["PageDown", "Space", "Ctrl-d"], "a screen down"),
    row(C::Page, A::Top, &["g", "Home"], "to the beginning"),
    row(C::Page, A::End, &["G", "End"], "to the end"),
    row(C::Page, A::Trust, &["t"], "trust what is shown, where that is asked"),
    row(C::Page, A::Back, &["Esc", "q"], "back"),
    row(C::Page, A::Help, &["?"], "what keys do here"),

    row(C::Palette, A::Next, &["Enter"], "do what is marked"),
    row(C::Palette, A::Up, &["Up", "Ctrl-k"], "move up"),
    row(C::Palette, A::Down, &["Down", "Ctrl-j"], "move down"),
    row(C::Palette, A::PageUp, &["PageUp"], "ten rows up"),
    row(C::Palette, A::PageDown, &["PageDown"], "ten rows down"),
    row(C::Palette, A::Back, &["Esc", "Ctrl-p"], "leave it; nothing happens"),
];
