//! Attending a run: the loop that joins keys, the session, the log and the clock.

use std::{io, mem, time::Duration};

use crossterm::event::Event;
use futures_util::{FutureExt, Stream, StreamExt, future::Fuse};
use ratatui::layout::Rect;
use tokio::{sync::oneshot, time::Instant};

use super::{
    Ended,
    frame::Frame,
    helm::Helm,
    input,
    keymap::Keymap,
    pace::Pace,
    run::{self, RunScreen, View, draw, standing::Standing, turn::Top},
    seen::Seen,
    signals::Signals,
    small,
    source::{Change, Source},
    stage::Stage,
    theme::Theme,
};
use crate::engine::{AttemptId, Entry, Event as EngineEvent, State, event::Manner};
use crate::history::Earlier;
use crate::session::beat::Beat;

use event::Leaving;
use follow::Following;
use told::Told;

mod event;
mod follow;
mod helm;
mod notice;
mod taken;
mod told;

/// Shows a run until it is left or closed and left.
///
/// # Errors
/// When the terminal fails. The run goes on.
pub async fn attend<S: Stage>(
    stage: &mut S,
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    source: Source,
    theme: &Theme,
    helm: &Helm<'_>,
) -> io::Result<Ended> {
    let mut attending = Attending::new(source, helm.keys.clone(), stage.settle());
    if helm.wants_it && matches!(attending.source, Source::Watch(_)) {
        attending.approach(helm);
    }
    let how = attending.go(stage, events, theme, helm).await;
    // A terminal that fails is as good as gone: others are told, and may go on.
    let manner = how.as_ref().map_or(Manner::Disconnected, |how| *how);
    attending.source.let_go(manner).await;
    how.map(|_| attending.left())
}

/// The window's title, where it is another one than before.
fn tell_title<S: Stage>(stage: &mut S, of: &State, before: &mut String) {
    let wanted = run::title::title(of);
    if *before != wanted {
        stage.title(&wanted);
        *before = wanted;
    }
}

struct Attending {
    source: Source,
    screen: RunScreen,
    told: Told,
    following: Following,
    report: Option<std::path::PathBuf>,
    /// This console has just let go of the run in somebody's favour.
    handed_over: bool,
    /// Which command without a pane is silent, and what that was looked up for.
    quiet: Option<String>,
    quiet_for: Option<(i64, usize, Vec<AttemptId>)>,
    earlier: Earlier,
    keys: Keymap,
    /// The operator looks at this terminal, as far as it says so.
    away: bool,
    /// What they have had before their eyes.
    seen: Seen<Top>,
    /// What they are told where they do not.
    notice: Option<String>,
    /// The whole screen.
    area: Rect,
    /// Nobody knows what stands on the terminal.
    anew: bool,
}

impl Attending {
    fn new(source: Source, keys: Keymap, settle: Duration) -> Self {
        let told = Told::at_first(source.state(), source.entries());
        Self {
            source,
            screen: RunScreen::default(),
            told,
            following: Following::begin(),
            report: None,
            handed_over: false,
            quiet: None,
            quiet_for: None,
            earlier: Earlier::default(),
            keys,
            away: false,
            seen: Seen::nothing(settle),
            notice: None,
            area: Rect::default(),
            anew: false,
        }
    }

    /// The loop; how the run is let go of.
    async fn go<S: Stage>(
        &mut self,
        stage: &mut S,
        events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
        theme: &Theme,
        helm: &Helm<'_>,
    ) -> io::Result<Manner> {
        let mut signals = Signals::listen()?;
        let mut earlier = Fuse::terminated();
        let mut is_first = true;
        let mut title = String::new();
        let mut beat = Beat::begin();
        let mut events = events.peekable();
        let mut pace = Pace::begin(Instant::now());
        let mut second = self.source.now().timestamp();
        let mut dirty = true;
        let mut at_once = true;
        loop {
            let area = stage.area()?;
            self.area = area;
            // The frame of a key does not wait for what commands print.
            let is_due = self.following.is_due() && !(dirty && at_once);
            if is_due {
                dirty |= self.refresh_log(area, theme);
            }
            let now = Instant::now();
            // What waits is dealt with first: it may change what is drawn.
            let waits = input::waits(&mut events).await && !pace.is_overdue(now);
            if dirty && !waits && now >= pace.from(at_once) {
                // What the keys changed decides which rows are read.
                if at_once {
                    self.refresh_what_moved(area, theme);
                } else if !is_due {
                    self.refresh_log(area, theme);
                }
                self.draw(stage, theme)?;
                tell_title(stage, self.source.state(), &mut title);
                pace.drawn(Instant::now());
                second = self.source.now().timestamp();
                dirty = false;
                at_once = false;
                // What nobody waits for comes after the first frame.
                if mem::take(&mut is_first) {
                    earlier = self.look_back();
                    self.told
                        .complete(self.source.state(), self.source.entries());
                }
            }
            self.is_seen(dirty || waits);
            let next_look = self.following.next_look();
            let wake = dirty.then(|| pace.from(at_once)).or(next_look);
            tokio::select! {
                biased;
                event = events.next() => {
                    let Some(event) = event else {
                        return Ok(Manner::Disconnected);
                    };
                    let event = event?;
                    let felt = input::is_felt(&event);
                    match self.event(event, stage, theme, helm) {
                        None => {}
                        Some(Leaving::Screen) => {
                            return Ok(Manner::Left);
                        }
                        Some(Leaving::Watch) => {
                            self.take_over(stage, &mut events, theme, helm).await?;
                            signals.go_on()?;
                        }
                    }
                    dirty |= felt;
                    at_once |= felt;
                }
                change = self.source.changed() => {
                    self.change(change, helm);
                    if let Some(notice) = self.notice.take() {
                        stage.notify(&notice);
                    }
                    if mem::take(&mut self.handed_over) {
                        self.go_on_watching().await;
                    }
                    dirty = true;
                }
                Ok(found) = &mut earlier => {
                    self.earlier = found;
                    dirty = true;
                }
                _ = signals.term.recv() => {
                    return Ok(Manner::Left);
                }
                _ = signals.hup.recv() => {
                    return Ok(Manner::Disconnected);
                }
                _ = signals.stop.recv() => {
                    stage.suspend()?;
                    dirty = true;
                    at_once = true;
                }
                () = follow::until(wake) => {}
                () = self.following.stirred(), if !dirty => self.following.look_soon(),
                // The clocks on the screen count seconds, until the run is closed.
                () = beat.next() => {
                    let now = self.source.now().timestamp();
                    let is_open = self.source.state().closed.is_none();
                    dirty |= is_open && now != second;
                }
            }
        }
    }

