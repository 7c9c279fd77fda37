//! One container, of a Compose project and by itself, is replaced by its old version.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "docker-compose";

fn play() -> Play {
    Play::default()
        .inputs(&[("name", "web"), ("url", "http://127.0.0.1:$DOCKER_FRONT/")])
        .answer("is_it_the_deployment", "this_deployment")
        .answer("roll_back", "roll_back")
        .answer("migrations_ran", "none")
}

fn with_users(stage: &Stage, play: &Play, good: &str) -> Told {
    let users = Traffic::to(stage.fact("DOCKER_FRONT"));
    let before = users.next(20);
    assert!(before.versions.keys().eq(["2"]), "{before}");
    let mark = users.mark();
    let told = stage.play(STORY, play);
    figure(STORY, &users.since(mark));
    let after = users.next(20);
    assert_eq!((after.errors, after.dropped.len()), (0, 0), "{after}");
    assert!(after.versions.keys().eq([good]), "{after}");
    told
}

fn project() -> Option<(Stage, Play)> {
    let stage = Stage::with(&["docker", "compose"])?;
    stage.file(
        "project/docker-compose.yml",
        "version: '3'
services:
  web:
    image: shop:${TAG}
    ports: [ '8080:8080' ]
    stop_grace_period: 1s
",
    );
    let env = stage.file("project/.env", "# the release\nTAG=2\n");
    stage.sh("cd project && docker-compose up -d 2>&1");
    let folder = env
        .parent()
        .expect("it has one")
        .to_string_lossy()
        .into_owned();
    let play = play().inputs(&[
        ("compose", "docker-compose"),
        ("project_dir", folder.as_str()),
        ("good", "1"),
    ]);
    Some((stage, play))
}

#[test]
fn the_service_of_a_project_goes_back() {
    let Some((stage, play)) = project() else {
        return;
    };
    with_users(&stage, &play, "1").ended("resolved").did(&[
        "compose_back",
        "stays_up",
        "users_served",
    ]);
    assert_eq!(stage.sh("cat project/.env"), "# the release\nTAG=1");
    assert!(stage.sh("cat project/.env.before-*").ends_with("TAG=2"));
    stage.over();
}

#[test]
fn the_image_of_the_service_is_gone_and_an_older_one_comes_up() {
    let Some((stage, play)) = project() else {
        return;
    };
    stage.sh("docker image rm shop:1");
    let play = play
        .input("fallback", "0")
        .at("compose_back", Act::Fallback(0));
    with_users(&stage, &play, "0")
        .ended("resolved")
        .reports(&["Go on to the fallback"]);
    stage.over();
}

fn container() -> Option<(Stage, Play)> {
    let stage = Stage::with(&["docker"])?;
    let options =
        "# as it was started\n--publish=8080:8080\n--restart=unless-stopped\n--stop-timeout=1\n";
    let options = stage.file("run.options", options);
    stage.sh("docker run --detach --name web $(grep -v '#' run.options) shop:2");
    let options = options.to_string_lossy().into_owned();
    let play = play().inputs(&[
        ("kind", "container"),
        ("good", "shop:1"),
        ("run_options", options.as_str()),
    ]);
    Some((stage, play))
}

#[test]
fn a_container_is_replaced_and_the_bad_one_kept() {
    let Some((stage, play)) = container() else {
        return;
    };
    with_users(&stage, &play, "1").ended("resolved").did(&[
        "container_back",
        "stays_up",
        "users_served",
    ]);
    let kept = stage.sh("docker ps -a --filter name=web-bad --format '{{.Image}} {{.State}}'");
    assert_eq!(kept, "shop:2 exited");
    stage.over();
}

#[test]
fn the_image_cannot_be_had_and_an_older_one_comes_up() {
    let Some((stage, play)) = container() else {
        return;
    };
    stage.sh("docker image rm shop:1");
    let play = play
        .input("fallback", "shop:0")
        .at("container_back", Act::Fallback(0));
    with_users(&stage, &play, "0")
        .ended("resolved")
        .reports(&["Go on to the fallback"]);
    stage.over();
}
