//! A bad package was installed on two machines, and they go back one after the other.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "vm-systemd";

fn play() -> Play {
    Play::default()
        .inputs(&[
            ("hosts", "web1 web2"),
            ("ssh_config", "$SSH_CONFIG_FILE"),
            ("unit", "shop.service"),
            ("package", "shop"),
            ("good", "1.4.1"),
            ("binary", "/opt/shop/shop"),
            ("kept", "/opt/shop/shop.kept"),
            ("health_url", "$MACHINES_HEALTH"),
            ("minutes_since_deployment", "5"),
            ("url", "http://127.0.0.1:$MACHINES_FRONT/"),
        ])
        .answer("roll_back", "roll_back")
        .answer("migrations_ran", "none")
}

/// Both machines run 1.4.2, which fails, and have the program of 1.4.1 kept beside it.
fn world() -> Option<Stage> {
    let stage = Stage::with(&["machines"])?;
    stage.sh("for host in web1 web2; do
          ssh -F $SSH_CONFIG_FILE $host 'sed \"s/1.4.2 .*/1.4.1 0/\" /opt/shop/shop >/opt/shop/shop.kept && chmod 755 /opt/shop/shop.kept'
        done");
    Some(stage)
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("MACHINES_FRONT"));
    let before = users.next(50);
    assert!(before.errors > 5, "{before}");
    let mark = users.mark();
    let told = stage.play(STORY, play);
    figure(STORY, &users.since(mark));
    let after = users.next(50);
    assert_eq!((after.errors, after.dropped.len()), (0, 0), "{after}");
    assert!(after.versions.keys().eq(["1.4.1"]), "{after}");
    told
}

fn installed(stage: &Stage, host: &str) -> String {
    stage.sh(&format!(
        "ssh -F $SSH_CONFIG_FILE {host} \"dpkg-query -W -f '\\${{Version}}' shop; apt-mark showhold\""
    ))
}

#[test]
fn both_machines_get_the_old_package() {
    let Some(stage) = world() else {
        return;
    };
    with_users(&stage, &play()).ended("resolved").did(&[
        "look",
        "machines",
        "units",
        "journal",
        "users_served",
        "keep_version",
    ]);
    for host in ["web1", "web2"] {
        assert_eq!(installed(&stage, host), "1.4.1shop");
    }
    stage.over();
}

#[test]
fn the_second_machine_cannot_get_the_package_and_gets_the_kept_binary() {
    let Some(stage) = world() else {
        return;
    };
    stage.sh("ssh -F $SSH_CONFIG_FILE web2 rm /srv/repo/shop_1.4.1_all.deb");
    let told = with_users(&stage, &play().at("machines", Act::Fallback(0)));
    told.ended("resolved").reports(&[
        "web2 failed. Done: web1. Nothing after web2 was touched.",
        "the kept binary is healthy",
    ]);
    assert_eq!(installed(&stage, "web1"), "1.4.1shop");
    assert_eq!(installed(&stage, "web2"), "1.4.2shop");
    stage.over();
}

#[test]
fn both_machines_get_the_kept_binary() {
    let Some(stage) = world() else {
        return;
    };
    with_users(&stage, &play().input("method", "binary"))
        .ended("resolved")
        .did(&["machines", "units", "users_served"]);
    assert_eq!(installed(&stage, "web1"), "1.4.2");
    stage.over();
}
