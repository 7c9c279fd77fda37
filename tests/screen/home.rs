//! The home screen and the inputs form.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::Event;
use rbconsole::{
    engine::event::RunKind,
    runbook::load,
    session::{self, Beginning, system_clock},
    settings::Settings,
    trust::{Standing, Trusted},
    tui::{
        form::{self, Filled, FormScreen},
        home::{self, Chosen, HomeScreen},
        keymap::Keymap,
        theme::{Depth, Theme},
    },
};

use super::{
    console::{
        Frames, Operator, Setup, Slot, beginning, compare, in_a_runtime, launcher, perform, theme,
    },
    fake::Fate,
};

/// Runs of this clock began just now, whatever the time is.
fn soon() -> DateTime<Utc> {
    system_clock() + TimeDelta::hours(1)
}

pub fn settings(folder: &Path) -> Settings {
    Settings {
        state: folder.join("state"),
        config: folder.join("config"),
        runbooks: vec![folder.join("runbooks")],
        theme: None,
        mouse: true,
        redact: Vec::new(),
        output: rbconsole::settings::OutputLimits::default(),
        keys: Vec::new(),
        notify: rbconsole::settings::Notify::default(),
        clipboard: true,
    }
}

/// Two open runs, one that is damaged, and a runbook of one's own beside the library.
fn furnish(folder: &Path) {
    let runs = folder.join("state/runs");
    // Runs of one minute are listed by their names.
    for (name, title) in [
        ("payments", "Payments fail since the deployment"),
        ("searches", "Search is slow"),
    ] {
        let beginning = Beginning {
            title: title.to_owned(),
            name: name.to_owned(),
            ..beginning(&Setup::default())
        };
        let launcher = launcher(Fate::Unknown, &Slot::default());
        session::start(&runs, &beginning, soon, &launcher).expect("a run begins");
    }
    let damaged = runs.join("2020-01-01-0000-damaged-2222");
    rbconsole::run_dir::RunDir::create(&runs, "2020-01-01-0000-damaged-2222").expect("a folder");
    put(&damaged.join("journal.jsonl"), "this is no journal\n");
    std::fs::create_dir_all(folder.join("runbooks")).expect("a folder");
    put(
        &folder.join("runbooks/payments.yaml"),
        Setup::default().runbook,
    );
    put(
        &folder.join("runbooks/broken.yaml"),
        "version: 1\ntitle: Restart the search cluster\nphasen: []\n",
    );
}

pub fn put(path: &Path, text: &str) {
    rbconsole::run_dir::write_private(path, text.as_bytes()).expect("a file can be written");
}

/// The ids of runs differ from run to run, but not in their length.
fn steady(frames: Frames) -> Frames {
    let id = regex::Regex::new(r"\d{4}-\d\d-\d\d-\d{4}-(payments|searches)-[0-9a-z]{4}")
        .expect("a pattern");
    frames
        .into_iter()
        .map(|(size, text)| {
            (
                size,
                id.replace_all(&text, "2026-11-20-0214-$1-x7f3")
                    .into_owned(),
            )
        })
        .collect()
}

fn at_home<R>(theme: Theme, script: impl AsyncFnOnce(Operator) -> R) -> (Chosen, R) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    furnish(folder.path());
    let settings = settings(folder.path());
    in_a_runtime(perform(
        (80, 24),
        async |bench, events| {
            let mut home = HomeScreen::first_look(&settings, &Keymap::default());
            home.look_closely(&settings);
            home::choose(bench, events, &mut home, &theme)
                .await
                .expect("the glass does not break")
        },
        script,
    ))
}

fn runs_and_runbooks(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.sees(&["Unfinished runs", "Runbooks"]).await;
        operator.frames().await
    };
    steady(at_home(theme, script).1)
}

fn a_runbook_marked(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.sees(&["Unfinished runs"]).await;
        operator.type_in("payments service");
        operator.sees(&["start an incident"]).await;
        operator.frames().await
    };
    steady(at_home(theme, script).1)
}

