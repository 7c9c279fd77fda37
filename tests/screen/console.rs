//! The console under test: the real loop, a scripted operator, a scripted executor.

use std::{
    cell::RefCell, collections::BTreeMap, io, ops::Deref, rc::Rc, sync::Arc, time::Duration,
};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use rbconsole::{
    engine::{
        AttemptId, Entry, Event as Happened, From, Launch,
        event::{RunKind, Who},
        observed::Observed,
    },
    executor::Executor,
    journal::recovery,
    run_dir::RunDir,
    runbook::load,
    session::{self, Beginning, Clock, Seat, Watch},
    trust::{Standing, Trusted},
    tui::{
        Ended, attend,
        helm::Helm,
        keymap::Keymap,
        source::Source,
        theme::{Depth, Theme, built_in},
    },
};
use regex::Regex;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{
    clock,
    fake::{Fake, Fate, Hand},
    glass::{Bench, Glass, Told},
};

/// How long anything may take. Only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The runbook of the scenes.
pub const RUNBOOK: &str = include_str!("payments.yaml");

/// How a console is set up.
pub struct Setup {
    pub runbook: &'static str,
    pub kind: RunKind,
    pub environment: Option<&'static str>,
    pub from: Option<From>,
    pub theme: Theme,
    pub size: (u16, u16),
    /// Who sits at the console that takes a run up or watches it.
    pub seat: Seat,
    /// Whoever watches came to drive.
    pub wants_it: bool,
    /// What time it is for whoever watches.
    pub watch_clock: Clock,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            runbook: RUNBOOK,
            kind: RunKind::Incident,
            environment: Some("production"),
            from: None,
            theme: theme("dark", Depth::True),
            size: (80, 24),
            seat: seat("ana"),
            wants_it: false,
            watch_clock: session::system_clock,
        }
    }
}

/// Somebody on the machine of the scenes.
pub fn seat(by: &str) -> Seat {
    Seat {
        by: by.to_owned(),
        who: Who {
            host: "bastion".to_owned(),
            login: by.to_owned(),
            tty: Some("pts/3".to_owned()),
            origin: None,
        },
        headless: false,
    }
}

/// A built-in theme on a terminal with so many colours.
pub fn theme(name: &str, depth: Depth) -> Theme {
    Theme::new(&built_in(name).expect("a built-in theme"), depth)
}

/// A folder with runs, which outlives the consoles that drive them.
pub struct House {
    folder: TempDir,
}

impl House {
    pub fn new() -> Self {
        clock::reset();
        Self {
            folder: tempfile::tempdir().expect("a scratch folder"),
        }
    }

    pub fn runs(&self) -> std::path::PathBuf {
        self.folder.path().join("runs")
    }

    /// The only run there is.
    pub fn run(&self) -> RunDir {
        let mut all = std::fs::read_dir(self.runs()).expect("there are runs");
        let path = all.next().expect("one run").expect("readable").path();
        RunDir::open(&path).expect("the run's directory is private")
    }

    /// Begins a run and lets an operator drive it.
    pub fn begin<R>(
        &self,
        setup: &Setup,
        script: impl AsyncFnOnce(&mut Console) -> R,
    ) -> (R, Ended) {
        let hand = Slot::default();
        let beginning = beginning(setup);
        let launcher = launcher(Fate::Unknown, &hand);
        in_a_runtime(async {
            let session = session::start(&self.runs(), &beginning, clock::now, &launcher)
                .expect("the run begins");
            let dir = session.dir().clone();
            let hand = hand.take().expect("the session has an executor");
            drive(setup, Source::Drive(Box::new(session)), dir, hand, script).await
        })
    }

    /// Takes the run up again; `fate` is what became of the command that ran.
    pub fn resume<R>(
        &self,
        setup: &Setup,
        fate: Fate,
        script: impl AsyncFnOnce(&mut Console) -> R,
    ) -> (R, Ended) {
        let hand = Slot::default();
        let path = self.run().path().to_owned();
        let launcher = launcher(fate, &hand);
        in_a_runtime(async {
            let resumed = session::resume(path, &setup.seat, false, clock::now, &[], &launcher)
                .expect("the run is taken up");
            let session = resumed.session;
            let dir = session.dir().clone();
            let hand = hand.take().expect("the session has an executor");
            drive(setup, Source::Drive(Box::new(session)), dir, hand, script).await
        })
    }

