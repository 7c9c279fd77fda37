//! A service was updated to an image that answers with errors.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "docker-swarm";

fn play() -> Play {
    Play::default()
        .inputs(&[
            ("service", "shop"),
            ("url", "http://127.0.0.1:$DOCKER_FRONT/"),
        ])
        .answer("is_it_the_deployment", "this_deployment")
        .answer("roll_back", "roll_back")
        .answer("migrations_ran", "none")
}

/// A Swarm of one node whose service went from 1 to 2. The routing mesh needs a kernel module, so the port is published
/// by the host, and there is one task.
fn world() -> Option<Stage> {
    let stage = Stage::with(&["docker"])?;
    stage.sh("docker swarm init --advertise-addr 10.77.0.1
        docker service create --quiet --detach --no-resolve-image --name shop --stop-grace-period 1s \
          --publish mode=host,published=8080,target=8080 shop:1
        until docker service update --quiet --detach=false --no-resolve-image --image shop:2 shop; do
          # The manager may still be writing down that the first task runs.
          [ $((tries = ${tries:-0} + 1)) -le 10 ] && sleep 0.5 || exit 1
        done");
    Some(stage)
}

fn with_users(stage: &Stage, play: &Play, good: &str) -> Told {
    let users = Traffic::to(stage.fact("DOCKER_FRONT"));
    let before = users.next(50);
    assert!(before.versions.keys().eq(["2"]), "{before}");
    let mark = users.mark();
    let told = stage.play(STORY, play);
    figure(STORY, &users.since(mark));
    let after = users.next(50);
    assert_eq!((after.errors, after.dropped.len()), (0, 0), "{after}");
    assert!(after.versions.keys().eq([good]), "{after}");
    told
}

#[test]
fn the_previous_spec_comes_back() {
    let Some(stage) = world() else {
        return;
    };
    with_users(&stage, &play(), "1")
        .ended("resolved")
        .did(&["back", "settled", "what_runs", "users_served", "mark_bad"])
        .reports(&["More requests fail than the limit allows"]);
    let inspect = stage.sh("docker service inspect shop");
    assert!(
        inspect.contains("\"rollback.bad-image\": \"shop:2\""),
        "{inspect}"
    );
    // The way back no longer leads to the bad version.
    let label = inspect.split("PreviousSpec").nth(1).expect("there is one");
    assert!(label.contains("\"Image\": \"shop:1\""), "{inspect}");
    stage.over();
}

#[test]
fn the_image_is_gone_and_an_older_one_comes_up() {
    let Some(stage) = world() else {
        return;
    };
    stage.sh("docker ps -aq --filter status=exited | xargs -r docker rm; docker image rm shop:1");
    let play = play()
        .input("fallback_image", "shop:0")
        .at("settled", Act::Fallback(0));
    with_users(&stage, &play, "0")
        .ended("resolved")
        .reports(&["Go on to the fallback image", "update: rollback_paused"]);
    stage.over();
}
