//! A canary in `HAProxy` fails half of its requests, and is taken out with users on the line.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "haproxy-canary";

fn play() -> Play {
    Play::default().inputs(&[
        ("app", "shop"),
        ("stats_socket", "$HAPROXY/admin.sock"),
        ("backend", "app"),
        ("canary", "canary"),
        ("sample_seconds", "2"),
        ("config_file", "$HAPROXY/haproxy.cfg"),
        ("config_without_canary", "$HAPROXY/without-canary.cfg"),
        ("pid_file", "$HAPROXY/haproxy.pid"),
    ])
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("FRONT"));
    let before = users.next(300);
    assert!(before.errors > 5, "{before}");
    assert!(before.versions["v1"] > before.versions["v2"], "{before}");

    let mark = users.mark();
    let told = stage.play(STORY, play);
    let meanwhile = users.since(mark);
    figure(STORY, &meanwhile);
    assert!(meanwhile.dropped.is_empty(), "{:?}", meanwhile.dropped);

    let after = users.next(300);
    assert_eq!(after.errors, 0, "{after}");
    assert!(after.versions.keys().eq(["v1"]), "{after}");
    told
}

#[test]
fn the_canary_is_taken_out_and_no_request_is_lost() {
    let Some(stage) = Stage::with(&["haproxy", "prometheus"]) else {
        return;
    };
    let query = "100 * sum(rate(http_requests_total{version=\"v2\",code=\"500\"}[5s])) / sum(rate(http_requests_total{version=\"v2\"}[5s]))";
    let play = play()
        .input("prometheus_url", "$PROMETHEUS")
        .input("error_rate_query", query);
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["witness", "weight_zero", "drained", "steady"])
        .reports(&["as suggested: The canary fails more often"]);
    let weight =
        stage.sh("echo 'get weight app/canary' | socat - UNIX-CONNECT:$HAPROXY/admin.sock");
    assert_eq!(weight, "0 (initial 10)");
    stage.over();
}

/// Its socket may only read and operate; so the configuration without the canary is loaded.
#[test]
fn the_socket_may_not_and_the_configuration_is_reloaded() {
    let Some(stage) = Stage::set(&["haproxy"], &[("HAPROXY_LEVEL", "operator")]) else {
        return;
    };
    let play = play()
        .at("weight_zero", Act::Fallback(0))
        .at("weight_zero", Act::Fallback(1));
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["drained", "steady"])
        .reports(&["Reload HAProxy with the configuration that has no canary"]);
    assert_eq!(
        stage.sh("grep -c 'canary.*weight 0' $HAPROXY/haproxy.cfg"),
        "1"
    );
    stage.over();
}
