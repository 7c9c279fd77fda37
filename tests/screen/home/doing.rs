//! What the home screen and the form do.

use super::*;

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

/// Where nothing was ever run the demo is what Enter begins; it is a key away elsewhere.
#[test]
fn the_demo_is_begun_from_here() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let plain = || theme("dark", Depth::None);
    let (chosen, ()) = at_home_in(folder.path(), plain(), async |operator| {
        operator.sees(&["▸ Try it", "Enter try the demo"]).await;
        operator.press(&["Ctrl-d", "Ctrl-r"]);
        operator.sees(&["▸ Try it"]).await;
        operator.press(&["Enter"]);
    });
    assert!(matches!(chosen, Chosen::Demo));
    let (chosen, ()) = at_home_in(folder.path(), plain(), async |operator| {
        operator.sees(&["▸ Try it"]).await;
        operator.press(&["Down"]);
        operator
            .sees(&["start an incident", "try the demo first"])
            .await;
        operator.press(&["Ctrl-t"]);
    });
    assert!(matches!(chosen, Chosen::Demo));
    // Whoever looks for something finds that first.
    let (_, ()) = at_home_in(folder.path(), plain(), async |operator| {
        operator.sees(&["▸ Try it"]).await;
        operator.type_in("to");
        operator.sees(&["to▏", "start an incident"]).await;
        operator.press(&["Esc"]);
        operator.type_in("demo");
        operator.sees(&["demo▏", "▸ Try it"]).await;
        operator.press(&["Esc", "Esc"]);
    });
    let (chosen, ()) = at_home(plain(), async |operator| {
        operator.sees(&["Unfinished runs"]).await;
        assert!(!operator.text().contains("try the demo"));
        operator.press(&["Ctrl-p"]);
        operator.sees(&["What can be done"]).await;
        operator.type_in("demo");
        operator.sees(&["▸ try the demo"]).await;
        operator.press(&["Enter"]);
    });
    assert!(matches!(chosen, Chosen::Demo));
}
