//! A bad colour is live behind nginx, and the other one comes back with users on the line.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "nginx-blue-green";

fn play() -> Play {
    Play::default()
        .inputs(&[
            ("app", "shop"),
            ("include_file", "$NGINX/live.conf"),
            ("blue_file", "$NGINX/blue.conf"),
            ("green_file", "$NGINX/green.conf"),
            ("blue_health_url", "http://127.0.0.1:$BLUE/healthz"),
            ("green_health_url", "http://127.0.0.1:$GREEN/healthz"),
            ("live_url", "http://127.0.0.1:$FRONT/"),
            ("blue_mark", "X-Version: v1"),
            ("green_mark", "X-Version: v2"),
            ("access_log", "$NGINX/access.log"),
            ("nginx_conf", "$NGINX/nginx.conf"),
            ("pid_file", "$NGINX/nginx.pid"),
            ("window", "200"),
            ("min_requests", "50"),
            ("watch_seconds", "1"),
        ])
        .answer("schema", "compatible")
}

/// Green fails a third of its requests; what became of the traffic from then on.
fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("FRONT"));
    let before = users.next(100);
    assert!(before.errors > 10, "{before}");
    assert!(before.versions.keys().eq(["v2"]), "{before}");

    let mark = users.mark();
    let told = stage.play(STORY, play);
    let meanwhile = users.since(mark);
    figure(STORY, &meanwhile);
    assert!(meanwhile.dropped.is_empty(), "{:?}", meanwhile.dropped);

    let after = users.next(100);
    assert_eq!(after.errors, 0, "{after}");
    assert!(after.versions.keys().eq(["v1"]), "{after}");
    told
}

#[test]
fn the_traffic_goes_back_and_no_request_is_lost() {
    let Some(stage) = Stage::with(&["nginx"]) else {
        return;
    };
    with_users(&stage, &play())
        .ended("resolved")
        .did(&["switch", "reload", "drained", "steady"])
        .reports(&["Make blue the live one", "as suggested: More requests fail"]);
    assert_eq!(stage.sh("ls -A $NGINX | grep -c rollback || true"), "0");
    stage.over();
}

#[test]
fn the_good_colour_is_broken_and_a_copy_of_it_is_used() {
    let Some(stage) = Stage::with(&["nginx"]) else {
        return;
    };
    stage.sh("cp $NGINX/blue.conf $STAGE/kept.conf; echo 'set $live;' >$NGINX/blue.conf");
    let told = with_users(
        &stage,
        &play()
            .input("spare_file", "$STAGE/kept.conf")
            .at("switch", Act::Fallback(0)),
    );
    told.ended("resolved").did(&["reload", "steady"]).reports(&[
        "Use the copy of the good colour's file",
        "nginx refuses this configuration",
    ]);
    stage.over();
}
