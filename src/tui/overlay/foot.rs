//! What the footer says while a layer has the keys, where the layer does not say it itself.

use super::{Ask, Menu, Overlay, Prompt, Then};
use crate::engine::State;
use crate::tui::{
    keymap::{
        Action, Keymap,
        context::{CONFIRM, MENU, QUESTION},
    },
    run::footer::Hint,
};

/// What Enter does there, and how to get out. Nothing of what tells its keys by itself: what is
/// read, the help, the palette, the briefs.
pub fn hints<'a>(layer: &Overlay, keys: &'a Keymap, state: &State) -> Vec<Hint<'a>> {
    let mut hints = match layer {
        Overlay::Prompt(prompt) => of_prompt(prompt, keys, state),
        Overlay::Menu(menu) | Overlay::Driven(menu) => of_menu(menu, keys),
        Overlay::Help { .. }
        | Overlay::Palette(_)
        | Overlay::HandOver(_)
        | Overlay::TakeOver(_)
        | Overlay::Report(_)
        | Overlay::Told(_) => Vec::new(),
    };
    hints.retain(|(key, _)| !key.is_empty());
    hints
}

fn of_prompt<'a>(prompt: &Prompt, keys: &'a Keymap, state: &State) -> Vec<Hint<'a>> {
    let ask = &prompt.ask;
    if ask.is_by_key(state) {
        return vec![
            (
                keys.in_footer(CONFIRM, Action::Confirm),
                "run it".to_owned(),
            ),
            (keys.in_footer(CONFIRM, Action::Back), "leave it".to_owned()),
        ];
    }
    let key = |action| keys.in_footer(QUESTION, action);
    let mut hints = if ask.enter_is_newline() {
        vec![
            (key(Action::Submit), does(ask).to_owned()),
            (key(Action::Next), "new line".to_owned()),
        ]
    } else {
        vec![(key(Action::Next), does(ask).to_owned())]
    };
    if ask.is_multiline() && !ask.enter_is_newline() {
        hints.push((key(Action::NewLine), "new line".to_owned()));
    }
    hints.push((key(Action::Back), "leave it".to_owned()));
    hints
}

/// What taking the answer does.
fn does(ask: &Ask) -> &'static str {
    match ask {
        Ask::Note | Ask::Amend { .. } => "save",
        Ask::OffScript
        | Ask::Edit { .. }
        | Ask::ConfirmRun { .. }
        | Ask::ConfirmFallback { .. } => "run it",
        Ask::DeclareOffScript { .. }
        | Ask::TookEffect { .. }
        | Ask::TookNoEffect { .. }
        | Ask::AttestChannel { .. } => "record it",
        Ask::Done { .. } => "declare it done",
        Ask::Reopen { .. } => "ask it again",
        Ask::Search => "search",
        Ask::Line => "go there",
        Ask::AnswerReason { .. } => "give this answer",
        Ask::AttestWho { .. } => "go on",
        Ask::SkipReason { .. } => "skip it",
        Ask::EndWait { .. } => "end the wait",
        Ask::CloseNote { .. } => "close the run",
        Ask::Values { missing, .. } if missing.len() > 1 => "next value",
        Ask::Values { then, .. } => match then {
            Then::ManualDone => "done",
            Then::Skip { .. } => "skip it",
            Then::TookEffect { .. } => "record it",
            Then::Done { .. } => "declare it done",
            Then::Pass => "pass it",
        },
    }
}

fn of_menu<'a>(menu: &Menu, keys: &'a Keymap) -> Vec<Hint<'a>> {
    let key = |action| keys.in_footer(MENU, action);
    let marked = menu.items.get(menu.cursor);
    let mut hints = vec![(
        key(Action::Next),
        marked.map_or_else(String::new, |item| item.label.clone()),
    )];
    hints.push((key(Action::Down), "choose".to_owned()));
    if menu.copy.is_some() {
        hints.push((key(Action::Copy), "copy".to_owned()));
    }
    hints.push((key(Action::Back), "leave it".to_owned()));
    hints
}