fn filtered(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.sees(&["Unfinished runs"]).await;
        operator.type_in("symlink");
        operator.sees(&["symlink▏", "start an incident"]).await;
        operator.frames().await
    };
    steady(at_home(theme, script).1)
}

fn nothing_fits(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.sees(&["Unfinished runs"]).await;
        operator.type_in("zzzz");
        operator.sees(&["Nothing fits"]).await;
        operator.frames().await
    };
    steady(at_home(theme, script).1)
}

fn broken_runbook(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.sees(&["Unfinished runs"]).await;
        operator.type_in("search cluster");
        operator.press(&["Enter"]);
        operator.sees(&["This runbook has errors"]).await;
        operator.frames().await
    };
    steady(at_home(theme, script).1)
}

fn home_help(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.press(&["F1"]);
        operator.sees(&["any key closes this"]).await;
        operator.frames().await
    };
    steady(at_home(theme, script).1)
}

const INPUTS: &str = r"
version: 1
title: Rotate the keys of the payment provider
inputs:
  region: { description: Which region, options: [eu-west-1, us-east-1, ap-south-1] }
  service: { description: The service that uses the keys, pattern: '^[a-z]+$' }
  batch: { description: How many at a time, type: number, default: 10 }
  provider_token: { description: Token of the provider's console, secret: true }
environments:
  production: { color: red }
  staging: { inputs: { service: checkout } }
phases:
  - id: rotate
    title: Rotate
    steps:
      - { id: go, title: Rotate, run: 'rotate {{ service }} {{ region }} {{ batch }} {{ provider_token }}' }
";

fn in_the_form<R>(
    theme: Theme,
    script: impl AsyncFnOnce(Operator) -> R,
) -> (Filled, FormScreen, R) {
    let loaded = load(INPUTS);
    let findings = loaded.render("inputs.yaml", INPUTS, false);
    let runbook = loaded.runbook.unwrap_or_else(|| panic!("{findings}"));
    let mut form = FormScreen::of(Beginning {
        standing: Standing::Trusted(Trusted::given(INPUTS, &runbook)),
        runbook: Arc::new(runbook),
        name: "rotate".to_owned(),
        file: None,
        from: None,
        text: INPUTS.to_owned(),
        title: String::new(),
        kind: RunKind::Incident,
        environment: None,
        inputs: BTreeMap::new(),
        severity: None,
        impact: None,
        auto: false,
        by: "ana".to_owned(),
        host: "bastion".to_owned(),
    });
    let (filled, made) = in_a_runtime(perform(
        (80, 24),
        async |bench, events| {
            form::fill(bench, events, &mut form, &theme)
                .await
                .expect("the glass does not break")
        },
        script,
    ));
    (filled, form, made)
}

fn form_empty(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.sees(&["environment", "choose one"]).await;
        operator.frames().await
    };
    in_the_form(theme, script).2
}

fn form_choices(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.press(&["Right", "Right", "Down", "Right", "Right"]);
        operator
            .sees(&["‹ us-east-1 ›", "staging", "checkout"])
            .await;
        operator.frames().await
    };
    in_the_form(theme, script).2
}

fn form_errors(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.press(&["Right", "Down", "Right", "Down"]);
        operator.type_in("Pay 1");
        operator.press(&["Down"]);
        operator.type_in("x");
        operator.press(&["Ctrl-s"]);
        operator.sees(&["One field needs your attention"]).await;
        operator.frames().await
    };
    in_the_form(theme, script).2
}

