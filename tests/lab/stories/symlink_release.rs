//! A release that nginx serves through a link is bad, and the link goes back with users on the line.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "symlink-release";
const GOOD: &str = "20260101-0900";
const BAD: &str = "20260102-0900";

fn play() -> Play {
    Play::default()
        .inputs(&[
            ("app", "shop"),
            ("releases_dir", "$SITE/releases"),
            ("current_link", "$SITE/current"),
            ("access_log", "$SITE/access.log"),
            ("health_url", "http://127.0.0.1:$SITE_PORT/healthz"),
            ("lock_file", "$SITE/deploy.lock"),
            ("pid_file", "$SITE/nginx.pid"),
            ("watch_seconds", "2"),
            ("window", "200"),
        ])
        .answer("migrations_ran", "none")
}

fn live(stage: &Stage) -> String {
    stage.sh("basename \"$(readlink $SITE/current)\"")
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("SITE_PORT"));
    let before = users.next(100);
    assert!(before.errors > 10, "{before}");
    let mark = users.mark();
    let told = stage.play(STORY, play);
    let meanwhile = users.since(mark);
    figure(STORY, &meanwhile);
    assert!(meanwhile.dropped.is_empty(), "{:?}", meanwhile.dropped);
    let after = users.next(100);
    assert_eq!(after.errors, 0, "{after}");
    assert!(after.versions.keys().eq(["v1"]), "{after}");
    assert_eq!(stage.sh("ls $SITE/deploy.lock 2>/dev/null || true"), "");
    told
}

#[test]
fn the_link_goes_back_and_nginx_is_reloaded() {
    let Some(stage) = Stage::with(&["site"]) else {
        return;
    };
    with_users(&stage, &play())
        .ended("resolved")
        .did(&["lock", "swap", "reload", "steady", "mark_bad", "unlock"])
        .reports(&["as suggested"]);
    assert_eq!(live(&stage), GOOD);
    assert_eq!(
        stage.sh(&format!("ls $SITE/releases/{BAD}/BAD | wc -l")),
        "1"
    );
    stage.over();
}

/// Whoever tidied up removed the release to return to; the one before it is taken.
#[test]
fn the_release_to_return_to_is_gone() {
    let Some(stage) = Stage::with(&["site"]) else {
        return;
    };
    let by_hand = [
        ("dba", "Grace"),
        ("db_method", "by hand"),
        ("data_lost", "none"),
    ];
    let play = play()
        .answer("migrations_ran", "contract: It dropped a column")
        .at(
            "schema",
            Act::Meanwhile(format!("mv $SITE/releases/{GOOD} $STAGE/pruned")),
        )
        .at(
            "schema",
            Act::Done(
                by_hand
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .to_vec(),
            ),
        )
        .at("swap", Act::Fallback(0));
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["swap", "reload", "steady"])
        .reports(&["Take the newest release before it"]);
    assert_eq!(live(&stage), "20251201-0900");
    stage.over();
}
