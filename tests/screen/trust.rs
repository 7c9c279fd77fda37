//! What is read before a runbook executes, and that nothing of it does before.

use std::{path::Path, sync::atomic::AtomicBool};

use chrono::DateTime;
use rbconsole::{
    runbook::library,
    session,
    settings::Settings,
    trust::{self, Owner, Question, Standing, Store, Trusted},
    tui::{
        self,
        home::{self, Chosen, HomeScreen},
        keymap::Keymap,
        theme::{Depth, Theme},
    },
};

use super::{
    console::{Frames, Operator, SIZES, Setup, compare, in_a_runtime, perform, theme},
    home::{put, settings},
};

/// What is asked about a file of this text.
fn question(settings: &Settings, file: &Path, text: &str) -> Question {
    put(file, text);
    let entry = library::read_file(file).expect("it can be read");
    let (loaded, used) = library::load_whole(&entry, &[]);
    let findings = loaded.render("x", text, false);
    let runbook = loaded.runbook.unwrap_or_else(|| panic!("{findings}"));
    match trust::look(&entry, &used, &runbook, settings) {
        Standing::Asked(question) => *question,
        Standing::Trusted(_) => panic!("nobody has trusted it"),
    }
}

/// As the file would look on a machine of the team.
fn elsewhere(mut question: Question, owner: &str, doubtful: bool) -> Question {
    for file in &mut question.files {
        let path = "/srv/team/runbooks/payments.yaml".to_owned();
        if let Some(before) = &mut file.before {
            before.difference = before.difference.replace(&file.path, &path);
        }
        file.path = path;
        file.owner = Owner {
            words: owner.to_owned(),
            doubtful,
        };
    }
    question
}

fn asked<R>(
    question: &Question,
    theme: &Theme,
    script: impl AsyncFnOnce(Operator) -> R,
) -> (Option<Trusted>, R) {
    in_a_runtime(perform(
        (80, 24),
        async |bench, events| {
            tui::trust::ask(bench, events, question, theme, &Keymap::default())
                .await
                .expect("the glass does not break")
        },
        script,
    ))
}

fn new_file(theme: Theme) -> Frames {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let settings = settings(folder.path());
    let question = question(
        &settings,
        &folder.path().join("payments.yaml"),
        Setup::default().runbook,
    );
    let question = elsewhere(
        question,
        "belongs to ana (1000); nobody else can change it",
        false,
    );
    asked(&question, &theme, async |operator| {
        operator.sees(&["Not trusted yet"]).await;
        operator.frames().await
    })
    .1
}

fn changed_file(theme: Theme) -> Frames {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let settings = settings(folder.path());
    let file = folder.path().join("payments.yaml");
    let text = Setup::default().runbook;
    let first = question(&settings, &file, text);
    first
        .grant("carla", DateTime::UNIX_EPOCH)
        .expect("it can be kept");
    let changed = text
        .replace("grep '^error_rate'", "tee /tmp/copy")
        .replace("default: payments_live", "default: payments_old");
    let question = question(&settings, &file, &changed);
    let question = elsewhere(
        question,
        "belongs to ana (1000); it can be written by others (mode 664; mend it with chmod go-w)",
        true,
    );
    asked(&question, &theme, async |operator| {
        operator.sees(&["Changed since it was trusted"]).await;
        operator.frames().await
    })
    .1
}

fn at_the_end(theme: Theme) -> Frames {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let settings = settings(folder.path());
    let question = question(
        &settings,
        &folder.path().join("payments.yaml"),
        Setup::default().runbook,
    );
    let question = elsewhere(
        question,
        "belongs to ana (1000); nobody else can change it",
        false,
    );
    asked(&question, &theme, async |operator| {
        operator.sees(&["Not trusted yet"]).await;
        let mut frames = Vec::new();
        for (name, width, height) in SIZES {
            operator.resize(width, height);
            operator.settle().await;
            operator.press(&["G"]);
            operator.settle().await;
            frames.push((name, operator.text()));
        }
        frames
    })
    .1
}

type Scene = fn(Theme) -> Frames;

#[test]
fn what_is_read_before_it_executes_looks_right() {
    let scenes: [(&str, Scene); 3] = [
        ("trust_new", new_file),
        ("trust_changed", changed_file),
        ("trust_end", at_the_end),
    ];
    for (name, scene) in scenes {
        let dark = scene(theme("dark", Depth::True));
        assert_eq!(dark, scene(theme("dark", Depth::None)), "{name}");
        compare(name, dark);
    }
}