    /// How long the steps took before. It is looked up beside everything else: there
    /// may be many runs, and nobody waits for it.
    fn look_back(&self) -> Fuse<oneshot::Receiver<Earlier>> {
        let (tell, told) = oneshot::channel();
        let runs = self.source.runs();
        let runbook = self.source.state().run.runbook.clone();
        std::thread::spawn(move || {
            // The screen may have been left meanwhile.
            let _ = tell.send(Earlier::find(&runs, &runbook));
        });
        told.fuse()
    }

    fn view(&self) -> View<'_> {
        self.view_beside(&self.screen)
    }

    /// What a screen is drawn from, be it one that was taken out to change.
    fn view_beside(&self, screen: &RunScreen) -> View<'_> {
        View {
            state: self.source.state(),
            lines: &self.told.lines,
            signals: self.source.signals(),
            now: self.source.now(),
            stalled: self.source.stalled(),
            report: self.report.as_deref(),
            watching: self.source.watching(),
            standing: Standing {
                quiet: self.quiet.as_deref(),
                mouse_off: screen.mouse_off,
                ..self.source.standing()
            },
            earlier: &self.earlier,
            keys: &self.keys,
            area: self.area,
        }
    }

    fn change(&mut self, change: Change, helm: &Helm<'_>) {
        match change {
            Change::Entries(entries) => {
                let (state, all) = (self.source.state(), self.source.entries());
                if self.away {
                    self.notice = notice::notice(&entries, state);
                }
                // What was said about the moment before, such as that a step runs, must
                // not stand where the way forward does; what went wrong stays.
                self.screen.message = self.screen.message.take().filter(|message| message.bad);
                for entry in &entries {
                    let drives = matches!(self.source, Source::Drive(_));
                    self.handed_over |=
                        drives && matches!(entry.event, EngineEvent::HandedOver { .. });
                    if let EngineEvent::NoteAdded {
                        happened_at: Some(at),
                        ..
                    } = &entry.event
                    {
                        // It may stand far up in the timeline: say where.
                        let at = at.format("%Y-%m-%d %H:%M:%S");
                        self.screen.say(format!("Noted for {at} UTC"));
                    }
                    self.screen.beside(state, entry, &self.keys);
                }
                let amended =
                    |entry: &Entry| matches!(entry.event, EngineEvent::NoteAmended { .. });
                if entries.iter().any(amended) {
                    // A line that stands far above says something else now.
                    self.told = Told::whole(state, all);
                } else {
                    self.told.go_on(state, all, &entries);
                }
                self.write_report();
            }
            Change::All => {
                self.told = Told::whole(self.source.state(), self.source.entries());
            }
            Change::Refused(refusal) => self.screen.refused(&refusal, self.source.state()),
            Change::Unproven(words) => self.screen.unproven(&words),
            Change::Unreadable(words) => self.screen.complain(words),
            Change::Aside => self.look_again(helm),
            Change::Nothing => {}
        }
        self.screen.settle(self.source.state());
    }

    /// What stands on the screen is what is, unless something waits: a frame, or a key
    /// that was pressed before.
    fn is_seen(&mut self, waits: bool) {
        if waits {
            return;
        }
        if small::fits(self.area) {
            let top = self.screen.top(&self.view());
            self.seen.stands(top, Instant::now());
        } else {
            self.seen.hide();
        }
    }

    fn draw<S: Stage>(&mut self, stage: &mut S, theme: &Theme) -> io::Result<()> {
        let anew = mem::take(&mut self.anew);
        let view = self.view();
        let render = |frame: &mut Frame| draw::draw(frame, &self.screen, &view, theme);
        stage.draw(anew, render).map(drop)
    }

    /// How it ended for whoever opened the screen.
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
