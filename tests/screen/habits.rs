//! The screen by itself under an operator who hits any key, in every state of a run: it
//! is drawn at any size, nothing is asked of the engine without the layer that asks for
//! it first, and Esc leads back from everywhere.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use rbconsole::{
    engine::{Command, State, observed::Ended},
    history::Earlier,
    report::timeline::{Line, timeline},
    session::signals::Signals,
    tui::{
        frame::Frame,
        keymap::Keymap,
        overlay::{Overlay, report::Report},
        run::{RunScreen, View, draw, keys::Intent, standing::Standing},
        theme::{Depth, Theme},
    },
};

use super::{
    beside::runs,
    clock,
    console::{Console, House, Setup, entries, key_of, theme},
    monkey::{Dice, KEYS, TEXTS},
    reaching::restore_failed,
    scenes::{
        answered, at_the_destructive_step, at_the_manual_step, closing, deployed, deploying,
        measured,
    },
};

/// How many keys, pastes, moves of the mouse and sizes each of the twelve states has to
/// stand: more than a hundred thousand in CI, beside the 5,400 of the whole loop in [`super::monkey`].
/// `RBCONSOLE_MONKEY=20` makes it twenty times as many.
const STEPS: usize = 10_000;

/// So many times as much as in CI.
pub fn times() -> usize {
    let given = std::env::var("RBCONSOLE_MONKEY").ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// A run that stands somewhere.
struct Stand {
    state: State,
    lines: Vec<Line>,
}

fn stand(script: impl AsyncFnOnce(&mut Console)) -> Stand {
    let house = House::new();
    house.begin(&Setup::default(), script);
    let (state, _): (State, _) =
        rbconsole::session::resume::read(&house.run()).expect("the run can be read");
    let (lines, _) = timeline(&state, &entries(&house.run()));
    Stand { state, lines }
}

impl Stand {
    fn view<'a>(&'a self, fixed: &'a Fixed, area: Rect) -> View<'a> {
        View {
            state: &self.state,
            lines: &self.lines,
            signals: &fixed.signals,
            now: clock::now(),
            stalled: None,
            report: None,
            watching: None,
            standing: Standing::default(),
            earlier: &fixed.earlier,
            keys: &fixed.keys,
            area,
        }
    }
}

#[derive(Default)]
struct Fixed {
    signals: Signals,
    earlier: Earlier,
    keys: Keymap,
}

/// What had the keys.
#[derive(Debug, Clone, PartialEq)]
enum Layer {
    Nothing,
    Prompt(String),
    Menu(String),
    /// By itself it confirms nothing.
    Palette,
    Brief,
    Other,
}

fn top(screen: &RunScreen) -> Layer {
    match screen.overlays.last() {
        None => Layer::Nothing,
        Some(Overlay::Prompt(prompt)) => Layer::Prompt(format!("{:?}", prompt.ask)),
        Some(Overlay::Menu(menu) | Overlay::Driven(menu)) => Layer::Menu(menu.title.clone()),
        Some(Overlay::Palette(_)) => Layer::Palette,
        Some(Overlay::HandOver(_)) => Layer::Brief,
        Some(_) => Layer::Other,
    }
}

/// Whether a layer of this kind asked before what is irrevocable or has to be reasoned.
fn confirmed(command: &Command, before: &Layer, state: &State) -> bool {
    let asked = |words: &[&str]| match before {
        Layer::Prompt(ask) => words.iter().any(|word| ask.starts_with(word)),
        _ => false,
    };
    let menu = |word: &str| matches!(before, Layer::Menu(title) if title.contains(word));
    match command {
        Command::Stop(_) => menu("Stop"),
        Command::Skip { .. } => asked(&["SkipReason", "Values"]),
        Command::TookEffect { .. } => asked(&["TookEffect", "Values"]),
        Command::TookNoEffect { .. } => asked(&["TookNoEffect"]),
        Command::EndWait { .. } => asked(&["EndWait"]),
        // A pin asks nothing.
        Command::Note { .. } => {
            asked(&["Note"]) || matches!(before, Layer::Nothing | Layer::Palette)
        }
        Command::OffScript(_) => asked(&["OffScript"]),
        Command::DeclareOffScript { .. } => asked(&["DeclareOffScript"]),
        Command::DeclareDone { .. } => asked(&["Done", "Values"]),
        Command::Reopen { .. } => asked(&["Reopen"]),
        Command::Amend { text: None, .. } => menu("Strike"),
        Command::Amend { .. } => asked(&["Amend"]),
        Command::Close { .. } => asked(&["CloseNote"]),
        Command::HandOver { .. } => *before == Layer::Brief,
        Command::Fallback {
            step, confirmation, ..
        } if step == "restore" => {
            asked(&["ConfirmFallback"]) && confirmation.as_deref() == Some("payments_live")
        }
        Command::Run(run) | Command::Retry(run) => {
            let target = state
                .runbook
                .step(&run.step)
                .is_some_and(|(_, step)| step.id == "restore");
            if run.script.is_some() {
                asked(&["Edit", "ConfirmRun"])
            } else if target {
                asked(&["ConfirmRun"]) && run.confirmation.as_deref() == Some("payments_live")
            } else {
                true
            }
        }
        Command::Answer { reason, answer, .. } => {
            if reason.is_some() {
                asked(&["AnswerReason"])
            } else {
                answer != "everything"
            }
        }
        Command::Auto(_)
        | Command::Tick { .. }
        | Command::ManualDone { .. }
        | Command::Fallback { .. } => true,
        // Whatever comes to be asked for: not without a layer that says what follows.
        _ => !matches!(before, Layer::Nothing | Layer::Palette),
    }
}

fn mouse(dice: &mut Dice, area: Rect) -> MouseEvent {
    let at = |dice: &mut Dice, most: u16| {
        u16::try_from(dice.roll(usize::from(most) + 3)).expect("a screen is small")
    };
    let kinds = [
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollDown,
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::Down(MouseButton::Right),
        MouseEventKind::Moved,
    ];
    MouseEvent {
        kind: kinds[dice.roll(kinds.len())],
        column: at(dice, area.width),
        row: at(dice, area.height),
        modifiers: KeyModifiers::NONE,
    }
}

/// Any input for a while; then the screen is as it was.
fn bear(stand: &Stand, seed: u64, steps: usize) {
    let fixed = Fixed::default();
    let look: Theme = theme("dark", Depth::True);
    let mut dice = Dice::new(seed);
    let mut screen = RunScreen::default();
    let mut area = Rect::new(0, 0, 100, 30);
    let mut depths = [0_usize; 4];
    for step in 1..=steps {
        let view = stand.view(&fixed, area);
        let before = top(&screen);
        let intent = match dice.roll(20) {
            0 => {
                let side = |dice: &mut Dice, most: usize| {
                    u16::try_from(1 + dice.roll(most)).expect("a screen is small")
                };
                area = Rect::new(0, 0, side(&mut dice, 300), side(&mut dice, 100));
                None
            }
            1 => screen.paste(dice.pick(TEXTS)),
            2 => screen.paste("payments_live"),
            3 => screen.mouse(mouse(&mut dice, area), &view, &look),
            _ => screen.key(key_of(dice.pick(KEYS)), &view),
        };
        if let Some(Intent::Report) = intent {
            let text = "# A report\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".repeat(9);
            let report = Report::new(None, text);
            screen.overlays.push(Overlay::Report(Box::new(report)));
        }
        if let Some(Intent::Do(command)) = &intent {
            assert!(
                confirmed(command, &before, &stand.state),
                "{command:?} after {before:?}, seed {seed}, step {step}"
            );
        }
        screen.settle(&stand.state);
        depths[screen.overlays.len().min(3)] += 1;
        if step % 8 == 0 {
            let view = stand.view(&fixed, area);
            let mut frame = Frame::new(area.width, area.height);
            draw::draw(&mut frame, &screen, &view, &look);
        }
        if step % 16 == 0 {
            let view = stand.view(&fixed, area);
            if screen.typing.is_some() {
                // Of a command's terminal every key is the command's, but for this one.
                screen.key(key_of("Ctrl-]"), &view);
                assert_eq!(screen.typing, None, "seed {seed}, step {step}");
            }
            // One for each layer, and one for what stands under them.
            for _ in 0..=screen.overlays.len() {
                let layer = top(&screen);
                let before = screen.overlays.len();
                screen.key(key_of("Esc"), &view);
                let gone = screen.overlays.len() < before || before == 0;
                assert!(gone, "Esc leaves {layer:?}, seed {seed}, step {step}");
            }
            assert_eq!(screen.zoom, None, "seed {seed}, step {step}");
            assert!(
                screen.shows_current(&stand.state),
                "seed {seed}, step {step}"
            );
        }
    }
    assert!(
        depths[1] > steps / 20,
        "the keys opened no layers: {depths:?}"
    );
}

macro_rules! stands {
    ($($name:ident: $script:expr,)*) => {
        $(#[test]
        fn $name() {
            let stand = stand($script);
            for seed in 1..=times() {
                bear(&stand, u64::try_from(seed).expect("few"), STEPS);
            }
        })*
    };
}

stands! {
    ready: async |console| console.sees(&["run ‘Measure the error rate’"]).await,
    gate: async |console| measured(console, "7.2").await,
    gate_that_may_destroy: async |console| measured(console, "81.5").await,
    before_a_change: async |console| answered(console).await,
    running: async |console| {
        deploying(console, "a line\n").await;
    },
    waiting: async |console| deployed(console).await,
    by_hand: async |console| at_the_manual_step(console).await,
    before_what_cannot_be_undone: async |console| at_the_destructive_step(console).await,
    failed: async |console| {
        let attempt = deploying(console, "a line\n").await;
        console.hand.finish(attempt, Ended::Exit { code: 3 }, 12_300, &[]);
        console.sees(&["✘ failed: exit 3", "Retry"]).await;
    },
    before_the_last_way: async |console| {
        restore_failed(console).await;
    },
    beside_the_script: async |console| {
        answered(console).await;
        runs(console).await;
    },
    closed: async |console| closing(console).await,
}
