//! The screen's questions and menus, asked in lines. Which there are, their words and what
//! an answer means are theirs ([`Overlay`]).

use tui_textarea::TextArea;

use super::{super::form::BACK, Asked, Attending, Console, Mode};
use crate::engine::{Command, State};
use crate::report::Brief;
use crate::tui::{
    overlay::{Ask, Menu, MenuDoes, Overlay, Reaction, ask::target_of, handover::HandOver},
    run::keys::Intent,
};

/// How many lines of a command are shown before it is changed.
const SHOWN: usize = 60;

impl Attending {
    /// Asks what the uppermost layer asks, once, and again where something was said since.
    pub(super) fn present(&mut self, console: &mut Console) {
        let depth = self.screen.overlays.len();
        let anew = self.presented != depth;
        self.presented = depth;
        let Some(layer) = self.screen.overlays.last() else {
            return;
        };
        let state = self.source.state();
        let question = match layer {
            Overlay::Prompt(_) if !self.begun.is_empty() => {
                "the next line, or a dot to go back>".to_owned()
            }
            Overlay::Prompt(prompt) => {
                if anew {
                    console.gap();
                    console.say(&prompt.ask.title(state));
                    let words = prompt.ask.hint(state, &self.keys);
                    console.say(&hint(&prompt.ask, &words, state));
                    if let Ask::Edit { .. } = prompt.ask {
                        console.say("It reads:");
                        let lines: Vec<String> = prompt.text().lines().map(indented).collect();
                        console.show(lines.iter().take(SHOWN).map(String::as_str));
                    } else if !prompt.text().is_empty() {
                        console.say(&format!("Enter takes: {}", prompt.text()));
                    }
                }
                match &prompt.ask {
                    Ask::Edit { .. } => {
                        "e: change it in your editor; t: type it here; a dot: leave it>".to_owned()
                    }
                    ask if ask.is_by_key(state) => "y runs it, a dot leaves it>".to_owned(),
                    Ask::Note | Ask::CloseNote { .. } => "text, or a dot to go back>".to_owned(),
                    _ => "answer, or a dot to go back>".to_owned(),
                }
            }
            Overlay::Menu(menu) | Overlay::Driven(menu) => {
                if anew {
                    tell_menu(console, menu);
                }
                format!(
                    "number, Enter for {}, or a dot to go back>",
                    menu.cursor + 1
                )
            }
            Overlay::HandOver(layer) => {
                if anew {
                    console.gap();
                    console.say("Hand over. This is what they will read:");
                    tell_brief(console, &layer.brief);
                }
                hand_over_question(layer)
            }
            Overlay::TakeOver(layer) => {
                if anew {
                    console.gap();
                    console.say("Take over. This is how it stands:");
                    for words in layer.gone.iter().chain(&layer.warning) {
                        console.say(words);
                    }
                    tell_brief(console, &layer.brief);
                }
                "y: I have read it and take over; Enter: go on watching>".to_owned()
            }
            Overlay::Told(told) => {
                console.gap();
                console.say(told.title);
                console.say(&told.text);
                self.screen.overlays.pop();
                self.presented = 0;
                return;
            }
            // What keys do, what can be done, and the report are told in other ways.
            Overlay::Help { .. } | Overlay::Palette(_) | Overlay::Report(_) => {
                self.screen.overlays.pop();
                self.presented = 0;
                return;
            }
        };
        console.prompt(&question);
    }

    /// An answer to the uppermost layer.
    pub(super) fn answer(&mut self, console: &mut Console, line: &str) -> Option<Asked> {
        let mut layer = self.screen.overlays.pop()?;
        self.presented = 0;
        if line.trim() == BACK {
            self.begun.clear();
            console.say("Left as it was.");
            self.told.forget_choices();
            return None;
        }
        let state = self.source.state();
        let now = self.source.now();
        let reaction = match &mut layer {
            Overlay::Prompt(prompt) => {
                if let Ask::Edit { .. } = prompt.ask {
                    return self.how_to_edit(console, layer, line);
                }
                if prompt.ask.is_multiline()
                    && let Some(part) = line.strip_suffix('\\')
                {
                    // In a command the backslash stays: it means the same there.
                    let kept = matches!(prompt.ask, Ask::OffScript);
                    self.begun.push(if kept { line } else { part }.to_owned());
                    self.screen.overlays.push(layer);
                    return None;
                }
                let mut lines = std::mem::take(&mut self.begun);
                let text = if line.is_empty() && lines.is_empty() {
                    prompt.text()
                } else {
                    lines.push(line.to_owned());
                    lines.join("\n")
                };
                let by_key = prompt.ask.is_by_key(state) && line.trim() != "y";
                if by_key {
                    Err("y runs it; nothing was run.".to_owned())
                } else {
                    prompt.ask.answer(&text, state, now)
                }
            }
            Overlay::Menu(menu) | Overlay::Driven(menu) => match chosen(menu, line) {
                Some(at) => Ok(match menu.items[at].does.clone() {
                    Some(MenuDoes::Command(command)) => Reaction::Do(command),
                    Some(MenuDoes::Ask(ask)) => Reaction::Next(Overlay::ask(ask, state)),
                    Some(MenuDoes::AskHandOver) => Reaction::AskHandOver,
                    None => Reaction::Gone,
                }),
                None => Err(format!("There is no number '{}'.", line.trim())),
            },
            Overlay::HandOver(handing) => Ok(hand_over(handing, line)),
            Overlay::TakeOver(_) => Ok(if line.trim() == "y" {
                Reaction::TakeOver
            } else {
                Reaction::Gone
            }),
            _ => Ok(Reaction::Gone),
        };
        match reaction {
            Ok(Reaction::Stay) => {
                self.screen.overlays.push(layer);
                self.presented = 0;
                None
            }
            Ok(reaction) => self.react(console, reaction),
            Err(why) => {
                console.say(&why);
                self.screen.overlays.push(layer);
                // What is asked was told; only the answer did not do.
                self.presented = self.screen.overlays.len();
                None
            }
        }
    }

