//! A flag of Unleash makes half of the requests fail, and is turned off with users on the line.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "feature-flag";

fn play() -> Play {
    Play::default().inputs(&[
        ("unleash_url", "$UNLEASH"),
        ("flag", "new-checkout"),
        ("sample_url", "http://127.0.0.1:$FLAG_PORT/"),
    ])
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("FLAG_PORT"));
    let before = users.next(200);
    assert!(before.errors > 50, "{before}");
    assert!(before.versions.keys().eq(["with"]), "{before}");
    let mark = users.mark();
    let told = stage.play(STORY, play);
    let meanwhile = users.since(mark);
    figure(STORY, &meanwhile);
    assert!(meanwhile.dropped.is_empty(), "{:?}", meanwhile.dropped);
    let after = users.next(200);
    assert_eq!(after.errors, 0, "{after}");
    assert!(after.versions.keys().eq(["without"]), "{after}");
    // No token stands in what the run keeps.
    assert_eq!(stage.sh("grep -rlF lab-admin state/runs || true"), "");
    assert_eq!(stage.sh("grep -rlF lab-client state/runs || true"), "");
    told
}

#[test]
fn the_flag_goes_off_and_applications_are_told() {
    let Some(stage) = Stage::with(&["postgresql", "unleash"]) else {
        return;
    };
    with_users(&stage, &play())
        .ended("resolved")
        .did(&["off", "told", "steady", "audit", "mark"])
        .reports(&["feature-environment-disabled", "as suggested"]);
    stage.over();
}

/// The address that everybody knows does not answer; Unleash itself does.
#[test]
fn it_is_asked_at_its_other_address() {
    let Some(stage) = Stage::with(&["postgresql", "unleash"]) else {
        return;
    };
    let play = play()
        .input("unleash_url", "$DEAD")
        .input("spare_url", "$UNLEASH")
        .at("off", Act::Fallback(0));
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["off", "told"])
        .reports(&["Ask at the other address"]);
    stage.over();
}

/// Turning it off is refused, and its strategies go one by one.
#[test]
fn its_strategies_go_where_it_may_not_be_turned_off() {
    let Some(stage) = Stage::with(&["postgresql", "unleash"]) else {
        return;
    };
    let play = play()
        .input("unleash_url", "$DEAD")
        .input("spare_url", "$UNLEASH")
        .at("off", Act::Fallback(1));
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["off", "told", "audit"])
        .reports(&["Switch all its strategies off"]);
    // Unleash turns the environment off by itself then, and records both in one moment, in either order.
    let off = stage.sh("curl -fsS -H \"Authorization: $UNLEASH_ADMIN_TOKEN\" $UNLEASH/api/admin/projects/default/features/new-checkout/environments/production/strategies | jq -c '[.[].disabled]'");
    assert_eq!(off, "[true]");
    stage.over();
}
