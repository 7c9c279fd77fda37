//! A bad revision was deployed, and the last good one is deployed anew.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "aws-codedeploy";

fn deploy(stage: &Stage, commit: &str) {
    stage.sh(&format!(
        "id=$(aws deploy create-deployment --application-name shop --deployment-group-name production \
           --revision 'revisionType=GitHub,gitHubLocation={{repository=shop/shop,commitId={commit}}}' \
           --query deploymentId --output text)
         for _ in $(seq 50); do
           [ \"$(aws deploy get-deployment --deployment-id $id --query deploymentInfo.status --output text)\" != Succeeded ] || exit 0
           sleep .1
         done
         exit 1"
    ));
}

/// Deployments of these commits, the last of them live. A commit in the middle can be lost from its repository later:
/// the deployment of it that is made then never ends.
fn world(commits: &[&str]) -> Option<(Stage, Play)> {
    let stage = Stage::set(
        &["moto"],
        &[("FRONT_OF", "codedeploy"), ("FRONT_GOOD", "^good")],
    )?;
    stage.sh("aws deploy create-application --application-name shop --compute-platform Server
        aws deploy create-deployment-group --application-name shop --deployment-group-name production \
          --service-role-arn arn:aws:iam::123456789012:role/deploy");
    for commit in commits {
        deploy(&stage, commit);
    }
    let play = Play::default()
        .inputs(&[
            ("region", "eu-west-1"),
            ("account", "123456789012"),
            ("application", "shop"),
            ("group", "production"),
            ("minutes_since_deployment", "5"),
            ("wait_minutes", "0.1"),
            ("url", "http://127.0.0.1:$AWS_FRONT/"),
        ])
        .answer("roll_back", "roll_back")
        .answer("migrations_ran", "none");
    Some((stage, play))
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("AWS_FRONT"));
    let mark = users.mark();
    let told = stage.play(STORY, play);
    figure(STORY, &users.since(mark));
    let after = users.next(20);
    assert_eq!(after.errors, 0, "{after}");
    told
}

#[test]
fn the_last_good_revision_is_deployed_anew() {
    let Some((stage, play)) = world(&["good1", "good2", "broken3"]) else {
        return;
    };
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["identity", "redeploy", "ended", "users_served"])
        .did_not(&["stop_it"]);
    stage.over();
}

#[test]
fn the_deployment_does_not_end_and_an_older_revision_is_deployed() {
    let Some((stage, play)) = world(&["good1", "gone2", "broken3"]) else {
        return;
    };
    // A second deployment of it does not end; the first one did.
    with_users(&stage, &play.at("ended", Act::Fallback(0)))
        .ended("resolved")
        .reports(&[
            "Deploy the newest older revision",
            "It has not ended within 0.1 minutes",
        ]);
    stage.over();
}
