//! An operator who hits any key at any time: nothing panics, and nothing runs that must not.

use crossterm::event::{Event as Input, MouseButton, MouseEvent, MouseEventKind};
use rbconsole::{
    engine::{AttemptId, Entry, Event, Launch, State, effect::Part, observed::Ended},
    output::Stream,
    runbook::Effect,
    session::signals::Signals,
    tui::{
        keymap::{Action, Keymap, context::STEP},
        run::{RunScreen, View, standing::Standing},
    },
};

use super::{
    clock,
    console::{Console, House, Setup, entries, key_of},
    fake::Fate,
    habits::times,
};

/// A small generator, so that a failing seed can be played again.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("sides are few")
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.roll(from.len())]
    }
}

pub const KEYS: &[&str] = &[
    "Enter",
    "Enter",
    "Enter",
    "Enter",
    "Enter",
    "Enter",
    "j",
    "k",
    "j",
    "Up",
    "Down",
    "Tab",
    "Esc",
    "Esc",
    "r",
    "e",
    "s",
    "x",
    "n",
    "/",
    "]",
    "[",
    "f",
    "z",
    "t",
    "y",
    "a",
    "c",
    "?",
    "g",
    "G",
    "Space",
    "Ctrl-s",
    "Ctrl-u",
    "Ctrl-d",
    "Backspace",
    "Alt-Enter",
    "q",
    "Ctrl-c",
    "1",
    "7",
    "é",
    "日",
    ":",
    ":",
    "Ctrl-p",
    "m",
    "!",
    "D",
    "o",
    "h",
    "E",
    "V",
    "#",
    "w",
    "p",
    "i",
    "l",
    "v",
    "Left",
    "Right",
    "F1",
    "Ctrl-]",
];
pub const TEXTS: &[&str] = &[
    "a reason",
    "14:15 noted",
    "7.2",
    "81",
    "INC-7",
    "two\r\nlines",
    // The palette finds these, and so would a command of one's own be called.
    "declare",
    "stop the",
    "close",
    "zoom",
    "pin",
    "\u{1b}[31mred\u{1b}[0m\u{202e}",
    "",
];
const TARGET: &str = "payments_live";

/// What became of commands and gates while the operator hit keys.
fn carry_out(
    console: &Console,
    dice: &mut Dice,
    open: &mut Vec<(AttemptId, String)>,
    seen: &mut usize,
) {
    let launches = console.hand.launches();
    for launch in &launches[*seen..] {
        open.push((launch.attempt, launch.step.clone()));
        if console.hand.has_log(launch.attempt) {
            console.hand.started(launch.attempt);
        }
    }
    *seen = launches.len();
    if !open.is_empty() && dice.roll(3) > 0 {
        let (attempt, step) = open.remove(dice.roll(open.len()));
        if console.hand.has_log(attempt) {
            console.hand.print(attempt, Stream::Out, "some output\n");
        }
        let found: &[(&str, &str)] = match step.as_str() {
            "measure" => &[(
                "error_rate",
                dice.pick(&["0.2", "7.2", "81.5", "no number"]),
            )],
            "deploy" => &[("release", "2026-11-19.3")],
            _ => &[],
        };
        let ended = match dice.roll(6) {
            0 => Ended::Exit { code: 3 },
            1 => Ended::Lost,
            2 if console.hand.stops().contains(&attempt) => Ended::Stopped,
            _ => Ended::Exit { code: 0 },
        };
        console.hand.finish(attempt, ended, 1_000, found);
    }
    if dice.roll(4) == 0 {
        console.hand.evidence("roll_back", "500 POST /payments\n");
    }
}

/// One console's life; how many random events it took.
async fn hit_keys(
    console: &mut Console,
    dice: &mut Dice,
    budget: usize,
    knows_target: bool,
) -> usize {
    let mut open = Vec::new();
    let mut seen = 0;
    for round in 1..=budget {
        match dice.roll(40) {
            0 => console.resize(
                u16::try_from(1 + dice.roll(300)).expect("small"),
                u16::try_from(1 + dice.roll(100)).expect("small"),
            ),
            1 | 2 => console.send(Input::Paste(dice.pick(TEXTS).to_owned())),
            3 => {
                let kinds = [
                    MouseEventKind::ScrollUp,
                    MouseEventKind::ScrollDown,
                    MouseEventKind::Moved,
                    MouseEventKind::Drag(MouseButton::Left),
                    MouseEventKind::Down(MouseButton::Left),
                    MouseEventKind::Up(MouseButton::Left),
                    MouseEventKind::Down(MouseButton::Right),
                ];
                console.send(Input::Mouse(MouseEvent {
                    kind: kinds[dice.roll(kinds.len())],
                    column: u16::try_from(dice.roll(160)).expect("small"),
                    row: u16::try_from(dice.roll(60)).expect("small"),
                    modifiers: crossterm::event::KeyModifiers::NONE,
                }));
            }
            7 => console.send(if dice.roll(2) == 0 {
                Input::FocusLost
            } else {
                Input::FocusGained
            }),
            4 => {
                console.send(Input::Paste(dice.pick(TEXTS).to_owned()));
                console.press(&["Enter"]);
            }
            5 if knows_target => {
                console.send(Input::Paste(TARGET.to_owned()));
                console.press(&["Enter"]);
            }
            6 => clock::pass(i64::try_from(dice.roll(90)).expect("small")),
            _ => console.press(&[dice.pick(KEYS)]),
        }
        if round % 4 == 0 {
            console.settle().await;
            carry_out(console, dice, &mut open, &mut seen);
        }
        if console.is_gone() {
            return round;
        }
        if round % 60 == 0 {
            back_to_nothing(console).await;
            if console.is_gone() {
                return round;
            }
        }
    }
    budget
}

