//! Attending a run in lines: the loop that joins what is typed, the session, the outputs
//! and the clock.

mod block;
mod changes;
mod edit;
mod helm;
mod help;
mod layer;
mod notes;
mod orders;
mod tell;
mod waits;

use std::{
    future::Future,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::{FutureExt, future::Fuse};
use ratatui::layout::Rect;
use tokio::time::Instant;

use super::{
    begin,
    console::{Console, Heard},
    tail::{Printed, Tails},
    words,
};
use crate::engine::{AttemptId, Command, Entry, Next, event::Manner, gate, next};
use crate::history::Earlier;
use crate::report::timeline::{self, Line, Teller};
use crate::session::beat::Beat;
use crate::tui::{
    Ended,
    helm::Helm,
    keymap::Keymap,
    run::{RunScreen, View, keys::Intent, standing::Standing},
    source::{Change, Source},
    theme::Theme,
};
use block::Told;
use waits::Waits;

/// How often outputs are looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How long a command runs, or evidence is looked for, before that is said: most are there
/// by then.
const SOON: Duration = Duration::from_secs(1);

/// What the next line that is typed is for.
#[derive(Debug)]
enum Mode {
    /// An order, or an answer to the question that stands open on the screen's stack.
    Orders,
    /// Whether to leave, to stop something, or to go on.
    Leaving(Vec<AttemptId>),
    /// Which of these lines to pin.
    Pinning(Vec<Printed>),
    /// It is typed into this command's terminal.
    Typing(AttemptId),
    /// The next line of a changed command.
    Editing(Vec<String>),
}

/// Why attending ends.
enum Leaving {
    /// The operator left, or was asked to.
    Left(Manner),
    /// The run that is watched is taken over.
    Over,
    /// The command at hand is changed in an editor.
    Editor,
}

struct Attending {
    source: Source,
    screen: RunScreen,
    mode: Mode,
    lines: Vec<Line>,
    teller: Teller,
    tails: Tails,
    earlier: Earlier,
    report: Option<PathBuf>,
    handed_over: bool,
    /// What happened while an editor had the terminal.
    happened: Vec<Entry>,
    /// What cards are made with; how they would look is of no interest.
    theme: Theme,
    keys: Keymap,
    /// What was told of what comes next.
    told: Told,
    /// When the next of it is to be told.
    due: Option<Instant>,
    /// The layer that was presented: how many there were.
    presented: usize,
    /// The lines of an answer that goes on in the next one.
    begun: Vec<String>,
    waits: Waits,
    stalled: bool,
    trouble: Option<String>,
}

/// Attends a run until it is left or closed and left.
///
/// # Errors
/// When an editor cannot be run or the system allows no timers. The run goes on.
pub async fn attend(console: &mut Console, source: Source, helm: &Helm<'_>) -> io::Result<Ended> {
    let theme = Theme::load(Some("mono"), Path::new("")).map_err(io::Error::other)?;
    let mut attending = Attending::new(source, theme, helm.keys.clone());
    let mut earlier = attending.look_back();
    attending.begin(console);
    if helm.wants_it && matches!(attending.source, Source::Watch(_)) {
        attending.approach(console, helm);
    }
    let mut beat = Beat::begin();
    let mut next_look = Instant::now();
    loop {
        attending.settle(console);
        let open = attending.tails.is_open(attending.source.state());
        let due = attending.due.unwrap_or_else(|| Instant::now() + LOOK);
        let leaving = tokio::select! {
            biased;
            heard = console.next() => attending.hear(console, heard, helm),
            change = attending.source.changed() => {
                attending.change(console, change, helm);
                if std::mem::take(&mut attending.handed_over) {
                    attending.go_on_watching(console).await;
                }
                None
            }
            Some(found) = &mut earlier => {
                attending.earlier = found;
                None
            }
            () = tokio::time::sleep_until(next_look), if open => {
                next_look = Instant::now() + LOOK;
                attending.look(console);
                None
            }
            () = tokio::time::sleep_until(due), if attending.due.is_some() => None,
            () = beat.next() => {
                attending.pass_time(console);
                None
            }
        };
        match leaving {
            None => {}
            Some(Leaving::Left(how)) => {
                attending.source.let_go(how).await;
                return Ok(attending.left());
            }
            Some(Leaving::Over) => attending.take_over(console, helm).await,
            Some(Leaving::Editor) => {
                attending.edit_outside(console).await;
                let happened = std::mem::take(&mut attending.happened);
                attending.change(console, Change::Entries(happened), helm);
            }
        }
    }
}

impl Attending {
    fn new(source: Source, theme: Theme, keys: Keymap) -> Self {
        let (lines, teller) = timeline::timeline(source.state(), source.entries());
        let mut tails = Tails::default();
        tails.pass_over(source.state());
        Self {
            source,
            screen: RunScreen::default(),
            mode: Mode::Orders,
            lines,
            teller,
            tails,
            earlier: Earlier::default(),
            report: None,
            handed_over: false,
            happened: Vec::new(),
            theme,
            keys,
            told: Told::default(),
            due: None,
            presented: 0,
            begun: Vec::new(),
            waits: Waits::default(),
            stalled: false,
            trouble: None,
        }
    }

    /// How long the steps took before, looked up beside everything else.
    fn look_back(&self) -> Fuse<impl Future<Output = Option<Earlier>> + Unpin + use<>> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let runs = self.source.runs();
        let runbook = self.source.state().run.runbook.clone();
        std::thread::spawn(move || {
            // The run may have been left meanwhile.
            let _ = tell.send(Earlier::find(&runs, &runbook));
        });
        told.map(Result::ok).fuse()
    }

    fn view(&self) -> View<'_> {
        view(
            &self.source,
            &self.lines,
            &self.earlier,
            self.report.as_deref(),
            &self.keys,
        )
    }

    /// The run is introduced, with the last of what happened in it.
    fn begin(&mut self, console: &mut Console) {
        self.tell_where(console);
        let state = self.source.state();
        if let Some(driver) = self.source.watching() {
            console.say(&driver.words(state));
        }
        if let Some(why) = self.view().standing.deaf {
            console.say(&format!("Nobody else on this machine can approve: {why}"));
        }
        let skip = self.lines.len().saturating_sub(8);
        if skip > 0 {
            console.say(&format!(
                "{} lines of the timeline before these; t {} tells them.",
                skip,
                self.lines.len()
            ));
        }
        for line in &self.lines[skip..] {
            console.say(&words::event(line));
        }
        console.say("A question mark and Enter tell what can be typed.");
    }

    /// Whether nothing is on its way that will change what can be done.
    fn is_idle(&self) -> bool {
        match &self.source {
            Source::Drive(session) => session.is_idle(),
            Source::Watch(_) => true,
        }
    }

    /// Says what is to be said now, and asks.
    fn settle(&mut self, console: &mut Console) {
        self.screen.settle(self.source.state());
        if let Some(message) = self.screen.message.take() {
            console.say(&message.text);
        }
        if !matches!(self.mode, Mode::Orders) {
            self.ask_in_mode(console);
            return;
        }
        if !self.screen.overlays.is_empty() {
            self.due = None;
            self.present(console);
            return;
        }
        self.presented = 0;
        if !self.is_idle() {
            return;
        }
        let state = self.source.state();
        let news = self.told.has_news(&self.view());
        if !news {
            self.due = None;
            // What is said meanwhile takes the place of the question.
            if !console.is_asking() && state.live().next().is_none() {
                console.prompt(&self.question());
            }
            return;
        }
        let patience = match next(state) {
            Next::Busy(..) | Next::Retry(..) | Next::Poll(..) => SOON,
            Next::Decide(step, ..) if gate::awaits_evidence(state, &step.id) => SOON,
            _ => Duration::ZERO,
        };
        let due = *self.due.get_or_insert_with(|| Instant::now() + patience);
        if !patience.is_zero() && Instant::now() < due {
            return;
        }
        self.due = None;
        let view = view(
            &self.source,
            &self.lines,
            &self.earlier,
            self.report.as_deref(),
            &self.keys,
        );
        let lines = self.told.tell(&view, &self.screen, &self.theme);
        for line in lines {
            line.say(console);
        }
        console.prompt(&self.question());
    }

    /// The word of the kind of run stands in every question.
    fn question(&self) -> String {
        let kind = self.source.state().run.kind.badge();
        match self.source.watching() {
            Some(_) => format!("{kind}, watching>"),
            None => format!("{kind}>"),
        }
    }

    fn hear(&mut self, console: &mut Console, heard: Heard, helm: &Helm<'_>) -> Option<Leaving> {
        match heard {
            Heard::HangUp => Some(Leaving::Left(Manner::Disconnected)),
            Heard::End | Heard::Terminate => Some(Leaving::Left(Manner::Left)),
            Heard::Continue => {
                self.presented = 0;
                None
            }
            Heard::Interrupt => self.interrupted(console),
            Heard::Line(line) => {
                if line.chars().any(|c| c.is_control() && c != '\t')
                    && !matches!(self.mode, Mode::Typing(_))
                {
                    console.say(
                        "There were keys in that line that are not text, such as arrows: type it \
                         again.",
                    );
                    self.presented = 0;
                    return None;
                }
                let asked = self.line(console, &line);
                asked.and_then(|asked| self.follow(console, asked, helm))
            }
        }
    }

    /// Writes the report as it stands and says all of it; who watches only reads it.
    fn read_report(&self, console: &mut Console) {
        let text = match &self.source {
            Source::Watch(watch) => watch.report(),
            Source::Drive(session) => match session.export_report() {
                Ok((path, text)) => {
                    console.say(&format!(
                        "The report as it stands is in {}:",
                        path.display()
                    ));
                    text
                }
                Err(error) => {
                    console.say(&format!("The report cannot be written: {error}"));
                    return;
                }
            },
        };
        // It is ours, and has signs beside its words.
        for line in text.lines() {
            console.say(line);
        }
    }

    /// Does what was asked for.
    fn follow(&mut self, console: &mut Console, intent: Asked, helm: &Helm<'_>) -> Option<Leaving> {
        match intent {
            Asked::Leave | Asked::Intent(Intent::Leave) => {
                return Some(Leaving::Left(Manner::Left));
            }
            Asked::Editor => return Some(Leaving::Editor),
            Asked::Intent(Intent::Do(command)) => {
                // An off-script command changes nothing of what can be chosen until it ends.
                if !matches!(command, Command::OffScript(_)) {
                    self.told.forget_choices();
                }
                self.source.submit(command);
            }
            Asked::Intent(Intent::Copy { what, text }) => {
                self.screen.message = None;
                console.say(&format!("To copy, {what}:"));
                console.show(text.lines());
            }
            Asked::Intent(Intent::Helm) => self.approach(console, helm),
            Asked::Intent(Intent::AskHandOver) => {
                if let Source::Watch(watch) = &self.source {
                    match watch.ask(&helm.seat, self.source.now()) {
                        Ok(()) => {
                            console.say("Asked. If no answer comes, h says what else can be done.");
                        }
                        Err(error) => console.say(&format!("It cannot be asked for: {error}")),
                    }
                }
            }
            Asked::Intent(Intent::TakeOver) => return Some(Leaving::Over),
            Asked::Intent(Intent::Report) => self.read_report(console),
            // Keys go to a command's terminal on the screen alone.
            Asked::Intent(_) => {}
        }
        None
    }

    fn left(&self) -> Ended {
        let state = self.source.state();
        match (&state.closed, &self.source) {
            (_, Source::Watch(_)) => Ended::Left,
            (Some(closed), Source::Drive(session)) => Ended::Closed {
                outcome: closed.outcome,
                report: self.report.clone(),
                head: session.head().to_string(),
            },
            (None, _) => Ended::Detached {
                run: state.run.id.clone(),
                running: state.live().count(),
            },
        }
    }
}

/// What a line asks for.
enum Asked {
    /// To leave; everything goes on.
    Leave,
    /// To change the command in an editor.
    Editor,
    /// What the screen would ask for.
    Intent(Intent),
}

/// What the screen's rules look at.
fn view<'v>(
    source: &'v Source,
    lines: &'v [Line],
    earlier: &'v Earlier,
    report: Option<&'v Path>,
    keys: &'v Keymap,
) -> View<'v> {
    View {
        state: source.state(),
        lines,
        signals: source.signals(),
        now: source.now(),
        stalled: source.stalled(),
        report,
        watching: source.watching(),
        standing: Standing {
            quiet: None,
            ..source.standing()
        },
        earlier,
        keys,
        // Nothing is drawn.
        area: Rect::ZERO,
    }
}
