//! A database was damaged, and a restored one takes its place.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "aws-rds-restore";

fn agreed(answer: &str) -> Act {
    Act::Agreed(answer.into(), "dba".into(), "Every table is damaged".into())
}

fn world() -> Option<(Stage, Play)> {
    let stage = Stage::set(
        &["moto"],
        &[("FRONT_OF", "rds"), ("FRONT_GOOD", "restored")],
    )?;
    stage.sh("aws rds create-db-instance --db-instance-identifier orders --db-instance-class db.t3.micro --engine postgres \
           --allocated-storage 20 --master-username owner --master-user-password not-a-secret-1
         aws rds create-db-snapshot --db-instance-identifier orders --db-snapshot-identifier nightly");
    let play = Play::default()
        .inputs(&[
            ("region", "eu-west-1"),
            ("account", "123456789012"),
            ("instance", "orders"),
            ("wait_minutes", "0.5"),
            ("url", "http://127.0.0.1:$AWS_FRONT/"),
        ])
        .confirm("orders")
        .at("damage", Act::Done(vec![("damaged".into(), "all".into())]))
        .at(
            "compare",
            Act::Done(vec![("newest_row".into(), "02:59".into())]),
        );
    Some((stage, play))
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("AWS_FRONT"));
    let before = users.next(20);
    assert_eq!(before.errors, before.requests, "{before}");
    let mark = users.mark();
    let told = stage.play(STORY, play);
    figure(STORY, &users.since(mark));
    let after = users.next(20);
    assert_eq!(after.errors, 0, "{after}");
    let names = stage.sh(
        "aws rds describe-db-instances --query 'DBInstances[].DBInstanceIdentifier' --output text | tr '\\t' '\\n' | sort",
    );
    assert_eq!(
        names.split_whitespace().collect::<Vec<_>>(),
        ["orders", "orders-damaged"]
    );
    told
}

#[test]
fn the_restored_instance_takes_the_place() {
    let Some((stage, play)) = world() else {
        return;
    };
    let play = play
        .at("restore", agreed("restore"))
        .at("use", agreed("swap"));
    with_users(&stage, &play)
        .ended("resolved")
        .did(&[
            "keep",
            "kept",
            "make",
            "made",
            "take_away",
            "put_in_place",
            "users_served",
        ])
        .reports(&["grace", "Every table is damaged"]);
    let kept = stage.sh(
        "aws rds describe-db-snapshots --query 'DBSnapshots[].DBSnapshotIdentifier' --output text",
    );
    assert!(kept.contains("orders-before-"), "{kept}");
    stage.over();
}

#[test]
fn the_snapshot_is_gone_and_the_point_in_time_is_used() {
    let Some((stage, play)) = world() else {
        return;
    };
    // Somebody tidies up while the question is open.
    let tidy = "aws rds delete-db-snapshot --db-snapshot-identifier nightly >/dev/null";
    let now = stage.sh("date -u +%Y-%m-%dT%H:%M:%SZ");
    let play = play
        .input("restore_time", &now)
        .at("restore", Act::Meanwhile(tidy.into()))
        .at("restore", agreed("restore"))
        .at("make", Act::Fallback(0))
        .at("use", agreed("swap"));
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["made", "take_away", "put_in_place", "users_served"])
        .reports(&["Restore to the point in time instead"]);
    stage.over();
}