    fn watched(&self) -> Watch {
        Watch::open(self.run()).expect("the run can be read")
    }

    /// Looks at the run from outside.
    pub fn watch<R>(
        &self,
        setup: &Setup,
        script: impl AsyncFnOnce(&mut Console) -> R,
    ) -> (R, Ended) {
        let dir = self.run();
        in_a_runtime(async {
            let mut watch = self.watched();
            watch.clock = setup.watch_clock;
            let (_, hand) = Fake::new(dir.clone(), unbounded_channel().0, Fate::Unknown);
            drive(setup, Source::Watch(Box::new(watch)), dir, hand, script).await
        })
    }
}

/// How a scene's run begins.
pub fn beginning(setup: &Setup) -> Beginning {
    let loaded = load(setup.runbook);
    let findings = loaded.render("payments.yaml", setup.runbook, false);
    let runbook = loaded.runbook.unwrap_or_else(|| panic!("{findings}"));
    Beginning {
        standing: Standing::Trusted(Trusted::given(setup.runbook, &runbook)),
        runbook: Arc::new(runbook),
        name: "payments".to_owned(),
        file: None,
        from: setup.from.clone(),
        text: setup.runbook.to_owned(),
        title: String::new(),
        kind: setup.kind,
        environment: setup.environment.map(str::to_owned),
        inputs: BTreeMap::new(),
        severity: None,
        impact: None,
        auto: false,
        by: "ana".to_owned(),
        host: "bastion".to_owned(),
    }
}

/// Where a launcher leaves the hand.
pub type Slot = Rc<RefCell<Option<Hand>>>;

/// Makes the fake executor and leaves the test's hand on it in the slot.
pub fn launcher(
    fate: Fate,
    slot: &Slot,
) -> impl Fn(RunDir) -> (Box<dyn Executor>, UnboundedReceiver<Observed>) + 'static {
    let slot = Rc::clone(slot);
    move |dir| {
        let (reports, observed) = unbounded_channel();
        let (executor, hand) = Fake::new(dir, reports, fate);
        slot.replace(Some(hand));
        (Box::new(executor), observed)
    }
}

