//! Who holds the helm: taking a run over on the screen where it is watched, and
//! watching it on the screen where it was handed over.

use std::{io, path::PathBuf};

use crossterm::event::Event;
use futures_util::Stream;

use super::{
    changed,
    form::{self, Filled},
    keymap::Keymap,
    overlay::Overlay,
    run::standing::Watching,
    source::Source,
    stage::Stage,
    theme::Theme,
};
use crate::engine::event::Manner;
use crate::report::{brief, timeline::departed};
use crate::runbook::Input;
use crate::session::{self, BeginError, Clock, Launcher, Resumed, Seat, Watch, pins::Changed};

/// What it takes to drive a run from this screen.
pub struct Helm<'a> {
    /// Who sits here.
    pub seat: Seat,
    /// Where time comes from.
    pub clock: Clock,
    /// Where runbooks are looked for.
    pub folders: &'a [PathBuf],
    /// What runs commands.
    pub launcher: &'a Launcher,
    /// Whoever came wants to drive, not only to watch.
    pub wants_it: bool,
    /// Which key does what.
    pub keys: Keymap,
}

impl Helm<'_> {
    /// Takes a run up, or over: `read` says that the brief was read.
    ///
    /// # Errors
    /// When somebody else drives it or it cannot be taken up.
    pub fn take(&self, path: PathBuf, read: bool) -> Result<Resumed, BeginError> {
        session::resume(
            path,
            &self.seat,
            read,
            self.clock,
            self.folders,
            self.launcher,
        )
    }

    /// Takes up a run that was looked at just now.
    ///
    /// # Errors
    /// As [`Helm::take`].
    pub fn take_watched(&self, watch: Watch) -> Result<Resumed, BeginError> {
        let (clock, folders) = (self.clock, self.folders);
        session::resume_watched(watch, &self.seat, false, clock, folders, self.launcher)
    }
}

/// Shows what has changed and asks for the secrets that are missing; none when the
/// operator leaves instead.
///
/// # Errors
/// When the terminal fails.
pub async fn settle_in<S: Stage>(
    stage: &mut S,
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    resumed: &mut Resumed,
    theme: &Theme,
    keys: &Keymap,
) -> io::Result<bool> {
    let given = tokio::select! {
        given = ask(stage, events, resumed.changed.as_ref(), &resumed.missing_secrets, theme, keys) => given,
        // However long the operator looks for a password, the console does not hang.
        () = resumed.session.give_signs() => Ok(None),
    };
    let Some(given) = given.inspect_err(|_| resumed.session.say_farewell(Manner::Disconnected))?
    else {
        return Ok(false);
    };
    for (name, value) in given {
        resumed.session.give_secret(&name, value);
    }
    Ok(true)
}

/// The secrets that are missing, by name; none at all when the operator leaves.
async fn ask<S: Stage>(
    stage: &mut S,
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    changed: Option<&Changed>,
    missing: &[Input],
    theme: &Theme,
    keys: &Keymap,
) -> io::Result<Option<Vec<(String, String)>>> {
    if let Some(what) = changed
        && !changed::show(stage, events, what, theme, keys).await?
    {
        return Ok(None);
    }
    if missing.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut form = form::FormScreen::of_secrets(missing).with_keys(keys);
    if form::fill(stage, events, &mut form, theme).await? == Filled::Left {
        return Ok(None);
    }
    Ok(Some(form.values().into_iter().collect()))
}

/// What the key for handing over and taking over opens here, or why it opens nothing.
pub fn approach(source: &Source, seat: &Seat, keys: &Keymap) -> Result<Overlay, String> {
    let state = source.state();
    if state.closed.is_some() {
        return Err("The run is closed: nobody drives it any more".to_owned());
    }
    let brief = brief(state, source.entries(), source.now());
    match source {
        Source::Drive(_) => {
            let asked = state.driving.asked.last();
            Ok(Overlay::hand_over(brief, asked.map(|asked| &*asked.by)))
        }
        Source::Watch(watch) => Ok(match watch.about(source.now()) {
            Some(about) => Overlay::driven(about, &driver(watch), asked(watch, &seat.by), keys),
            None => Overlay::take_over(brief, gone(watch), warning(watch, &seat.by)),
        }),
    }
}

/// Whether this operator's request is known to the driver's console.
fn asked(watch: &Watch, by: &str) -> bool {
    let asked = &watch.state.driving.asked;
    asked.iter().any(|asked| asked.by == by)
}

fn driver(watch: &Watch) -> String {
    watch.driver().map_or_else(String::new, |it| it.by.clone())
}

/// It was meant for somebody else.
fn warning(watch: &Watch, by: &str) -> Option<String> {
    let to = watch.state.driving.offer.as_ref()?.to.as_ref()?;
    (to.to_lowercase() != by.to_lowercase())
        .then(|| format!("It was handed over to {to}, and you are {by}."))
}

/// How the last driver let go.
fn gone(watch: &Watch) -> Option<String> {
    let last = watch.state.driving.last()?;
    let departure = last.until.or_else(|| watch.departure())?;
    let who = match departure.how {
        Manner::Vanished => format!("{}’s console", last.by),
        _ => last.by.clone(),
    };
    Some(departed(&who, departure, departure.at))
}

/// What stands in the header and the footer of whoever watches.
pub fn watching(watch: &Watch) -> Watching {
    Watching {
        driver: watch.driver().map(|driver| {
            if driver.host.is_empty() {
                driver.by.clone()
            } else {
                format!("{}@{}", driver.by, driver.host)
            }
        }),
        gone: match watch.driver() {
            Some(_) => None,
            None => gone(watch),
        },
    }
}

/// Lets go of the run in favour of whoever takes it, and goes on watching it.
///
/// # Errors
/// When it cannot be read; then this console still has it.
pub async fn let_go(source: &mut Source) -> Result<(), BeginError> {
    let Source::Drive(session) = source else {
        return Ok(());
    };
    let dir = session.dir().clone();
    let mut watch = Watch::open(dir)?;
    watch.clock = session.clock();
    source.let_go(Manner::HandedOver).await;
    // With the session goes the lock.
    *source = Source::Watch(Box::new(watch));
    Ok(())
}