/// Esc leads out of anything but a command's terminal, which has a key of its own for that: after two of them `?` is
/// the help again, not a letter somewhere.
async fn back_to_nothing(console: &Console) {
    console.resize(100, 30);
    console.press(&["Ctrl-]", "Esc", "Esc", "?"]);
    console.settle().await;
    if console.is_gone() {
        return;
    }
    let text = console.text();
    assert!(text.contains("any key closes this"), "{text}");
    console.press(&["Esc"]);
    console
        .until("the help is gone", |text| {
            !text.contains("any key closes this")
        })
        .await;
}

/// Nothing that changes the world ran before its gate was answered for it, and
/// nothing ran twice at a time, nor two commands that change something.
fn lawful(all: &[Entry], knows_target: bool) {
    let mut answer = None;
    let mut running: Vec<Launch> = Vec::new();
    for entry in all {
        match &entry.event {
            Event::GateAnswered(given) => answer = Some(given.answer.as_str()),
            Event::GateReopened(_) => answer = None,
            Event::AttemptStarting { launch, .. } => {
                match launch.step.as_str() {
                    "deploy" => assert!(matches!(answer, Some("code" | "everything"))),
                    "restore" => {
                        assert_eq!(answer, Some("everything"));
                        assert!(knows_target, "nobody typed the name of what is destroyed");
                    }
                    _ => {}
                }
                running.push((**launch).clone());
            }
            Event::AttemptFinished { attempt, .. } | Event::AttemptVoided { attempt } => {
                running.retain(|known| known.attempt != *attempt);
            }
            _ => {}
        }
        // What only looks may be run again at any time.
        let of_steps = || running.iter().filter(|known| known.part != Part::OffScript);
        let changing = of_steps().filter(|known| known.effect != Effect::Read);
        assert!(
            changing.count() <= 1,
            "two commands changed something at once"
        );
        let mut steps: Vec<&str> = of_steps().map(|known| known.step.as_str()).collect();
        steps.sort_unstable();
        assert!(steps.windows(2).all(|pair| pair[0] != pair[1]), "{steps:?}");
    }
}

/// Several runs, each with several consoles, until the events are used up; which
/// steps ran at least once.
fn play(seed: u64, mut budget: usize, knows_target: bool) -> Vec<String> {
    let mut dice = Dice::new(seed);
    let mut ran = Vec::new();
    while budget > 0 {
        let house = House::new();
        let setup = Setup::default();
        let (used, _) = house.begin(&setup, async |console| {
            hit_keys(console, &mut dice, budget, knows_target).await
        });
        budget -= used;
        loop {
            let all = entries(&house.run());
            lawful(&all, knows_target);
            let closed = all
                .iter()
                .any(|e| matches!(e.event, Event::RunClosed { .. }));
            ran.extend(all.into_iter().filter_map(|entry| match entry.event {
                Event::AttemptStarting { launch, .. } => Some(launch.step.clone()),
                _ => None,
            }));
            if closed || budget == 0 {
                break;
            }
            let fate = [Fate::Unknown, Fate::Running, Fate::NeverStarted][dice.roll(3)];
            let (used, _) = house.resume(&setup, fate, async |console| {
                hit_keys(console, &mut dice, budget, knows_target).await
            });
            budget -= used;
        }
    }
    ran
}

#[test]
fn any_keys_without_the_targets_name() {
    let seeds = 1..=3 * u64::try_from(times()).expect("few");
    let ran: Vec<String> = seeds.flat_map(|seed| play(seed, 900, false)).collect();
    assert!(
        ran.iter().any(|step| step == "deploy"),
        "the monkey got nowhere: {ran:?}"
    );
}

#[test]
fn any_keys_with_the_targets_name() {
    let seeds = 11..11 + 3 * u64::try_from(times()).expect("few");
    let ran: Vec<String> = seeds.flat_map(|seed| play(seed, 900, true)).collect();
    assert!(
        ran.iter().any(|step| step == "deploy"),
        "the monkey got nowhere: {ran:?}"
    );
}

/// The screen by itself: whatever was pressed, three Esc leave no layer, no zoom,
/// and the step whose turn it is.
#[test]
fn escape_leads_back_from_everywhere() {
    let house = House::new();
    house.begin(&Setup::default(), async |console| {
        super::scenes::measured(console, "81.5").await;
    });
    let (state, _): (State, _) =
        rbconsole::session::resume::read(&house.run()).expect("the run can be read");
    let keys = Keymap::default();
    let earlier = rbconsole::history::Earlier::default();
    let view = View {
        earlier: &earlier,
        state: &state,
        lines: &[],
        signals: &Signals::default(),
        now: clock::now(),
        stalled: None,
        report: None,
        watching: None,
        standing: Standing::default(),
        keys: &keys,
        area: ratatui::layout::Rect::new(0, 0, 100, 30),
    };
    let mut dice = Dice(7);
    let mut screen = RunScreen::default();
    let mut depths = [0; 3];
    for _ in 0..20_000 {
        for _ in 0..dice.roll(6) {
            let key = key_of(dice.pick(KEYS));
            screen.key(key, &view);
            screen.settle(&state);
        }
        depths[screen.overlays.len().min(2)] += 1;
        // One for each layer, of which there are two at most, and one for the pane.
        for _ in 0..3 {
            screen.key(key_of("Esc"), &view);
        }
        assert!(screen.overlays.is_empty());
        assert_eq!(screen.zoom, None);
        assert!(screen.shows_current(&state));
    }
    assert!(depths[1] > 1_000, "the keys opened no layers: {depths:?}");
    assert_eq!(keys.action(STEP, key_of("Esc")), Some(Action::Back));
}