/// Every way in which a runbook could execute something before a run begins.
pub fn eager(mark: &Path) -> String {
    let mark = mark.display();
    format!(
        "version: 1
title: Eager runbook
inputs:
  host: {{ description: Where, options_from: {{ run: 'touch {mark}.options; echo a' }} }}
environments:
  lab: {{ drill: true, guard: 'touch {mark}.guard' }}
signals:
  load: {{ run: 'touch {mark}.signal; echo 1', every: 10s }}
phases:
  - id: p
    title: P
    steps:
      - {{ id: s, title: S, run: 'touch {mark}.step; echo {{{{ host }}}}' }}
"
    )
}

pub fn marks(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|item| {
            item.expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.starts_with("mark."))
        .collect();
    names.sort();
    names
}

pub fn at_home(settings: &Settings, script: impl AsyncFnOnce(Operator)) -> (Chosen, ()) {
    let theme = theme("dark", Depth::None);
    in_a_runtime(perform(
        (120, 40),
        async |bench, events| {
            let mut home = HomeScreen::first_look(settings, &Keymap::default());
            home.look_closely(settings);
            home::choose(bench, events, &mut home, &theme)
                .await
                .expect("the glass does not break")
        },
        script,
    ))
}

/// No key but the one that says so trusts; Esc goes back to where one came from; what
/// was trusted stays trusted.
#[test]
fn a_key_of_its_own_trusts_and_nothing_executes_before() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let settings = settings(folder.path());
    std::fs::create_dir_all(folder.path().join("runbooks")).expect("a folder");
    let text = eager(&folder.path().join("mark"));
    put(&folder.path().join("runbooks/eager.yaml"), &text);
    let (chosen, ()) = at_home(&settings, async |operator: Operator| {
        // Behind the demo.
        operator.press(&["Down"]);
        operator
            .sees(&["⚠ not trusted", "Enter shows what it would"])
            .await;
        operator.type_in("eager");
        for key in ["Enter", "Ctrl-d", "Ctrl-r"] {
            operator.press(&[key]);
            operator.sees(&["Not trusted yet"]).await;
            operator.press(&["Enter", "y", "T", "Ctrl-t", "Space", "Down", "Enter"]);
            operator.settle().await;
            operator.sees(&["Not trusted yet"]).await;
            operator.press(&["Esc"]);
            operator.sees(&["Runs and runbooks", "⚠ not trusted"]).await;
        }
        operator.press(&["Esc", "Esc"]);
    });
    assert!(matches!(chosen, Chosen::Nothing));
    assert_eq!(marks(folder.path()), [""; 0]);
    assert!(!settings.state.join("trust.json").exists());

    let (chosen, ()) = at_home(&settings, async |operator: Operator| {
        operator.type_in("eager");
        operator.press(&["Ctrl-d"]);
        operator.sees(&["Not trusted yet"]).await;
        operator.press(&["t"]);
    });
    let Chosen::Begin(beginning) = chosen else {
        panic!("a drill was to begin");
    };
    assert_eq!(marks(folder.path()), [""; 0], "to trust is not to execute");
    let kept = Store::in_state(&settings.state)
        .read()
        .expect("it is whole");
    assert_eq!((kept.len(), kept[0].text.as_str()), (1, text.as_str()));
    assert!(beginning.is_trusted().is_ok());

    // The session itself executes nothing of other texts than those.
    let never = AtomicBool::new(false);
    let input = &beginning.runbook.inputs[0];
    let mut other = (*beginning).clone();
    other.text.push('\n');
    let refused = session::options(&other, input, &never).unwrap_err();
    assert!(
        refused.contains("not the text that was trusted"),
        "{refused}"
    );
    let runs = folder.path().join("runs");
    other.environment = Some("lab".to_owned());
    let refused = session::prepare(&runs, &other, session::system_clock, &never).unwrap_err();
    assert!(refused.to_string().contains("not the text"), "{refused}");
    assert_eq!(marks(folder.path()), [""; 0]);
    let found = session::options(&beginning, input, &never);
    assert_eq!(found, Ok(vec!["a".to_owned()]));
    assert_eq!(marks(folder.path()), ["mark.options"]);

    // Another time nobody is asked.
    let (chosen, ()) = at_home(&settings, async |operator: Operator| {
        operator.type_in("eager");
        operator.press(&["Enter"]);
    });
    assert!(matches!(chosen, Chosen::Begin(_)));
}

/// What cannot be kept is not trusted, and why stands there.
#[test]
fn what_cannot_be_kept_is_not_trusted() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let settings = settings(folder.path());
    let question = question(
        &settings,
        &folder.path().join("payments.yaml"),
        Setup::default().runbook,
    );
    put(folder.path().join("state").as_path(), "a file in its place");
    let (trusted, ()) = asked(&question, &theme("dark", Depth::None), async |operator| {
        operator.sees(&["Not trusted yet"]).await;
        operator.press(&["t"]);
        operator.sees(&["what is trusted cannot be written"]).await;
        operator.press(&["Esc"]);
    });
    assert_eq!(trusted, None);
}