pub fn in_a_runtime<R>(future: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

async fn drive<R>(
    setup: &Setup,
    source: Source,
    dir: RunDir,
    hand: Hand,
    script: impl AsyncFnOnce(&mut Console) -> R,
) -> (R, Ended) {
    let taken = Slot::default();
    let launcher = launcher(Fate::Running, &taken);
    let helm = Helm {
        seat: setup.seat.clone(),
        clock: clock::now,
        folders: &[],
        launcher: &launcher,
        wants_it: setup.wants_it,
        keys: Keymap::default(),
    };
    let (ended, made) = perform(
        setup.size,
        async |bench, events| attend::attend(bench, events, source, &setup.theme, &helm).await,
        async |operator| {
            let mut console = Console {
                operator,
                dir,
                hand,
                taken,
            };
            script(&mut console).await
        },
    )
    .await;
    (made, ended.expect("the glass does not break"))
}

/// Keys as the console gets them.
pub type Keys = std::pin::Pin<Box<dyn futures_util::Stream<Item = io::Result<Event>>>>;

/// Runs a screen and the operator in front of it until both are done. When the
/// operator is done there are no more keys, and the screen leaves.
pub async fn perform<S, R>(
    size: (u16, u16),
    screen: impl AsyncFnOnce(&mut Bench, &mut Keys) -> S,
    script: impl AsyncFnOnce(Operator) -> R,
) -> (S, R) {
    let glass = Glass::new(size.0, size.1);
    let mut bench = Bench::behind(&glass);
    let (keys, mut typed) = unbounded_channel();
    let operator = Operator {
        keys,
        glass,
        copied: Rc::clone(&bench.copied),
        told: Rc::clone(&bench.told),
    };
    let mut events: Keys = Box::pin(futures_util::stream::poll_fn(move |context| {
        typed.poll_recv(context)
    }));
    tokio::join!(
        async move {
            let ended = screen(&mut bench, &mut events).await;
            // The operator notices that nobody listens any more.
            drop(events);
            ended
        },
        script(operator)
    )
}

/// The operator of a run, and what commands do meanwhile.
pub struct Console {
    operator: Operator,
    dir: RunDir,
    /// What commands do.
    pub hand: Hand,
    /// What they do once the run was taken over on this screen.
    pub taken: Slot,
}

impl Deref for Console {
    type Target = Operator;

    fn deref(&self) -> &Operator {
        &self.operator
    }
}

impl Console {
    /// The attempt that was launched last; waits until it is the one of `step`.
    pub async fn launched(&self, step: &str) -> Launch {
        let last = || self.hand.launches().last().cloned();
        let waiting = async {
            loop {
                if let Some(launch) = last().filter(|launch| launch.step == step) {
                    return launch;
                }
                self.glass.drawn().await;
            }
        };
        let launched = tokio::time::timeout(PATIENCE, waiting).await;
        launched.unwrap_or_else(|_| {
            panic!(
                "‘{step}’ was not launched, but {:?}:\n{}",
                last(),
                self.text()
            )
        })
    }

    /// Lets seconds pass, once the console knows what commands have done: what it
    /// takes in later would happen later, and a busy machine would change the scene.
    pub async fn pass(&self, seconds: i64) {
        let known = |(attempt, ended): (AttemptId, bool)| {
            self.journal().iter().any(|entry| match &entry.event {
                Happened::AttemptStarted { attempt: of, .. } => *of == attempt && !ended,
                Happened::AttemptFinished { attempt: of, .. } => *of == attempt && ended,
                _ => false,
            })
        };
        let waiting = async {
            while !self.hand.told().into_iter().all(known) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let known = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(known.is_ok(), "what commands did is not on record");
        clock::pass(seconds);
    }

    /// Everything that is durable by now.
    pub fn journal(&self) -> Vec<Entry> {
        entries(&self.dir)
    }

    pub fn dir(&self) -> &RunDir {
        &self.dir
    }
}

/// The operator's hands and eyes.
pub struct Operator {
    keys: UnboundedSender<io::Result<Event>>,
    glass: Glass,
    /// What was put on the clipboard.
    pub copied: Rc<RefCell<Vec<String>>>,
    /// What the terminal was told beside the frames.
    pub told: Rc<RefCell<Told>>,
}

impl Operator {
    /// Presses keys: `Enter`, `Esc`, `Ctrl-s`, `j` …
    pub fn press(&self, keys: &[&str]) {
        for key in keys {
            self.send(Event::Key(key_of(key)));
        }
    }

    /// Types a text letter by letter.
    pub fn type_in(&self, text: &str) {
        for letter in text.chars() {
            let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
            self.send(Event::Key(key));
        }
    }

    pub fn send(&self, event: Event) {
        // A console that is gone reads no keys; the script finds out by what it waits for.
        let _ = self.keys.send(Ok(event));
    }

    /// Whether the screen was left.
    pub fn is_gone(&self) -> bool {
        self.keys.is_closed()
    }

    /// How many frames were drawn so far, and how many bytes a terminal was sent for them.
    pub fn cost(&self) -> (u64, usize) {
        (self.glass.frames(), self.glass.bytes())
    }

    pub fn text(&self) -> String {
        tidy(&self.glass.text())
    }

    /// Waits until all of these stand on the screen.
    pub async fn sees(&self, wanted: &[&str]) {
        self.until(&format!("{wanted:?}"), |text| {
            wanted.iter().all(|words| text.contains(words))
        })
        .await;
    }

    /// Waits until something can be said of the screen.
    pub async fn until(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let waiting = async {
            while !holds(&self.glass.text()) {
                self.glass.drawn().await;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(seen.is_ok(), "waited in vain for {what}:\n{}", self.text());
    }

    /// Waits until the console has dealt with every key and has drawn what it came
    /// to, or is gone.
    pub async fn settle(&self) {
        let mut before = None;
        loop {
            let frames = self.glass.frames();
            // Its window is as large as before: that is drawn and changes nothing.
            let (width, height) = self.glass.size();
            self.send(Event::Resize(width, height));
            let drawing = async {
                while self.glass.frames() == frames {
                    tokio::select! {
                        () = self.glass.drawn() => {}
                        () = self.keys.closed() => return,
                    }
                }
            };
            let drawn = tokio::time::timeout(PATIENCE, drawing).await;
            assert!(drawn.is_ok(), "nothing is drawn any more:\n{}", self.text());
            let now = Some(self.glass.text());
            if now == before || self.is_gone() {
                return;
            }
            before = now;
        }
    }

    pub fn resize(&self, width: u16, height: u16) {
        self.glass.resize(width, height);
        self.send(Event::Resize(width, height));
    }

    /// The settled frames at every size.
    pub async fn frames(&self) -> Frames {
        let (sizes, looked) = LOOK.get();
        let mut frames = Vec::new();
        for (name, width, height) in sizes {
            self.resize(*width, *height);
            self.settle().await;
            frames.push((
                *name,
                match looked {
                    Looked::Words => self.text(),
                    Looked::Roles => self.glass.roles(),
                },
            ));
        }
        frames
    }
}

/// The sizes at which every state is looked at.
pub const SIZES: [(&str, u16, u16); 3] =
    [("80x24", 80, 24), ("120x40", 120, 40), ("200x50", 200, 50)];

/// What is looked at in a frame.
#[derive(Clone, Copy)]
pub enum Looked {
    /// The words.
    Words,
    /// Which of the theme's colours each cell has, drawn with [`super::roles::tracer`].
    Roles,
}

type Look = (&'static [(&'static str, u16, u16)], Looked);

thread_local! {
    static LOOK: std::cell::Cell<Look> = const { std::cell::Cell::new((&SIZES, Looked::Words)) };
}

/// From now on this test's scenes are looked at so.
pub fn look_at(sizes: &'static [(&'static str, u16, u16)], looked: Looked) {
    LOOK.set((sizes, looked));
}

