//! Every shipped runbook that can be proven here, proven: a good release serves traffic, a bad one goes out, the runbook
//! brings the good one back, and the service is measured.
//!
//! The systems are real; `tests/lab/lab` starts them, each test its own. What is not installed is skipped with a line
//! that begins with `SKIPPED lab`. `tests/lab/README.md` says what is proven and what is not.

#![expect(
    clippy::disallowed_methods,
    reason = "these tests drive real systems from beside the run"
)]

#[path = "lab/kube.rs"]
mod kube;
#[path = "terminal/sandbox.rs"]
mod sandbox;
#[path = "lab/stage.rs"]
mod stage;
#[path = "lab/table.rs"]
mod table;
#[path = "lab/traffic.rs"]
mod traffic;

#[path = "lab/stories"]
mod stories {
    mod aws_alb_blue_green;
    mod aws_codedeploy;
    mod aws_ecs;
    mod aws_rds_restore;
    mod database_migration;
    mod database_restore;
    mod docker_compose;
    mod docker_swarm;
    mod feature_flag;
    mod git_tag;
    mod haproxy_canary;
    mod imports;
    mod kubernetes_blue_green;
    mod kubernetes_canary;
    mod kubernetes_rollout;
    mod nginx_blue_green;
    mod rollback_drill;
    mod symlink_release;
    mod terraform;
    mod vm_systemd;
}
