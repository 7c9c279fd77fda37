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

#[path = "home/doing.rs"]
mod doing;

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

/// The ids and times of runs differ from run to run, but not in their length.
fn steady(frames: Frames) -> Frames {
    let id = regex::Regex::new(r"\d{4}-\d\d-\d\d-\d{4}-(payments|searches)-[0-9a-z]{4}")
        .expect("a pattern");
    // What lies above may leave only its end.
    let time = regex::Regex::new(r"[\d:]*\d UTC\)").expect("a pattern");
    let no_digits =
        |found: &regex::Captures<'_>| found[0].replace(|c: char| c.is_ascii_digit(), "0");
    frames
        .into_iter()
        .map(|(size, text)| {
            let text = id.replace_all(&text, "2026-11-20-0214-$1-x7f3");
            (size, time.replace_all(&text, no_digits).into_owned())
        })
        .collect()
}

fn at_home<R>(theme: Theme, script: impl AsyncFnOnce(Operator) -> R) -> (Chosen, R) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    furnish(folder.path());
    at_home_in(folder.path(), theme, script)
}

fn at_home_in<R>(
    folder: &Path,
    theme: Theme,
    script: impl AsyncFnOnce(Operator) -> R,
) -> (Chosen, R) {
    let settings = settings(folder);
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

/// Nobody has ever run anything here: they are offered the demo.
fn home_new(theme: Theme) -> Frames {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let script = async |operator: Operator| {
        operator.sees(&["Runbooks", "▸ Try it"]).await;
        operator.frames().await
    };
    at_home_in(folder.path(), theme, script).1
}

fn home_palette(theme: Theme) -> Frames {
    let script = async |operator: Operator| {
        operator.sees(&["Unfinished runs"]).await;
        operator.press(&["Ctrl-p"]);
        operator.sees(&["What can be done", "try the demo"]).await;
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
description: Gives the provider new keys and takes the old ones away, service by service.
owners: [payments]
requires: { tools: [bash, rotate] }
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
    budget: 5m
    steps:
      - { id: go, title: Rotate, run: 'rotate {{ service }} {{ region }} {{ batch }} {{ provider_token }}' }
      - id: drop
        title: Take the old keys away
        effect: destructive
        target: '{{ service }}'
        run: 'rotate --drop {{ service }}'
  - id: verify
    title: Make sure that payments go through
    steps:
      - { id: paid, title: Pay a cent, effect: read, run: 'pay --cent' }
      - { id: told, title: Tell the provider, manual: { instructions: Write to them } }
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
    })
    .with_drill(None);
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
        operator.sees(&["3 fields need your attention"]).await;
        let frames = operator.frames().await;
        // Whoever goes on has read it.
        operator.press(&["Down"]);
        operator.sees(&["next field"]).await;
        frames
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
    ("home_new", home_new),
    ("home_palette", home_palette),
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
