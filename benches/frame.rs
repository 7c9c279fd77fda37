//! What a frame costs: `cargo bench --bench frame`.
//!
//! The run screen at 200 by 60 with four commands that print side by side: drawn, compared with
//! the frame before, and turned into what a terminal is sent. Every line of every pane is
//! another one each time. Beside it what the drawing library needs for the same text in one
//! paragraph, as the floor that nothing can be below. In the end both are drawn by turns, and
//! it is said how many times the floor a frame costs.

#[path = "../tests/screen/clock.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod clock;
#[path = "../tests/screen/fake.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod fake;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    hint::black_box,
    io,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::Criterion;
use fake::{Fake, Fate, Hand};
use ratatui::{
    Terminal, TerminalOptions, Viewport,
    backend::CrosstermBackend,
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};
use rbconsole::{
    engine::{Command, command::Run, event::RunKind},
    executor::Executor,
    history::Earlier,
    output::Stream,
    report::timeline::timeline,
    run_dir::RunDir,
    runbook::load,
    session::{self, Beginning},
    trust::{Standing as Trust, Trusted},
    tui::{
        frame::Frame,
        keymap::Keymap,
        run::{RunScreen, View, draw, standing::Standing},
        source::Source,
        terminal::pen::Pen,
        theme::{Depth, Theme, built_in},
    },
};

/// So many frames of each are drawn by turns.
const TURNS: usize = 2_000;
const AREA: Rect = Rect::new(0, 0, 200, 60);
const RUNBOOK: &str = "
version: 1
title: Drain four regions
description: Commands side by side.
owners: [shop]
when_to_use: [a benchmark wants it]
phases:
  - id: work
    title: Drain
    budget: 5m
    steps:
      - id: drain
        title: Drain all regions
        effect: write
        parallel: { north: drain north, east: drain east, south: drain south, west: drain west }
";

fn beginning() -> Beginning {
    let runbook = load(RUNBOOK).runbook.expect("the runbook loads");
    Beginning {
        standing: Trust::Trusted(Trusted::given(RUNBOOK, &runbook)),
        runbook: Arc::new(runbook),
        name: "drain".to_owned(),
        file: None,
        from: None,
        text: RUNBOOK.to_owned(),
        title: String::new(),
        kind: RunKind::Incident,
        environment: None,
        inputs: BTreeMap::new(),
        severity: None,
        impact: None,
        auto: false,
        by: "ana".to_owned(),
        host: "bastion".to_owned(),
    }
}

/// Sixty more lines of each command, as programs print them.
fn print(hand: &Hand, round: usize) {
    for launch in hand.launches() {
        for number in 0..60 {
            let number = round * 60 + number;
            let line = format!(
                "02:14:{:02} \u{1b}[32mINFO\u{1b}[0m node-{number:05} drained {} connections of {}\n",
                number % 60,
                number * 7 % 1_000,
                launch.script
            );
            hand.print(launch.attempt, Stream::Out, &line);
        }
    }
}

/// Four commands run, and two screens that show other lines of them.
async fn busy(runs: &std::path::Path, theme: &Theme, keys: &Keymap) -> (Source, [RunScreen; 2]) {
    let slot: Rc<RefCell<Option<Hand>>> = Rc::default();
    let taken = Rc::clone(&slot);
    let launcher = move |dir: RunDir| {
        let (reports, observed) = tokio::sync::mpsc::unbounded_channel();
        let (executor, hand) = Fake::new(dir, reports, Fate::Unknown);
        taken.replace(Some(hand));
        let executor: Box<dyn Executor> = Box::new(executor);
        (executor, observed)
    };
    let session =
        session::start(runs, &beginning(), clock::now, &launcher).expect("the run begins");
    let hand = slot.take().expect("the session has an executor");
    let mut source = Source::Drive(Box::new(session));
    source.submit(Command::Run(Run::step("drain")));
    while hand.launches().len() < 4 {
        source.changed().await;
    }
    for launch in hand.launches() {
        hand.started(launch.attempt);
    }
    while source.state().live().count() < 4 {
        source.changed().await;
    }
    let mut screens = [RunScreen::default(), RunScreen::default()];
    for (round, screen) in screens.iter_mut().enumerate() {
        print(&hand, round);
        screen.settle(source.state());
        let panes = {
            let (lines, earlier) = (
                timeline(source.state(), source.entries()).0,
                Earlier::default(),
            );
            draw::output_panes(AREA, screen, &view(&source, &lines, &earlier, keys), theme)
        };
        assert_eq!(panes.len(), 4, "four panes side by side");
        screen
            .refresh_panes(&mut source, &panes)
            .expect("the logs can be read");
    }
    (source, screens)
}

