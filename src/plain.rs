//! Plain mode: the same session as prompted lines, for screen readers and for terminals
//! that can only print.
//!
//! Nothing is drawn: no cursor is moved, no colour set, no box painted, and every sign has
//! its word. What may be done, the questions and what follows from an answer are the
//! screen's own ([`crate::tui::run::RunScreen`] decides, as it does for keys); only asking
//! and telling are done here.

mod attend;
mod begin;
mod console;
mod form;
mod home;
mod lines;
mod tail;
mod words;

use std::{io, path::PathBuf};

use tokio::runtime::Runtime;

use crate::engine::event::Manner;
use crate::session::{Beginning, Launcher, Resumed, Seat, Session, Watch, system_clock};
use crate::settings::Settings;
use crate::tui::{self, Ended, helm::Helm, source::Source};
use console::Console;

/// Lets the operator choose a run or a runbook, and attends it.
///
/// # Errors
/// When the terminal fails or a run cannot begin.
pub fn home(runtime: &Runtime, settings: &Settings, launcher: &Launcher) -> io::Result<Ended> {
    runtime.block_on(async {
        let mut console = Console::take()?;
        match home::choose(&mut console, settings, &tui::keys(settings)?).await {
            home::Opened::Nothing => Ok(Ended::Left),
            home::Opened::Demo => Ok(Ended::Demo),
            home::Opened::Run(path) => take_up(&mut console, settings, launcher, path).await,
            home::Opened::Runbook(beginning) => {
                begin::begin(&mut console, settings, launcher, *beginning).await
            }
        }
    })
}

/// Asks for what is missing, then begins a run and attends it.
///
/// # Errors
/// When the terminal fails or the run cannot begin.
pub fn begin(
    runtime: &Runtime,
    settings: &Settings,
    launcher: &Launcher,
    beginning: Beginning,
) -> io::Result<Ended> {
    runtime.block_on(async {
        let mut console = Console::take()?;
        begin::begin(&mut console, settings, launcher, beginning).await
    })
}

/// Attends a run that was taken up again.
///
/// # Errors
/// When the terminal fails.
pub fn resume(
    runtime: &Runtime,
    settings: &Settings,
    launcher: &Launcher,
    resumed: Resumed,
) -> io::Result<Ended> {
    runtime.block_on(async {
        let mut console = Console::take()?;
        resume_on(&mut console, resumed, &helm_of(settings, launcher)?).await
    })
}

/// Attends a run that has just begun.
///
/// # Errors
/// When the terminal fails.
pub fn attend(
    runtime: &Runtime,
    settings: &Settings,
    launcher: &Launcher,
    session: Session,
) -> io::Result<Ended> {
    runtime.block_on(async {
        let mut console = Console::take()?;
        let helm = helm_of(settings, launcher)?;
        attend::attend(&mut console, Source::Drive(Box::new(session)), &helm).await
    })
}

/// Follows a run that someone else drives, or nobody; `wants_it` opens the way to take it
/// over.
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
    runtime.block_on(async {
        let mut console = Console::take()?;
        let helm = Helm {
            wants_it,
            ..helm_of(settings, launcher)?
        };
        attend::attend(&mut console, Source::Watch(Box::new(watch)), &helm).await
    })
}

/// Takes a run up; where somebody else drives or drove it, it is followed first, with the
/// way to take it over.
async fn take_up(
    console: &mut Console,
    settings: &Settings,
    launcher: &Launcher,
    path: PathBuf,
) -> io::Result<Ended> {
    let helm = helm_of(settings, launcher)?;
    let watch = Watch::at(&path).map_err(io::Error::other)?;
    if watch.driver().is_some() || helm.seat.takes_over(&watch.state) {
        let helm = Helm {
            wants_it: true,
            ..helm
        };
        return attend::attend(console, Source::Watch(Box::new(watch)), &helm).await;
    }
    let resumed = helm.take(path, false).map_err(io::Error::other)?;
    resume_on(console, resumed, &helm).await
}

async fn resume_on(
    console: &mut Console,
    mut resumed: Resumed,
    helm: &Helm<'_>,
) -> io::Result<Ended> {
    if !begin::settle_in(console, &mut resumed).await {
        resumed.session.say_farewell(Manner::Left);
        return Ok(Ended::Detached {
            run: resumed.session.dir().id(),
            running: resumed.session.state().live().count(),
        });
    }
    attend::attend(console, Source::Drive(Box::new(resumed.session)), helm).await
}

fn helm_of<'a>(settings: &'a Settings, launcher: &'a Launcher) -> io::Result<Helm<'a>> {
    Ok(Helm {
        seat: Seat::here(false),
        clock: system_clock,
        folders: &settings.runbooks,
        launcher,
        wants_it: false,
        keys: tui::keys(settings)?,
    })
}
