//! The screen: reads the run's state, draws it, and turns keys into intents.
//!
//! One task owns everything: one `select!`, one handler, one draw. Input never
//! waits for output; output is read from the log's file on the screen's own clock.

pub mod attend;
pub mod changed;
pub mod form;
pub mod frame;
mod frames;
pub mod helm;
pub mod home;
pub mod input;
pub mod keyboard;
pub mod keymap;
pub mod markdown;
pub mod outline;
pub mod outside;
pub mod overlay;
pub mod pace;
pub mod palette;
mod quiet;
mod rows;
pub mod run;
pub mod seen;
pub mod signals;
pub mod small;
pub mod source;
pub mod stage;
pub mod terminal;
pub mod theme;
pub mod trust;
mod typing;
pub mod words;

use std::{io, path::PathBuf};

use tokio::runtime::Runtime;

use crate::engine::event::{Manner, RunOutcome};
use crate::history;
use crate::session::{self, Beginning, Launcher, Resumed, Seat, Session, Watch, system_clock};
use crate::settings::Settings;
use crate::trust::Standing;
use form::{Filled, Offload, Waited};
use helm::Helm;
use home::Chosen;
use keyboard::Keyboard;
use keymap::Keymap;
use source::Source;
use terminal::Screen;
use theme::Theme;

/// How a screen ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was begun.
    Left,
    /// The demo was asked for: it is whoever opened the home screen that begins it.
    Demo,
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

/// The keys as the config file wants them.
pub fn keys(settings: &Settings) -> io::Result<Keymap> {
    Keymap::remapped(&settings.keys).map_err(|all| {
        let file = settings.file();
        let lines: Vec<String> = all
            .iter()
            .map(|wrong| format!("{}: {wrong}", file.display()))
            .collect();
        io::Error::other(lines.join("\n"))
    })
}