fn form_secret(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.press(&["Right", "Down", "Right", "Down"]);
        operator.type_in("payments");
        operator.press(&["Down", "Down"]);
        operator.type_in("hunter2");
        operator.sees(&["•••••••"]).await;
        let mut frames = operator.frames().await;
        operator.press(&["Down"]);
        operator.settle().await;
        frames.extend(
            operator
                .frames()
                .await
                .into_iter()
                .zip(["left_80x24", "left_120x40", "left_200x50"])
                .map(|((_, text), size)| (size, text)),
        );
        for (_, text) in &frames {
            assert!(
                text.contains("•••••••") && !text.contains("hunter"),
                "{text}"
            );
        }
        frames
    };
    in_the_form(theme, script).2
}

fn form_ready(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.press(&["Right", "Down", "Right", "Down"]);
        operator.type_in("payments");
        operator.press(&["Down", "Down"]);
        operator.type_in("hunter2");
        operator.press(&["Down"]);
        operator.type_in("SEV2");
        operator.press(&["Down", "Enter"]);
        operator.sees(&["▸ Start the run"]).await;
        operator.frames().await
    };
    in_the_form(theme, script).2
}

type Scene = fn(Theme) -> Frames;

const SCENES: &[(&str, Scene)] = &[
    ("home", runs_and_runbooks),
    ("home_runbook", a_runbook_marked),
    ("home_filtered", filtered),
    ("home_nothing_fits", nothing_fits),
    ("home_broken_runbook", broken_runbook),
    ("home_help", home_help),
    ("form_empty", form_empty),
    ("form_choices", form_choices),
    ("form_errors", form_errors),
    ("form_secret", form_secret),
    ("form_ready", form_ready),
];

#[test]
fn home_and_form_look_right() {
    for (name, scene) in SCENES {
        compare(name, scene(theme("dark", Depth::True)));
    }
}

#[test]
fn home_and_form_say_the_same_in_every_theme() {
    for (name, scene) in SCENES {
        let dark = scene(theme("dark", Depth::True));
        for styles in [theme("light", Depth::Indexed), theme("dark", Depth::None)] {
            for ((size, dark), (_, text)) in dark.iter().zip(scene(styles)) {
                assert_eq!(*dark, text, "{name} at {size}");
            }
        }
    }
}

#[test]
fn enter_resumes_a_run_or_begins_one() {
    let plain = || theme("dark", Depth::None);
    let (chosen, ()) = at_home(plain(), async |operator| {
        operator.sees(&["Unfinished runs"]).await;
        operator.press(&["Enter"]);
    });
    assert!(matches!(chosen, Chosen::Resume(_)));
    let (chosen, ()) = at_home(plain(), async |operator| {
        operator.type_in("payments service");
        operator.press(&["Ctrl-d"]);
        operator.sees(&["Not trusted yet"]).await;
        operator.press(&["t"]);
    });
    let Chosen::Begin(beginning) = chosen else {
        panic!("a drill was to begin");
    };
    assert_eq!(
        (beginning.kind, beginning.name.as_str()),
        (RunKind::Drill, "payments")
    );
    let (chosen, ()) = at_home(plain(), async |operator| {
        operator.type_in("zz");
        operator.press(&["Esc", "Esc"]);
    });
    assert!(matches!(chosen, Chosen::Nothing));
}

/// Lets a script work on the folder of the runbooks while the screen stands.
fn at_the_shelf<R>(script: impl AsyncFnOnce(Operator, &Path) -> R) -> R {
    let folder = tempfile::tempdir().expect("a scratch folder");
    furnish(folder.path());
    let settings = settings(folder.path());
    let theme = theme("dark", Depth::None);
    let (_, made) = in_a_runtime(perform(
        (120, 40),
        async |bench, events| {
            let mut home = HomeScreen::first_look(&settings, &Keymap::default());
            home.look_closely(&settings);
            home::choose(bench, events, &mut home, &theme)
                .await
                .expect("the glass does not break")
        },
        async |operator| script(operator, &folder.path().join("runbooks")).await,
    ));
    made
}

/// A runbook of one step that has this title.
fn titled(title: &str) -> String {
    format!(
        "version: 1\ntitle: {title}\nphases: [{{ id: p, title: P, steps: [{{ id: s, run: 'true' }}] }}]\n"
    )
}