    /// What comes of an answer.
    pub(super) fn react(&mut self, console: &mut Console, reaction: Reaction) -> Option<Asked> {
        match reaction {
            Reaction::Do(command) => Some(Asked::Intent(Intent::Do(command))),
            Reaction::Copy(text) => Some(Asked::Intent(Intent::Copy {
                what: "the command",
                text,
            })),
            Reaction::TakeOver => Some(Asked::Intent(Intent::TakeOver)),
            Reaction::AskHandOver => Some(Asked::Intent(Intent::AskHandOver)),
            Reaction::Next(layer) | Reaction::Over(layer) => {
                self.screen.overlays.push(layer);
                None
            }
            Reaction::Search(words) => {
                self.search(console, &words);
                None
            }
            // Nothing was asked of anybody: what can be done is told again.
            _ => {
                self.told.forget_choices();
                None
            }
        }
    }

    /// How the command shall be changed.
    fn how_to_edit(&mut self, console: &mut Console, layer: Overlay, line: &str) -> Option<Asked> {
        self.screen.overlays.push(layer);
        match line.trim() {
            "e" => return Some(Asked::Editor),
            "t" => {
                console.say(
                    "Type the whole command, line by line; a line with only a dot ends it. Nothing \
                     typed leaves it as it is.",
                );
                self.mode = Mode::Editing(Vec::new());
            }
            other => {
                console.say(&format!("'{other}' is neither e nor t nor a dot."));
                self.presented = self.screen.overlays.len();
            }
        }
        None
    }

    /// The command as it was changed.
    pub(super) fn changed(&mut self, console: &mut Console, text: &str) -> Option<Asked> {
        let Some(Overlay::Prompt(prompt)) = self.screen.overlays.pop() else {
            return None;
        };
        self.presented = 0;
        if text.trim().is_empty() || text.trim_end() == prompt.text().trim_end() {
            console.say("The command is as it was; nothing was run.");
            self.told.forget_choices();
            return None;
        }
        let state = self.source.state();
        match prompt.ask.answer(text, state, self.source.now()) {
            Ok(reaction) => self.react(console, reaction),
            Err(why) => {
                console.say(&why);
                self.screen.overlays.push(Overlay::Prompt(prompt));
                None
            }
        }
    }
}

fn hint(ask: &Ask, hint: &str, state: &State) -> String {
    match ask {
        // These name keys of the screen.
        Ask::Note => {
            "Begin with a time (14:15 or -20m) to backdate it; todo @ana by friday ... is \
                      left to do. A backslash at the end goes on in the next line."
                .to_owned()
        }
        Ask::Amend { .. } => {
            "What it said before stays in the journal and in the full report.".to_owned()
        }
        Ask::OffScript => "It runs with bash in a terminal and stops at its first failure. It is \
                           recorded as a deviation with its output, and counts as a write; nothing \
                           is filled in."
            .to_owned(),
        Ask::ConfirmRun { target, .. } if ask.is_by_key(state) => format!("It acts on {target}."),
        Ask::ConfirmFallback { step, .. } if ask.is_by_key(state) => {
            format!("It acts on {}.", target_of(state, step))
        }
        Ask::Edit { .. } => "The change is recorded.".to_owned(),
        Ask::Search => "The last lines that hold these words are told.".to_owned(),
        _ => hint.to_owned(),
    }
}

fn indented(line: &str) -> String {
    format!("    {line}")
}

fn tell_menu(console: &mut Console, menu: &Menu) {
    console.gap();
    console.say(&menu.title);
    for words in &menu.says {
        console.say(words);
    }
    for (number, item) in menu.items.iter().enumerate() {
        let follows = item.follows.replace('\n', " ");
        let follows = follows.replace("; y copies it:", ":");
        console.say(&format!("  {}. {}: {follows}", number + 1, item.label));
    }
}

fn chosen(menu: &Menu, line: &str) -> Option<usize> {
    let line = line.trim();
    let at = if line.is_empty() {
        menu.cursor
    } else {
        line.parse::<usize>().ok()?.checked_sub(1)?
    };
    (at < menu.items.len()).then_some(at)
}

fn hand_over_question(layer: &HandOver) -> String {
    if layer.at_note {
        let to = layer.to.lines().join(" ");
        let to = if to.trim().is_empty() {
            "whoever takes it".to_owned()
        } else {
            to
        };
        format!("To {to}. A note that does not stand above (Enter: none; a dot: keep the run)>")
    } else {
        "To whom (Enter: whoever takes it; a dot: keep the run)>".to_owned()
    }
}

fn hand_over(layer: &mut HandOver, line: &str) -> Reaction {
    if layer.at_note {
        return Reaction::Do(Command::HandOver {
            to: Some(layer.to.lines().join(" ")),
            note: line.to_owned(),
        });
    }
    layer.to = TextArea::new(vec![line.trim().to_owned()]);
    layer.at_note = true;
    Reaction::Stay
}

fn tell_brief(console: &mut Console, brief: &Brief) {
    console.say(&brief.heading);
    for part in &brief.parts {
        for line in part.told() {
            console.say(&format!("  {}: {line}", part.name));
        }
    }
}