/// The home screen, and whatever is opened from it.
///
/// # Errors
/// When the terminal fails or a run cannot begin.
pub fn home(runtime: &Runtime, settings: &Settings, launcher: &Launcher) -> io::Result<Ended> {
    let theme = theme(settings)?;
    let keys = keys(settings)?;
    runtime.block_on(async {
        let mut screen = Screen::take(settings)?;
        let mut home = home::HomeScreen::first_look(settings, &keys);
        // The first frame stands before anything else is set up.
        home::draw_on(&mut screen, &home, &theme)?;
        let mut events = Keyboard::listen()?;
        home.look_closely(settings);
        match home::choose(&mut screen, &mut events, &mut home, &theme).await? {
            Chosen::Nothing => Ok(Ended::Left),
            Chosen::Demo => Ok(Ended::Demo),
            Chosen::Resume(path) => {
                let helm = helm_of(settings, launcher, &keys);
                take_up(&mut screen, &mut events, path, &theme, helm).await
            }
            Chosen::Begin(beginning) => {
                begin_on(
                    &mut screen,
                    &mut events,
                    settings,
                    launcher,
                    *beginning,
                    &theme,
                    &keys,
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
    let keys = keys(settings)?;
    runtime.block_on(async {
        let mut screen = Screen::take(settings)?;
        let mut events = Keyboard::listen()?;
        begin_on(
            &mut screen,
            &mut events,
            settings,
            launcher,
            beginning,
            &theme,
            &keys,
        )
        .await
    })
}

async fn begin_on(
    screen: &mut Screen,
    events: &mut Keyboard,
    settings: &Settings,
    launcher: &Launcher,
    mut beginning: Beginning,
    theme: &Theme,
    keys: &Keymap,
) -> io::Result<Ended> {
    // Before the form: what it offers to choose from is asked of the runbook's scripts.
    if let Standing::Asked(question) = &beginning.standing {
        match trust::ask(screen, events, question, theme, keys).await? {
            Some(trusted) => beginning.standing = Standing::Trusted(trusted),
            None => return Ok(Ended::Left),
        }
    }
    let drill = history::last_drills(&history::list(&settings.runs())).remove(&beginning.name);
    let mut form = form::FormScreen::of(beginning)
        .with_keys(keys)
        .with_drill(drill);
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
                let source = Source::Drive(Box::new(session));
                let helm = helm_of(settings, launcher, keys);
                return attend::attend(screen, events, source, theme, &helm).await;
            }
            Err(error) => form.refused(error.to_string()),
        }
    }
}

/// Shows a run that was taken up again.
///
/// # Errors
/// When the terminal fails.
pub fn resume(
    runtime: &Runtime,
    settings: &Settings,
    launcher: &Launcher,
    resumed: Resumed,
) -> io::Result<Ended> {
    let theme = theme(settings)?;
    let keys = keys(settings)?;
    runtime.block_on(async {
        let mut screen = Screen::take(settings)?;
        let mut events = Keyboard::listen()?;
        let helm = helm_of(settings, launcher, &keys);
        resume_on(&mut screen, &mut events, resumed, &theme, &helm).await
    })
}

/// Takes a run up; where somebody else drives or drove it, it is watched first, with
/// the way to take it over.
async fn take_up(
    screen: &mut Screen,
    events: &mut Keyboard,
    path: PathBuf,
    theme: &Theme,
    helm: Helm<'_>,
) -> io::Result<Ended> {
    let watch = Watch::at(&path).map_err(io::Error::other)?;
    if watch.driver().is_some() || helm.seat.takes_over(&watch.state) {
        let source = Source::Watch(Box::new(watch));
        let helm = Helm {
            wants_it: true,
            ..helm
        };
        return attend::attend(screen, events, source, theme, &helm).await;
    }
    let resumed = helm.take_watched(watch).map_err(io::Error::other)?;
    resume_on(screen, events, resumed, theme, &helm).await
}

async fn resume_on(
    screen: &mut Screen,
    events: &mut Keyboard,
    mut resumed: Resumed,
    theme: &Theme,
    helm: &Helm<'_>,
) -> io::Result<Ended> {
    if !helm::settle_in(screen, events, &mut resumed, theme, &helm.keys).await? {
        resumed.session.say_farewell(Manner::Left);
        return Ok(Ended::Detached {
            run: resumed.session.dir().id(),
            running: resumed.session.state().live().count(),
        });
    }
    let source = Source::Drive(Box::new(resumed.session));
    attend::attend(screen, events, source, theme, helm).await
}

fn helm_of<'a>(settings: &'a Settings, launcher: &'a Launcher, keys: &Keymap) -> Helm<'a> {
    Helm {
        seat: Seat::here(false),
        clock: system_clock,
        folders: &settings.runbooks,
        launcher,
        wants_it: false,
        keys: keys.clone(),
    }
}

/// Shows a run that has just begun.
///
/// # Errors
/// When the terminal fails.
pub fn attend(
    runtime: &Runtime,
    settings: &Settings,
    launcher: &Launcher,
    session: Session,
) -> io::Result<Ended> {
    let helm = helm_of(settings, launcher, &keys(settings)?);
    show(runtime, settings, Source::Drive(Box::new(session)), &helm)
}

/// Shows a run that someone else drives, or nobody; `wants_it` opens the way to take
/// it over.
///
/// # Errors
/// When the terminal fails.
pub fn watch(
    runtime: &Runtime,
    settings: &Settings,
    launcher: &Launcher,
    watch: Watch,
    wants_it: bool,
) -> io::Result<Ended> {
    let helm = Helm {
        wants_it,
        ..helm_of(settings, launcher, &keys(settings)?)
    };
    show(runtime, settings, Source::Watch(Box::new(watch)), &helm)
}

fn show(
    runtime: &Runtime,
    settings: &Settings,
    source: Source,
    helm: &Helm<'_>,
) -> io::Result<Ended> {
    let theme = theme(settings)?;
    runtime.block_on(async {
        let mut screen = Screen::take(settings)?;
        let mut events = Keyboard::listen()?;
        attend::attend(&mut screen, &mut events, source, &theme, helm).await
    })
}
