use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use super::*;
use crate::runbook::library;

struct House {
    folder: tempfile::TempDir,
    settings: Settings,
}

const ONE: &str =
    "version: 1\ntitle: One\nphases: [{ id: p, title: P, steps: [{ id: s, run: 'echo one' }] }]\n";
const USING: &str =
    "version: 1\ntitle: Using\nphases: [{ id: p, title: P, steps: [{ id: s, uses: part }] }]\n";

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["config/runbooks", "team"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        for name in ["config", "config/runbooks"] {
            fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o755))
                .unwrap();
        }
        let settings = Settings {
            state: folder.path().join("state"),
            config: folder.path().join("config"),
            runbooks: vec![
                folder.path().join("team"),
                folder.path().join("config/runbooks"),
            ],
            theme: None,
            mouse: true,
            redact: Vec::new(),
            output: crate::settings::OutputLimits::default(),
            keys: Vec::new(),
            notify: crate::settings::Notify::default(),
            clipboard: true,
        };
        Self { folder, settings }
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        crate::run_dir::write_private(&path, text.as_bytes()).unwrap();
        path
    }

    fn read(&self, path: &str) -> (Entry, Vec<Entry>, Runbook) {
        let entry = library::find(path, &self.settings.runbooks).unwrap();
        let (loaded, used) = library::load_whole(&entry, &self.settings.runbooks);
        let findings = loaded.render("x", &entry.text, false);
        let runbook = loaded.runbook.unwrap_or_else(|| panic!("{findings}"));
        (entry, used, runbook)
    }

    fn look(&self, path: &str) -> Standing {
        let (entry, used, runbook) = self.read(path);
        look(&entry, &used, &runbook, &self.settings)
    }

    fn asked(&self, path: &str) -> Question {
        match self.look(path) {
            Standing::Asked(question) => *question,
            Standing::Trusted(_) => panic!("{path} is trusted"),
        }
    }

    fn is_trusted(&self, path: &str) -> bool {
        matches!(self.look(path), Standing::Trusted(_))
    }

    fn mark(&self, name: &str) -> Mark {
        let entries = library::list(&self.settings.runbooks);
        let at = entries.iter().position(|entry| entry.name == name).unwrap();
        marks(&entries, &self.settings)[at]
    }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

#[test]
fn what_is_built_in_or_the_operators_own_is_trusted() {
    let house = House::new();
    house.put("config/runbooks/one.yaml", ONE);
    assert!(house.is_trusted("symlink-release"));
    assert!(house.is_trusted("one"));
    assert!(!house.settings.state.exists(), "nothing is kept for it");
    assert_eq!(house.mark("one"), Mark::Trusted);
    // A folder that the config file names, and a name that hides a built-in one.
    house.put("team/symlink-release.yaml", ONE);
    assert!(!house.is_trusted("symlink-release"));
    assert_eq!(house.mark("symlink-release"), Mark::New);
}

#[test]
fn a_file_is_trusted_once_and_asked_about_again_when_it_changed() {
    let house = House::new();
    let path = house.put("team/one.yaml", ONE);
    let question = house.asked("one");
    assert_eq!(question.files.len(), 1);
    assert_eq!(question.files[0].before, None);
    assert!(question.words().contains(&digest_of(ONE)));
    let (_, _, runbook) = house.read("one");
    assert!(question.grant("ana", now()).unwrap().covers(ONE, &runbook));
    assert!(house.is_trusted("one"));
    assert!(house.is_trusted(&path.to_string_lossy()));
    assert_eq!(house.mark("one"), Mark::Trusted);

    let changed = ONE.replace("echo one", "rm -rf /");
    house.put("team/one.yaml", &changed);
    assert_eq!(house.mark("one"), Mark::Changed);
    let question = house.asked("one");
    let before = question.files[0].before.as_ref().unwrap();
    assert_eq!(before.by, "ana");
    assert!(
        before.difference.contains("rm -rf /"),
        "{}",
        before.difference
    );
    assert!(
        question.words().contains("lines: 1 added, 1 removed"),
        "{}",
        question.words()
    );
    // Back to what was trusted: nothing to ask.
    house.put("team/one.yaml", ONE);
    assert!(house.is_trusted("one"));
    // The same text elsewhere is another file.
    house.put("team/two.yaml", ONE);
    assert!(!house.is_trusted("two"));
    let store = Store::in_state(&house.settings.state);
    assert_eq!(store.forget(&key(&path)), Ok(true));
    assert!(!house.is_trusted("one"));
}

#[test]
fn what_is_trusted_is_the_text_that_was_read() {
    let house = House::new();
    house.put("team/one.yaml", ONE);
    let (entry, used, runbook) = house.read("one");
    let Standing::Asked(question) = look(&entry, &used, &runbook, &house.settings) else {
        panic!("it is trusted");
    };
    // Somebody changes the file while the operator reads.
    let changed = ONE.replace("echo one", "echo two");
    house.put("team/one.yaml", &changed);
    let trusted = question.grant("ana", now()).unwrap();
    assert!(trusted.covers(&entry.text, &runbook));
    assert!(!trusted.covers(&changed, &runbook));
    assert!(!house.is_trusted("one"));
    assert!(!Standing::Asked(question).covers(&entry.text, &runbook));
}

#[test]
fn a_runbook_is_trusted_with_all_that_it_uses() {
    let house = House::new();
    house.put("config/runbooks/using.yaml", USING);
    house.put("config/runbooks/part.yaml", ONE);
    assert!(house.is_trusted("using"));
    // An earlier folder hides the part by another one.
    house.put("team/part.yaml", &ONE.replace("one", "two"));
    let direct = house.settings.config.join("runbooks/using.yaml");
    assert!(
        house.is_trusted(&direct.to_string_lossy()),
        "what stands beside it comes first"
    );
    fs::remove_file(house.settings.config.join("runbooks/part.yaml")).unwrap();
    let question = house.asked("using");
    assert_eq!(question.files.len(), 1);
    assert!(question.files[0].path.ends_with("team/part.yaml"));
    let trusted = question.grant("ana", now()).unwrap();
    let (entry, _, runbook) = house.read("using");
    assert!(trusted.covers(&entry.text, &runbook));
    assert!(house.is_trusted("using"));
    house.put("team/part.yaml", &ONE.replace("one", "three"));
    let (entry, _, changed) = house.read("using");
    assert!(!trusted.covers(&entry.text, &changed));
    assert!(house.asked("using").files[0].before.is_some());
}

#[test]
fn nothing_is_trusted_by_a_damaged_store() {
    let house = House::new();
    house.put("team/one.yaml", ONE);
    house.asked("one").grant("ana", now()).unwrap();
    assert!(house.is_trusted("one"));
    house.put("state/trust.json", "{\"version\":1,\"files\":[");
    let question = house.asked("one");
    assert!(matches!(question.trouble, Some(StoreError::Damaged { .. })));
    assert!(
        question.words().contains("trust.json is damaged"),
        "{}",
        question.words()
    );
    assert!(question.grant("ana", now()).is_err());
    assert_eq!(house.mark("one"), Mark::New);
    // What needs no store is as trusted as ever.
    assert!(house.is_trusted("symlink-release"));
}
