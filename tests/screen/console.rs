//! The console under test: the real loop, a scripted operator, a scripted executor.

use std::{cell::RefCell, collections::BTreeMap, ops::Deref, rc::Rc, sync::Arc, time::Duration};

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
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::operator::PATIENCE;
pub use super::operator::{Frames, Looked, Operator, SIZES, compare, key_of, look_at, perform};
use super::{
    clock,
    fake::{Fake, Fate, Hand},
};

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
    /// How long something stands before keys can be meant for it.
    pub settle: Duration,
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
            settle: Duration::ZERO,
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
        async |bench, events| {
            bench.settle = setup.settle;
            attend::attend(bench, events, source, &setup.theme, &helm).await
        },
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

    /// The attempt that is launched after so many others; waits for it.
    pub async fn launched_after(&self, others: usize) -> Launch {
        let waiting = async {
            while self.hand.launches().len() <= others {
                self.glass.drawn().await;
            }
        };
        let launched = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(launched.is_ok(), "nothing was launched:\n{}", self.text());
        self.hand.launches()[others].clone()
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

/// Everything that stands in a run's journal.
pub fn entries(dir: &RunDir) -> Vec<Entry> {
    recovery::read(&dir.journal())
        .expect("the journal can be read")
        .entries
}
