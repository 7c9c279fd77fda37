//! The screen: reads the run's state, draws it, and turns keys into intents.
//!
//! One task owns everything: one `select!`, one handler, one draw. Input never
//! waits for output; output is read from the log's file on the screen's own clock.

pub mod attend;
pub mod changed;
pub mod form;
pub mod home;
pub mod keymap;
pub mod overlay;
mod quiet;
pub mod run;
pub mod signals;
pub mod source;
pub mod stage;
pub mod terminal;
pub mod theme;
pub mod trust;
pub mod words;

use std::{io, path::PathBuf};

use crossterm::event::EventStream;
use tokio::runtime::Runtime;

use crate::engine::event::RunOutcome;
use crate::session::{self, Beginning, Launcher, Resumed, Session, Watch, system_clock};
use crate::settings::{self, Settings};
use crate::trust::Standing;
use form::{Filled, Offload, Waited};
use home::Chosen;
use source::Source;
use terminal::Screen;
use theme::Theme;

/// How a screen ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was begun.
    Left,
    /// The run is over.
    Closed {
        /// How.
        outcome: RunOutcome,
        /// Where its report stands.
        report: Option<PathBuf>,
        /// The hash of its journal's last line.
        head: String,
    },
    /// The operator left; the run stays open.
    Detached {
        /// Its id.
        run: String,
        /// How many commands go on.
        running: usize,
    },
}

fn theme(settings: &Settings) -> io::Result<Theme> {
    Theme::load(settings.theme.as_deref(), &settings.config.join("themes"))
        .map_err(io::Error::other)
}

/// The home screen, and whatever is opened from it.
///
/// # Errors
/// When the terminal fails or a run cannot begin.
pub fn home(runtime: &Runtime, settings: &Settings, launcher: &Launcher) -> io::Result<Ended> {
    let theme = theme(settings)?;
    runtime.block_on(async {
        let mut screen = Screen::take(settings.mouse)?;
        let mut home = home::HomeScreen::first_look(settings);
        // The first frame stands before anything else is set up.
        home::draw_on(&mut screen, &home, &theme)?;
        let mut events = EventStream::new();
        home.look_closely(settings);
        match home::choose(&mut screen, &mut events, &mut home, &theme).await? {
            Chosen::Nothing => Ok(Ended::Left),
            Chosen::Resume(path) => {
                let resumed = session::resume(
                    path,
                    &settings::operator(),
                    &settings::host(),
                    system_clock,
                    &settings.runbooks,
                    launcher,
                )
                .map_err(io::Error::other)?;
                resume_on(&mut screen, &mut events, resumed, &theme).await
            }
            Chosen::Begin(beginning) => {
                begin_on(
                    &mut screen,
                    &mut events,
                    settings,
                    launcher,
                    *beginning,
                    &theme,
                )
                .await
            }
        }
    })
}

/// Asks for what is missing, then begins a run and shows it.
///
/// # Errors
/// When the terminal fails or the run cannot begin.
pub fn begin(
    runtime: &Runtime,
    settings: &Settings,
    launcher: &Launcher,
    beginning: Beginning,
) -> io::Result<Ended> {
    let theme = theme(settings)?;
    runtime.block_on(async {
        let mut screen = Screen::take(settings.mouse)?;
        let mut events = EventStream::new();
        begin_on(
            &mut screen,
            &mut events,
            settings,
            launcher,
            beginning,
            &theme,
        )
        .await
    })
}

async fn begin_on(
    screen: &mut Screen,
    events: &mut EventStream,
    settings: &Settings,
    launcher: &Launcher,
    mut beginning: Beginning,
    theme: &Theme,
) -> io::Result<Ended> {
    // Before the form: what it offers to choose from is asked of the runbook's scripts.
    if let Standing::Asked(question) = &beginning.standing {
        match trust::ask(screen, events, question, theme).await? {
            Some(trusted) => beginning.standing = Standing::Trusted(trusted),
            None => return Ok(Ended::Left),
        }
    }
    let mut form = form::FormScreen::of(beginning);
    loop {
        match form::fill(screen, events, &mut form, theme).await? {
            Filled::Left => return Ok(Ended::Left),
            Filled::Ready => {}
        }
        let beginning = form.beginning();
        form.set_busy(Some("Making sure that this is the place…"));
        let asked = (settings.runs(), beginning.clone());
        let work = Offload::start(move |cancel| {
            let (runs, beginning) = asked;
            session::prepare(&runs, &beginning, system_clock, cancel)
        });
        let prepared = form::wait(screen, events, &mut form, theme, work).await?;
        form.set_busy(None);
        let started = match prepared {
            Waited::Left => return Ok(Ended::Left),
            Waited::NotAnyMore | Waited::Answered(None) => continue,
            Waited::Answered(Some(prepared)) => prepared.and_then(|prepared| {
                let runs = settings.runs();
                session::start_prepared(&runs, &beginning, prepared, system_clock, launcher)
            }),
        };
        match started {
            Ok(session) => {
                return attend::attend(screen, events, Source::Drive(Box::new(session)), theme)
                    .await;
            }
            Err(error) => form.refused(error.to_string()),
        }
    }
}

/// Shows a run that was taken up again.
///
/// # Errors
/// When the terminal fails.
pub fn resume(runtime: &Runtime, settings: &Settings, resumed: Resumed) -> io::Result<Ended> {
    let theme = theme(settings)?;
    runtime.block_on(async {
        let mut screen = Screen::take(settings.mouse)?;
        let mut events = EventStream::new();
        resume_on(&mut screen, &mut events, resumed, &theme).await
    })
}

async fn resume_on(
    screen: &mut Screen,
    events: &mut EventStream,
    mut resumed: Resumed,
    theme: &Theme,
) -> io::Result<Ended> {
    let detached = |resumed: &Resumed| Ended::Detached {
        run: resumed.session.dir().id(),
        running: resumed.session.state().live().count(),
    };
    if let Some(what) = &resumed.changed
        && !changed::show(screen, events, what, theme).await?
    {
        return Ok(detached(&resumed));
    }
    if !resumed.missing_secrets.is_empty() {
        let mut form = form::FormScreen::of_secrets(&resumed.missing_secrets);
        if form::fill(screen, events, &mut form, theme).await? == Filled::Left {
            return Ok(detached(&resumed));
        }
        for (name, value) in form.values() {
            resumed.session.give_secret(&name, value);
        }
    }
    let source = Source::Drive(Box::new(resumed.session));
    attend::attend(screen, events, source, theme).await
}

/// Shows a run that has just begun.
///
/// # Errors
/// When the terminal fails.
pub fn attend(runtime: &Runtime, settings: &Settings, session: Session) -> io::Result<Ended> {
    let theme = theme(settings)?;
    runtime.block_on(async {
        let mut screen = Screen::take(settings.mouse)?;
        let mut events = EventStream::new();
        let source = Source::Drive(Box::new(session));
        attend::attend(&mut screen, &mut events, source, &theme).await
    })
}

/// Shows a run that someone else drives.
///
/// # Errors
/// When the terminal fails.
pub fn watch(runtime: &Runtime, settings: &Settings, watch: Watch) -> io::Result<Ended> {
    let theme = theme(settings)?;
    runtime.block_on(async {
        let mut screen = Screen::take(settings.mouse)?;
        let mut events = EventStream::new();
        let source = Source::Watch(Box::new(watch));
        attend::attend(&mut screen, &mut events, source, &theme).await
    })
}
