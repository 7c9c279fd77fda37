//! A service of ECS was updated to a revision that answers with errors.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "aws-ecs";

/// Revisions with these images, the last of them live.
fn world(images: &[&str]) -> Option<(Stage, Play)> {
    let stage = Stage::set(
        &["moto"],
        &[("FRONT_OF", "ecs"), ("FRONT_GOOD", "shop:[12]$")],
    )?;
    for image in images {
        stage.sh(&format!(
            "aws ecs register-task-definition --family shop --container-definitions \
             '[{{\"name\":\"web\",\"image\":\"{image}\",\"memory\":64}}]'"
        ));
    }
    stage.sh("aws ecs create-cluster --cluster-name production
        aws ecs create-service --cluster production --service-name shop --task-definition shop --desired-count 2");
    let play = Play::default()
        .inputs(&[
            ("region", "eu-west-1"),
            ("account", "123456789012"),
            ("cluster", "production"),
            ("service", "shop"),
            ("minutes_since_deployment", "5"),
            ("wait_minutes", "0.1"),
            ("url", "http://127.0.0.1:$AWS_FRONT/"),
        ])
        .answer("roll_back", "roll_back")
        .answer("migrations_ran", "none");
    Some((stage, play))
}

fn with_users(stage: &Stage, play: &Play, good: &str) -> Told {
    let users = Traffic::to(stage.fact("AWS_FRONT"));
    let mark = users.mark();
    let told = stage.play(STORY, play);
    figure(STORY, &users.since(mark));
    let after = users.next(20);
    assert_eq!(after.errors, 0, "{after}");
    let live = stage.sh(
        "aws ecs describe-services --cluster production --services shop \
                         --query 'services[0].taskDefinition' --output text",
    );
    assert!(live.ends_with(good), "{live}");
    told
}

#[test]
fn the_service_goes_back_a_revision() {
    let Some((stage, play)) = world(&["shop:1.0", "shop:1.1", "shop:2.0"]) else {
        return;
    };
    with_users(&stage, &play, "shop:2")
        .ended("resolved")
        .did(&[
            "identity",
            "back",
            "settled",
            "what_runs",
            "users_served",
            "mark_bad",
        ])
        .reports(&["There was a deployment within the last hour"]);
    stage.over();
}

#[test]
fn the_image_is_gone_and_one_revision_further_comes_up() {
    let Some((stage, play)) = world(&["shop:1.0", "shop:1.1-missing", "shop:2.0"]) else {
        return;
    };
    with_users(&stage, &play.at("settled", Act::Fallback(0)), "shop:1")
        .ended("resolved")
        .reports(&[
            "Go back one active revision further",
            "It did not settle within 0.1 minutes",
        ]);
    stage.over();
}