/// The line of the list that the keys act on.
fn pointed(text: &str) -> &str {
    text.lines()
        .find(|line| line.contains("▸ "))
        .unwrap_or_else(|| panic!("nothing is marked:\n{text}"))
}

/// No key is pressed between what an author saves and what the screen shows.
#[test]
fn what_an_author_saves_is_shown() {
    at_the_shelf(async |operator, folder| {
        operator.sees(&["Restart the search cluster"]).await;
        operator.type_in("search cluster");
        operator
            .sees(&["search cluster▏", "This runbook cannot be used", "phasen"])
            .await;
        // Mended, then broken again, and added beside it.
        put(
            &folder.join("broken.yaml"),
            &titled("Restart the search cluster"),
        );
        operator
            .until("it is mended", |text| !text.contains("cannot be used"))
            .await;
        operator.sees(&["search cluster▏", "Phases"]).await;
        put(
            &folder.join("broken.yaml"),
            "version: 1\ntitle: Restart the search cluster\nphases: [\n",
        );
        operator.sees(&["This runbook cannot be used"]).await;
        put(
            &folder.join("apples.yaml"),
            &titled("Search cluster of apples"),
        );
        operator.sees(&["Search cluster of apples"]).await;
        assert!(
            pointed(&operator.text()).contains("Restart the search cluster"),
            "the mark stays where it was:\n{}",
            operator.text()
        );
        // A file that is taken away, and the one that is marked.
        std::fs::remove_file(folder.join("apples.yaml")).expect("it can be removed");
        operator
            .until("it is gone", |text| !text.contains("apples"))
            .await;
        std::fs::remove_file(folder.join("broken.yaml")).expect("it can be removed");
        operator.sees(&["Nothing fits"]).await;
        operator.press(&["Esc"]);
        operator.sees(&["type to filter"]).await;
    });
}

/// What is not text is no runbook that could be shown; it harms no other.
#[test]
fn a_file_that_is_not_text_harms_no_other() {
    at_the_shelf(async |operator, folder| {
        operator.sees(&["Unfinished runs"]).await;
        rbconsole::run_dir::write_private(&folder.join("bytes.yaml"), &[0xff, 0xfe, 0x00])
            .expect("a file can be written");
        put(&folder.join("added.yaml"), &titled("Added beside it"));
        operator.sees(&["Added beside it"]).await;
        assert!(pointed(&operator.text()).contains("▸ "));
    });
}

/// A damaged run is shown, and opening it says what is wrong instead of trying.
#[test]
fn a_damaged_run_is_not_opened() {
    let (chosen, text) = at_home(theme("dark", Depth::None), async |operator| {
        operator.type_in("damaged");
        operator.sees(&["damaged"]).await;
        operator.press(&["Enter"]);
        operator.settle().await;
        operator.text()
    });
    assert!(matches!(chosen, Chosen::Nothing), "{text}");
    assert!(text.contains("damaged"), "{text}");
}

/// What was typed is what begins; pasted text counts like typed text.
#[test]
fn the_form_gives_what_was_typed() {
    let (filled, form, ()) = in_the_form(theme("dark", Depth::None), async |operator| {
        operator.press(&["Right", "Down", "Right", "Down"]);
        operator.send(Event::Paste("payments\n".to_owned()));
        operator.press(&["Down", "Down"]);
        operator.send(Event::Paste("hunter2\n".to_owned()));
        operator.press(&["Ctrl-s"]);
    });
    assert_eq!(filled, Filled::Ready);
    let beginning = form.beginning();
    assert_eq!(beginning.environment.as_deref(), Some("production"));
    let inputs: Vec<(&str, &str)> = beginning
        .inputs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        inputs,
        [
            ("batch", "10"),
            ("provider_token", "hunter2"),
            ("region", "eu-west-1"),
            ("service", "payments"),
        ]
    );
}