/// Settled frames by their size.
pub type Frames = Vec<(&'static str, String)>;

/// Compares frames with those that were looked at and found good.
pub fn compare(name: &str, frames: Frames) {
    for (size, text) in frames {
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            omit_expression => true,
            snapshot_path => "../snapshots",
        }, {
            insta::assert_snapshot!(format!("{name}_{size}"), text);
        });
    }
}

/// Everything that stands in a run's journal.
pub fn entries(dir: &RunDir) -> Vec<Entry> {
    recovery::read(&dir.journal())
        .expect("the journal can be read")
        .records
        .into_iter()
        .map(|record| record.entry)
        .collect()
}

/// A key by the name that people write.
pub fn key_of(name: &str) -> KeyEvent {
    let (modifiers, base) = if let Some(base) = name.strip_prefix("Ctrl-") {
        (KeyModifiers::CONTROL, base)
    } else if let Some(base) = name.strip_prefix("Alt-") {
        (KeyModifiers::ALT, base)
    } else {
        (KeyModifiers::NONE, name)
    };
    let code = match base {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "Space" => KeyCode::Char(' '),
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Backspace" => KeyCode::Backspace,
        "F1" => KeyCode::F(1),
        _ => {
            let mut letters = base.chars();
            let letter = letters.next().expect("a key has a name");
            assert!(letters.next().is_none(), "no key is called {name}");
            KeyCode::Char(letter)
        }
    };
    KeyEvent::new(code, modifiers)
}

/// A frame without what differs from one machine and one run to the next.
fn tidy(text: &str) -> String {
    // The report's path is as long as that of the scratch folder.
    let path = Regex::new(r"/[^ \n]*/report\.md").expect("a pattern");
    let local = Regex::new(r" at \d\d:\d\d:\d\d").expect("a pattern");
    let text = path.replace_all(text, |found: &regex::Captures<'_>| {
        format!("{:<1$}", "[its path]", found[0].len())
    });
    local.replace_all(&text, " at 02:14:03").into_owned()
}
