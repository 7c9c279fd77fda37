use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;

fn store() -> (tempfile::TempDir, Store) {
    let scratch = tempfile::tempdir().unwrap();
    let store = Store::in_state(&scratch.path().join("state"));
    (scratch, store)
}

fn record(path: &str, text: &str) -> Record {
    Record {
        path: path.to_owned(),
        digest: digest_of(text),
        at: DateTime::UNIX_EPOCH,
        by: "ana".to_owned(),
        text: text.to_owned(),
    }
}

#[test]
fn what_is_kept_is_found_again_and_private() {
    let (_scratch, store) = store();
    assert_eq!(store.read(), Ok(Vec::new()));
    store
        .keep(&[record("/b", "one"), record("/a", "two")])
        .unwrap();
    store.keep(&[record("/b", "three")]).unwrap();
    let expected = vec![record("/a", "two"), record("/b", "three")];
    assert_eq!(store.read(), Ok(expected));
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&store.path()), 0o600);
    assert_eq!(mode(&store.state), 0o700);
    assert_eq!(store.forget("/a"), Ok(true));
    assert_eq!(store.forget("/a"), Ok(false));
    assert_eq!(store.read(), Ok(vec![record("/b", "three")]));
    assert!(!store.state.join("trust.json.new").exists());
}

#[test]
fn what_does_not_hold_together_counts_for_nothing_and_is_left_alone() {
    let (_scratch, store) = store();
    store.keep(&[record("/a", "one")]).unwrap();
    let good = fs::read_to_string(store.path()).unwrap();
    let twice = {
        let entry = &good[good.find("[{").unwrap() + 1..good.rfind(']').unwrap()];
        good.replace(entry, &format!("{entry},{entry}"))
    };
    for (content, told) in [
        (String::new(), "EOF"),
        ("null".to_owned(), "invalid type"),
        (good[..good.len() / 2].to_owned(), "EOF"),
        (
            good.replace("\"one\"", "\"two\""),
            "not the one of its digest",
        ),
        (good.replace("\"by\"", "\"why\""), "unknown field"),
        (
            good.replace("\"version\":1", "\"version\":2"),
            "another version",
        ),
        (format!("{good}{good}"), "trailing"),
        ("[".repeat(100_000), "damaged"),
        (twice, "there twice"),
    ] {
        fs::write(store.path(), &content).unwrap();
        let error = store.read().unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        assert!(error.contains("trust.json"), "{error}");
        let error = store.keep(&[record("/b", "two")]).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        assert_eq!(fs::read_to_string(store.path()).unwrap(), content);
    }
}

#[test]
fn every_cut_and_every_flipped_byte_is_refused_or_says_the_same() {
    let (_scratch, store) = store();
    store.keep(&[record("/a", "one\n")]).unwrap();
    let good = fs::read(store.path()).unwrap();
    let known = store.read().unwrap();
    for end in 0..good.len() {
        fs::write(store.path(), &good[..end]).unwrap();
        assert!(store.read().is_err(), "cut after {end}");
    }
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1;
        fs::write(store.path(), &bad).unwrap();
        // A name or a time can become another one; text and digest hold each other.
        if let Ok(found) = store.read() {
            let pairs = |all: &[Record]| -> Vec<(String, String)> {
                all.iter()
                    .map(|one| (one.text.clone(), one.digest.clone()))
                    .collect()
            };
            assert_eq!(pairs(&found), pairs(&known), "flipped at {place}");
        }
    }
}

#[test]
fn a_link_a_pipe_and_a_file_of_everybody_are_refused() {
    let (scratch, store) = store();
    store.keep(&[record("/a", "one")]).unwrap();
    let aside = scratch.path().join("aside");
    fs::rename(store.path(), &aside).unwrap();
    symlink(&aside, store.path()).unwrap();
    assert!(matches!(store.read(), Err(StoreError::Unreadable { .. })));
    fs::remove_file(store.path()).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        store.path(),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    assert!(matches!(store.read(), Err(StoreError::Unreadable { .. })));
    fs::remove_file(store.path()).unwrap();
    fs::rename(&aside, store.path()).unwrap();
    assert!(store.read().is_ok());
    fs::set_permissions(store.path(), fs::Permissions::from_mode(0o622)).unwrap();
    let error = store.read().unwrap_err().to_string();
    assert!(error.contains("others can write"), "{error}");
    fs::set_permissions(store.path(), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(&store.state, fs::Permissions::from_mode(0o777)).unwrap();
    let error = store.read().unwrap_err().to_string();
    assert!(error.contains("not safe to keep"), "{error}");
}

#[test]
fn who_died_over_it_and_who_holds_the_lock_do_no_harm() {
    let (_scratch, store) = store();
    store.keep(&[record("/a", "one")]).unwrap();
    fs::write(store.state.join("trust.json.new"), "half").unwrap();
    store.keep(&[record("/b", "two")]).unwrap();
    assert_eq!(store.read().unwrap().len(), 2);
    let held = fs::File::open(store.state.join("trust.lock")).unwrap();
    held.lock().unwrap();
    let error = store
        .keep(&[record("/c", "three")])
        .unwrap_err()
        .to_string();
    assert!(error.contains("trust.lock"), "{error}");
    assert_eq!(store.read().unwrap().len(), 2);
}

#[test]
fn many_at_once_lose_nothing() {
    let (_scratch, store) = store();
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let store = store.clone();
            std::thread::spawn(move || store.keep(&[record(&format!("/{number}"), "one")]))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    assert_eq!(store.read().unwrap().len(), 8);
}
