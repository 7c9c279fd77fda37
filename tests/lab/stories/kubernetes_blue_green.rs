//! Green was switched live and fails, and the Service goes back to blue.

use crate::{
    kube::{cluster, deploy, live, ready, service},
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "kubernetes-blue-green";

fn play() -> Play {
    Play::default()
        .inputs(&[
            ("context", "lab"),
            ("service", "shop"),
            ("good", "blue"),
            ("good_deployment", "shop-blue"),
            ("bad_deployment", "shop-green"),
            ("url", "http://127.0.0.1:$KUBE_FRONT/"),
        ])
        .answer("is_it_the_deployment", "this_deployment")
        .answer("roll_back", "roll_back")
        .answer("migrations_ran", "none")
}

/// Blue is good, scaled down, and green serves everybody with errors.
fn world() -> Option<Stage> {
    let stage = cluster("service/shop")?;
    deploy(&stage, "shop-blue", "color: blue", "1.0");
    deploy(&stage, "shop-green", "color: green", "2.0-broken");
    ready(&stage, "shop-blue");
    ready(&stage, "shop-green");
    service(&stage, "shop", "color: green");
    stage.sh("kubectl scale deployment/shop-blue --replicas=1");
    Some(stage)
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("KUBE_FRONT"));
    let before = users.next(50);
    assert_eq!(before.errors, before.requests, "{before}");

    let mark = users.mark();
    let told = stage.play(STORY, play);
    let meanwhile = users.since(mark);
    figure(STORY, &meanwhile);
    assert!(meanwhile.dropped.is_empty(), "{:?}", meanwhile.dropped);

    let after = users.next(50);
    assert_eq!(after.errors, 0, "{after}");
    assert!(after.versions.keys().eq(["1.0"]), "{after}");
    assert_eq!(
        live(stage, "service/shop", "{.spec.selector.color}"),
        "blue"
    );
    assert_eq!(
        live(stage, "deployment/shop-blue", "{.status.readyReplicas}"),
        "3"
    );
    told
}

#[test]
fn the_service_goes_back_and_no_request_is_lost() {
    let Some(stage) = world() else {
        return;
    };
    with_users(&stage, &play())
        .ended("resolved")
        .did(&[
            "warm",
            "old_is_ready",
            "switch",
            "endpoints_moved",
            "users_served",
            "mark_bad",
        ])
        .reports(&["More requests fail than the limit allows"]);
    let cause = "{.metadata.annotations.kubernetes\\.io/change-cause}";
    assert!(live(&stage, "deployment/shop-green", cause).starts_with("bad:"));
    stage.over();
}

#[test]
fn blue_was_overwritten_and_goes_back_a_revision_first() {
    let Some(stage) = world() else {
        return;
    };
    // The next release candidate was put where the old version had been, and does not even start.
    stage.sh("kubectl set image deployment/shop-blue web=registry.example/shop:3.0-bad");
    stage.sh("kubectl scale deployment/shop-blue --replicas=3");
    with_users(&stage, &play().at("old_is_ready", Act::Fallback(0)))
        .ended("resolved")
        .did(&["switch", "users_served"])
        .reports(&["Somebody deployed to the old colour"]);
    stage.over();
}
