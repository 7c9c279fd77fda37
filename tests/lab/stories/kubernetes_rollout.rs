//! A rollout of a version that does not start, on each of the ways back.

use crate::{
    kube::{cluster, deploy, live, ready, service},
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "kubernetes-rollout";

fn play() -> Play {
    Play::default()
        .inputs(&[
            ("context", "lab"),
            ("deployment", "shop"),
            ("observed_error_rate", "7.2"),
        ])
        .answer("is_it_the_deployment", "this_rollout")
        .answer("roll_back", "roll_back")
}

/// Two components of one release; the second one is well and must be left alone.
fn world(bad: &str) -> Option<Stage> {
    let stage = cluster("service/shop")?;
    for (name, label) in [("shop", "part: web"), ("shop-worker", "part: worker")] {
        deploy(&stage, name, label, "1.0");
        ready(&stage, name);
    }
    service(&stage, "shop", "part: web");
    for name in ["shop", "shop-worker"] {
        let tag = if name == "shop" { bad } else { "2.0" };
        stage.sh(&format!(
            "kubectl set image deployment/{name} web=registry.example/shop:{tag}"
        ));
    }
    ready(&stage, "shop-worker");
    stage.sh("for _ in $(seq 100); do kubectl rollout history deployment/shop | grep -q '^2 ' && exit; sleep .1; done; exit 1");
    Some(stage)
}

/// Good pods are live, all of them, nothing is left paused, and the other component is where it was.
fn is_good_again(stage: &Stage) {
    let image = "{.spec.template.spec.containers[0].image}";
    assert_eq!(
        live(stage, "deployment/shop", image),
        "registry.example/shop:1.0"
    );
    let pods = "{.spec.replicas}/{.status.readyReplicas}";
    assert_eq!(live(stage, "deployment/shop", pods), "3/3");
    assert_ne!(live(stage, "deployment/shop", "{.spec.paused}"), "true");
    assert_eq!(
        live(stage, "deployment/shop-worker", image),
        "registry.example/shop:2.0"
    );
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("KUBE_FRONT"));
    let mark = users.mark();
    let told = stage.play(STORY, play);
    figure(STORY, &users.since(mark));
    let after = users.next(50);
    assert_eq!((after.errors, after.dropped.len()), (0, 0), "{after}");
    assert!(after.versions.keys().eq(["1.0"]), "{after}");
    is_good_again(stage);
    told
}

#[test]
fn one_component_goes_back_and_the_other_stays() {
    let Some(stage) = world("2.0-broken") else {
        return;
    };
    with_users(&stage, &play().answer("migrations_ran", "expand"))
        .ended("resolved")
        .did(&[
            "pause",
            "undo",
            "pods_after",
            "annotate",
            "leave_nothing_paused",
        ])
        .did_not(&["stop_writes"]);
    stage.over();
}

/// The schema goes back by hand; what else is done before the engineer agrees.
fn contract(before: &[Act]) -> Play {
    let play = play()
        .answer(
            "migrations_ran",
            "contract: The old code reads a column that is gone",
        )
        .confirm("shop")
        .confirm("database");
    let play = before
        .iter()
        .fold(play, |play, act| play.at("db_rollback", act.clone()));
    play.at(
        "db_rollback",
        Act::Agreed("proceed".into(), "dba".into(), "Grace is here".into()),
    )
    .at(
        "backup",
        Act::Done(vec![("backup_id".into(), "snap-42".into())]),
    )
    .at("down_by_hand", Act::Done(Vec::new()))
    .at(
        "schema_is_back",
        Act::Done(vec![("schema_version".into(), "41".into())]),
    )
}

#[test]
fn the_schema_goes_back_first_with_the_application_stopped() {
    let Some(stage) = world("2.0-bad") else {
        return;
    };
    let play = contract(&[]);
    with_users(&stage, &play)
        .ended("resolved")
        .did(&[
            "pause",
            "stop_writes",
            "writes_stopped",
            "undo",
            "restore_replicas",
            "leave_nothing_stopped",
        ])
        .reports(&["grace"]);
    stage.over();
}

#[test]
fn the_images_go_back_where_the_revision_is_gone() {
    let Some(stage) = world("2.0-bad") else {
        return;
    };
    // Somebody tidies up while the question is open: the revision to return to is gone.
    let tidy = "kubectl get replicasets -l part=web \
                -o jsonpath='{range .items[*]}{.metadata.annotations.deployment\\.kubernetes\\.io/revision} {.metadata.name}{\"\\n\"}{end}' |
                sed -n 's/^1 //p' | xargs kubectl delete replicaset";
    let play = contract(&[Act::Meanwhile(tidy.into())]).at("undo", Act::Fallback(0));
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["pause", "undo", "annotate", "leave_nothing_paused"])
        .reports(&["Set only the images back"]);
    stage.over();
}