fn view<'a>(
    source: &'a Source,
    lines: &'a [rbconsole::report::timeline::Line],
    earlier: &'a Earlier,
    keys: &'a Keymap,
) -> View<'a> {
    View {
        state: source.state(),
        lines,
        signals: source.signals(),
        now: clock::now(),
        stalled: None,
        report: None,
        watching: None,
        standing: Standing::default(),
        earlier,
        keys,
        area: AREA,
    }
}

/// A terminal of which the other end reads and forgets, as the library draws on it.
fn usual() -> Terminal<CrosstermBackend<io::Sink>> {
    let options = TerminalOptions {
        viewport: Viewport::Fixed(AREA),
    };
    Terminal::with_options(CrosstermBackend::new(io::sink()), options)
        .expect("nothing is asked of it")
}

/// The same, as we draw on it.
struct Ours {
    frame: Frame,
    pen: Pen<io::Sink>,
}

impl Ours {
    fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.frame.begin(AREA.width, AREA.height);
        render(&mut self.frame);
        self.pen.show(&self.frame)
    }
}

/// A frame as lines of text with their styles.
fn lines_of(buffer: &Buffer) -> Vec<Line<'static>> {
    let rows = buffer.content.chunks(usize::from(AREA.width));
    rows.map(|row| {
        let mut spans: Vec<Span<'static>> = Vec::new();
        for cell in row {
            match spans.last_mut() {
                Some(last) if last.style == cell.style() => {
                    last.content.to_mut().push_str(cell.symbol());
                }
                _ => spans.push(Span::styled(cell.symbol().to_owned(), cell.style())),
            }
        }
        Line::from(spans)
    })
    .collect()
}

fn frames(criterion: &mut Criterion) {
    let theme = Theme::new(&built_in("dark").expect("it is built in"), Depth::True);
    let keys = Keymap::default();
    let folder = tempfile::tempdir().expect("a scratch folder");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (source, screens) = runtime.block_on(busy(folder.path(), &theme, &keys));
    let (lines, earlier) = (
        timeline(source.state(), source.entries()).0,
        Earlier::default(),
    );
    let view = view(&source, &lines, &earlier, &keys);
    let mut shown = Ours {
        frame: Frame::default(),
        pen: Pen::new(io::sink(), Depth::True),
    };
    let texts = [0, 1].map(|at: usize| {
        shown
            .draw(|frame| draw::draw(frame, &screens[at], &view, &theme))
            .expect("nothing can fail");
        lines_of(shown.frame.cells())
    });
    let mut group = criterion.benchmark_group("a frame of 200 by 60 with four busy panes");
    let mut at = 0;
    group.bench_function("the run screen", |bencher| {
        bencher.iter(|| {
            at = 1 - at;
            let screen = black_box(&screens[at]);
            shown.draw(|frame| draw::draw(frame, screen, &view, &theme))
        });
    });
    let mut floor = usual();
    group.bench_function("the same text as one paragraph", |bencher| {
        bencher.iter(|| {
            at = 1 - at;
            let lines = black_box(&texts[at]).clone();
            floor
                .draw(|frame| frame.render_widget(Paragraph::new(lines), AREA))
                .map(drop)
        });
    });
    group.finish();
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        at = 1 - at;
        let screen = black_box(&screens[at]);
        times[0].push(timed(|| {
            shown.draw(|frame| draw::draw(frame, screen, &view, &theme))
        }));
        let lines = black_box(&texts[at]).clone();
        times[1].push(timed(|| {
            floor
                .draw(|frame| frame.render_widget(Paragraph::new(lines), AREA))
                .map(drop)
        }));
    }
    let [frame, floor] = times.map(median);
    println!(
        "by turns, medians of {TURNS}: a frame {frame:.0?}, the floor {floor:.0?}: {:.2} times it",
        frame.as_secs_f64() / floor.as_secs_f64()
    );
}

#[expect(clippy::disallowed_methods, reason = "a benchmark tells the time")]
fn timed(work: impl FnOnce() -> io::Result<()>) -> Duration {
    let began = Instant::now();
    work().expect("nothing can fail");
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    frames(&mut criterion);
    criterion.final_summary();
}
