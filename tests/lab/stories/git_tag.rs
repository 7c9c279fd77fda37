//! A bad tag runs under a supervisor, and the service goes back to the good one, or to a commit that reverts it.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "git-tag";

fn play() -> Play {
    Play::default().inputs(&[
        ("app", "shop"),
        ("repository", "$GIT_HOME/clone"),
        ("releases_dir", "$GIT_HOME/releases"),
        ("current_link", "$GIT_HOME/current"),
        ("service_manager", "runit"),
        ("service", "$GIT_HOME/services/app"),
        ("sample_url", "http://127.0.0.1:$GIT_PORT/"),
    ])
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("GIT_PORT"));
    let before = users.next(100);
    assert!(before.errors > 10, "{before}");
    let mark = users.mark();
    let told = stage.play(STORY, play);
    // One process is restarted, so the requests of that moment find nobody.
    figure(STORY, &users.since(mark));
    let after = users.next(100);
    assert_eq!(after.errors, 0, "{after}");
    assert!(after.dropped.is_empty(), "{after}");
    assert!(after.versions.keys().eq(["v1"]), "{after}");
    told
}

fn remote(stage: &Stage, what: &str) -> String {
    stage.sh(&format!("git -C $GIT_HOME/remote.git {what}"))
}

#[test]
fn the_last_good_tag_runs_again() {
    let Some(stage) = Stage::with(&["git"]) else {
        return;
    };
    with_users(
        &stage,
        &play()
            .answer("roll_back", "redeploy")
            .answer("schema", "compatible"),
    )
    .ended("resolved")
    .did(&[
        "fetch", "prepare", "switch", "restart", "steady", "mark_bad",
    ])
    .did_not(&["revert"])
    .reports(&["as suggested", "live: v1"]);
    assert_eq!(remote(&stage, "tag --list 'bad/*'"), "bad/v2");
    stage.over();
}

#[test]
fn the_change_is_reverted_on_the_branch() {
    let Some(stage) = Stage::with(&["git"]) else {
        return;
    };
    let reverted = play()
        .answer("roll_back", "revert: The branch shall agree with what runs")
        .answer("schema", "compatible");
    with_users(&stage, &reverted)
        .ended("resolved")
        .did(&["revert", "prepare", "switch", "restart"]);
    assert_eq!(
        remote(&stage, "show main:start | tail -n 1"),
        "exec python3 app.py \"$1\" v1 0"
    );
    assert_eq!(remote(&stage, "rev-list --count v2..v2-reverted"), "1");
    assert_eq!(remote(&stage, "for-each-ref refs/rbconsole"), "");
    stage.over();
}

/// Somebody tidied the old tag up, here and on the remote, while the question was open.
#[test]
fn the_good_tag_is_gone_and_its_commit_is_taken() {
    let Some(stage) = Stage::with(&["git"]) else {
        return;
    };
    let play = play()
        .answer("roll_back", "redeploy")
        .at(
            "schema",
            Act::Meanwhile(
                "git -C $GIT_HOME/clone tag -d v1; git -C $GIT_HOME/remote.git tag -d v1"
                    .to_owned(),
            ),
        )
        .at("schema", Act::Answer("compatible".to_owned()))
        .at("prepare", Act::Fallback(0));
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["prepare", "switch", "restart", "steady"])
        .reports(&["Take the commit before the bad one"]);
    stage.over();
}
