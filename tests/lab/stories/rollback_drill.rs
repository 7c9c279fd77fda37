//! A drill of a shipped runbook without a screen, in a namespace that may be drilled and in one that may not.

use std::path::Path;

use crate::{
    kube::{cluster, deploy, live, ready, service},
    sandbox::Sandbox,
    stage::{Act, Play, Stage, Told},
};

const STORY: &str = "rollback-drill";
const ALLOW: &str = "kubectl label namespace default rollback-drills=allowed";

fn play() -> Play {
    Play::default()
        .inputs(&[
            ("runbook", "kubernetes-rollout"),
            ("how", "unattended"),
            (
                "drill_inputs",
                "context=lab deployment=shop observed_error_rate=7.2",
            ),
            ("drill_answers", "migrations_ran=none"),
        ])
        .answer("begin", "go")
}

/// A bad release is in place, and the console is on the PATH.
fn world() -> Option<Stage> {
    let mut stage = cluster("service/shop")?;
    let program = Path::new(Sandbox::program())
        .parent()
        .expect("it has a folder");
    let path = format!("{}:{}", program.display(), stage.fact("PATH"));
    stage.also("PATH", &path);
    deploy(&stage, "shop", "part: web", "1.0");
    ready(&stage, "shop");
    service(&stage, "shop", "part: web");
    stage.sh("kubectl set image deployment/shop web=registry.example/shop:2.0-broken");
    ready(&stage, "shop");
    Some(stage)
}

fn drilled(stage: &Stage, told: &Told) {
    told.ended("resolved")
        .did(&["runbook_is_whole", "by_itself", "which_run", "figures"])
        // The newest run is the one that was drilled.
        .reports(&[
            "# DRILL: Roll back a Kubernetes Deployment",
            "| DRILL: Outcome | **resolved** |",
        ]);
    let image = "{.spec.template.spec.containers[0].image}";
    assert_eq!(
        live(stage, "deployment/shop", image),
        "registry.example/shop:1.0"
    );
    assert_ne!(live(stage, "deployment/shop", "{.spec.paused}"), "true");
}

#[test]
fn a_rollback_is_drilled_and_measured() {
    let Some(stage) = world() else {
        return;
    };
    stage.sh(ALLOW);
    let told = stage.play(STORY, &play());
    drilled(&stage, &told);
    stage.over();
}

#[test]
fn the_place_may_not_be_drilled_until_its_owner_says_so() {
    let Some(stage) = world() else {
        return;
    };
    let play = play()
        .at("by_itself", Act::Meanwhile(ALLOW.into()))
        .at("by_itself", Act::Retry);
    let told = stage.play(STORY, &play);
    let tries = told.ran.iter().filter(|step| *step == "by_itself");
    assert_eq!(tries.count(), 2, "{}", told.printed);
    drilled(&stage, &told);
    stage.over();
}
