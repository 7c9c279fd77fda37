//! Each state as a settled frame.

use super::*;

fn at_once(theme: Theme, script: impl AsyncFnOnce(&mut Console) -> Frames) -> Frames {
    steady(House::new().begin(&setup(theme), script).0)
}

fn rehearsing(theme: Theme) -> Setup {
    Setup {
        kind: RunKind::Rehearsal,
        ..setup(theme)
    }
}

pub fn parallel_ready(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        console
            .sees(&["every 5s for at most 2m, holding 30s"])
            .await;
        console.frames().await
    })
}

pub fn parallel_polls(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        console.sees(&["run ‘Look at both regions’"]).await;
        console.press(&["Enter"]);
        console.launched("look").await;
        looked(console, [0, 1], "9");
        console.sees(&["looks again in"]).await;
        console
            .until("its companion is over", |text| !text.contains("1 running"))
            .await;
        console.pass(2).await;
        console.frames().await
    })
}

pub fn approval_wanted(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        at_the_gate(console).await;
        console.press(&["j"]);
        console
            .sees(&["needs 1 person of dba or lead to agree"])
            .await;
        console.frames().await
    })
}

pub fn approval_choice(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        at_the_gate(console).await;
        console.press(&["j", "Enter"]);
        console.sees(&["rbconsole approve"]).await;
        console.frames().await
    })
}

pub fn approval_attested(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        attested(console).await;
        console.frames().await
    })
}

pub fn approval_override(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        at_the_gate(console).await;
        console.press(&["j", "Enter"]);
        console.sees(&["Override"]).await;
        console.press(&["j", "j", "Enter"]);
        console.sees(&["Why without approval?"]).await;
        console.frames().await
    })
}

pub fn probe_advises(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        draining(console).await;
        console.press(&["Enter"]);
        let attempt = console.launched("drain").await.attempt;
        console.hand.started(attempt);
        console.hand.finish(attempt, Ended::Lost, 900, &[]);
        console.sees(&["its probe is being asked"]).await;
        console.hand.probe(attempt, "0 messages left\n", 0);
        console.sees(&["its probe says: it took effect"]).await;
        console.frames().await
    })
}

pub fn rehearsal_runs(theme: Theme) -> Frames {
    let frames = House::new().begin(&rehearsing(theme), async |console| {
        console
            .sees(&["REHEARSAL", "run it as it is (read only)"])
            .await;
        console.frames().await
    });
    steady(frames.0)
}

pub fn rehearsal_values(theme: Theme) -> Frames {
    let frames = House::new().begin(&rehearsing(theme), async |console| {
        rehearsed_to_the_release(console).await;
        console.press(&["Enter"]);
        console.sees(&["Value of version"]).await;
        console.type_in("2026-11-19.3");
        console.press(&["Enter"]);
        console.sees(&["Value of region"]).await;
        console.frames().await
    });
    steady(frames.0)
}

pub fn close_with_cleanup(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        at_the_gate(console).await;
        console.press(&["c"]);
        console.sees(&["First the cleanup is offered"]).await;
        console.frames().await
    })
}

pub fn closing_cleans_up(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        closing(console).await;
        console.frames().await
    })
}

pub fn begun_later(theme: Theme) -> Frames {
    let reason = Some("agreed in the call".to_owned());
    let from = From {
        step: "release".to_owned(),
        answers: BTreeMap::from([("drop_it".to_owned(), ("yes_drop".to_owned(), reason))]),
        values: BTreeMap::from([("lag".to_owned(), "2".to_owned())]),
    };
    let setup = Setup {
        from: Some(from),
        ..setup(theme)
    };
    let frames = House::new().begin(&setup, async |console| {
        console.sees(&["run ‘Deploy the release before’"]).await;
        // The step before it, that was passed over.
        console.press(&["Tab", "k"]);
        console.settle().await;
        console.press(&["Tab", "Tab"]);
        console.sees(&["passed over: the run began at"]).await;
        console.frames().await
    });
    steady(frames.0)
}

pub fn confirmed_by_key(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        to_the_drop(console).await;
        console.press(&["Enter"]);
        console.sees(&["Press y to run it"]).await;
        console.frames().await
    })
}

pub fn long_title(theme: Theme) -> Frames {
    at_once(theme, async |console| {
        at_the_gate(console).await;
        console.press(&["j", "j", "Enter"]);
        console.sees(&["A step with a very long title"]).await;
        console.frames().await
    })
}

/// Who watches sees the answers and is offered none of them.
pub fn gate_watched(theme: Theme) -> Frames {
    let house = House::new();
    clock::ahead();
    let setup = setup(theme);
    house.begin(&setup, async |console| at_the_gate(console).await);
    let (frames, _) = house.watch(&setup, async |console| {
        console.sees(&["The driver decides. The answers:"]).await;
        console.press(&["j", "Enter"]);
        console.settle().await;
        console.press(&["Esc"]);
        console.settle().await;
        assert!(!console.text().contains('▸'), "{}", console.text());
        console.frames().await
    });
    let time = Regex::new(r"\d\d:\d\d:\d\d").expect("a pattern");
    steady(frames)
        .into_iter()
        .map(|(size, text)| (size, time.replace_all(&text, "02:14:00").into_owned()))
        .collect()
}

pub fn place_proven(theme: Theme) -> Frames {
    let setup = Setup {
        environment: Some("staging"),
        kind: RunKind::Drill,
        ..guarded(theme, "test staging = staging")
    };
    let frames = House::new().begin(&setup, async |console| {
        console
            .sees(&["Proven at the beginning: staging, by ‘test staging = staging’"])
            .await;
        console.frames().await
    });
    steady(frames.0)
}

/// The place was proven and is not any more.
pub fn place_unproven(theme: Theme) -> Frames {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let marker = folder.path().join("staging");
    std::fs::create_dir(&marker).expect("a folder");
    let guard = format!(
        "'test -d {} || {{ echo this is production; false; }}'",
        marker.display()
    );
    let setup = Setup {
        environment: Some("staging"),
        kind: RunKind::Drill,
        ..guarded(theme, &guard)
    };
    let house = House::new();
    house.begin(&setup, async |console| {
        console.sees(&["run ‘Look at both regions’"]).await;
    });
    std::fs::remove_dir(&marker).expect("it is there");
    let (frames, _) = house.resume(&setup, Fate::NeverStarted, async |console| {
        console
            .sees(&["The place is not proven", "this is production"])
            .await;
        console.press(&["Enter"]);
        console
            .until("it is read", |text| !text.contains("Mend it"))
            .await;
        // Nothing is launched, and it is said again.
        console.press(&["Enter"]);
        console.sees(&["Mend it"]).await;
        assert!(console.hand.launches().is_empty());
        console.frames().await
    });
    let path = Regex::new(r"test -d \S+").expect("a pattern");
    steady(frames)
        .into_iter()
        .map(|(size, text)| (size, path.replace_all(&text, "test -d …").into_owned()))
        .collect()
}
