//! The runbook for Kubernetes, driven to its end with the real `kubectl`.
//!
//! These tests need a cluster that may be written to, and skip without one. They make Deployments of their own in the
//! namespace `default` and delete them again:
//!
//! ```text
//! RBCONSOLE_TEST_KUBE_CONTEXT=kind-kind cargo test --test kubernetes
//! ```
//!
//! `RBCONSOLE_TEST_KUBE_IMAGES` names a good and a bad image, with a comma between them: the pods of the good one become
//! ready and those of the bad one do not.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house calls kubectl beside the run"
)]

#[path = "terminal/sandbox.rs"]
mod sandbox;

use std::io::Write as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    process::Command,
    sync::Arc,
};

use rbconsole::{
    engine::{
        self, Next,
        event::{RunKind, RunOutcome, Voucher},
        next,
        observed::Observed,
    },
    executor::{Executor, Supervised},
    headless::{self, Ended, Orders},
    run_dir::RunDir,
    runbook::library,
    session::{self, Beginning, Session, system_clock},
    trust::{Standing, Trusted},
};
use sandbox::Sandbox;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A cluster, and a Deployment there whose last rollout went wrong.
struct Bad {
    context: String,
    name: String,
    images: (String, String),
}

impl Bad {
    /// `None` where there is no cluster to write to; the reason is printed.
    fn deployment(name: &str) -> Option<Self> {
        let Ok(context) = env::var("RBCONSOLE_TEST_KUBE_CONTEXT") else {
            // Past the capture of test output: what is skipped is counted.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED kubernetes: RBCONSOLE_TEST_KUBE_CONTEXT names no cluster to write to"
            );
            return None;
        };
        let images = env::var("RBCONSOLE_TEST_KUBE_IMAGES")
            .unwrap_or_else(|_| "registry.example/web:1.0,registry.example/web:2.0-bad".to_owned());
        let (good, bad) = images
            .split_once(',')
            .expect("RBCONSOLE_TEST_KUBE_IMAGES is GOOD,BAD");
        let one = Self {
            context,
            name: format!("rbconsole-{name}"),
            images: (good.to_owned(), bad.to_owned()),
        };
        one.remove();
        let it = format!("deployment/{}", one.name);
        one.apply(good);
        one.kubectl(&["rollout", "status", &it, "--timeout=120s"]);
        one.kubectl(&["set", "image", &it, &format!("web={bad}")]);
        let began = std::time::Instant::now();
        while one.live("{.metadata.annotations.deployment\\.kubernetes\\.io/revision}") != "2" {
            assert!(began.elapsed().as_secs() < 30, "the rollout does not begin");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Some(one)
    }

    fn apply(&self, image: &str) {
        let name = &self.name;
        let manifest = format!(
            "apiVersion: apps/v1
kind: Deployment
metadata: {{ name: {name} }}
spec:
  replicas: 3
  selector: {{ matchLabels: {{ app: {name} }} }}
  template:
    metadata: {{ labels: {{ app: {name} }} }}
    spec: {{ terminationGracePeriodSeconds: 0, containers: [{{ name: web, image: \"{image}\" }}] }}
"
        );
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("deployment.yaml");
        rbconsole::run_dir::write_private(&file, manifest.as_bytes())
            .expect("a file can be written");
        self.kubectl(&["apply", "--validate=false", "-f", &file.to_string_lossy()]);
    }

    fn remove(&self) {
        self.kubectl(&["delete", "deployment", &self.name, "--ignore-not-found"]);
    }

    fn kubectl(&self, arguments: &[&str]) -> String {
        let output = Command::new("kubectl")
            .args(["--context", &self.context, "-n", "default"])
            .args(arguments)
            .output()
            .expect("kubectl is there");
        assert!(
            output.status.success(),
            "kubectl {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A part of the Deployment as it is now.
    fn live(&self, path: &str) -> String {
        let path = format!("jsonpath={path}");
        self.kubectl(&["get", "deployment", &self.name, "-o", &path])
    }

    /// Good pods are live, all of them, and nothing is left paused.
    fn is_good_again(&self) {
        assert_eq!(
            self.live("{.spec.template.spec.containers[0].image}"),
            self.images.0
        );
        assert_eq!(self.live("{.spec.replicas}/{.status.readyReplicas}"), "3/3");
        assert_ne!(self.live("{.spec.paused}"), "true");
        self.remove();
    }
}

fn launcher(dir: RunDir) -> (Box<dyn Executor>, UnboundedReceiver<Observed>) {
    let (reports, observed) = unbounded_channel();
    let program = env!("CARGO_BIN_EXE_rbconsole").into();
    (Box::new(Supervised::new(dir, program, reports)), observed)
}

fn begin(sandbox: &Sandbox, bad: &Bad) -> Session {
    let entry = library::find("kubernetes-rollout", &[]).expect("it ships");
    let runbook = library::load(&entry, &[]).runbook.expect("it loads");
    let inputs = [
        ("context", bad.context.as_str()),
        ("deployment", &bad.name),
        ("observed_error_rate", "7.2"),
    ];
    let beginning = Beginning {
        standing: Standing::Trusted(Trusted::given(&entry.text, &runbook)),
        runbook: Arc::new(runbook),
        file: entry.file(),
        from: None,
        name: entry.name,
        text: entry.text,
        title: "The proof".to_owned(),
        kind: RunKind::Incident,
        environment: None,
        inputs: inputs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        severity: None,
        impact: None,
        auto: true,
        by: "ana".to_owned(),
        host: "here".to_owned(),
    };
    let runs = sandbox.path().join("runs");
    session::start(&runs, &beginning, system_clock, &launcher).expect("the run begins")
}

/// What the people do when the run waits for them.
fn people(session: &mut Session, bad: &Bad, answer: &str) {
    match next(session.state()) {
        Next::Decide(step, ..) if step.id == "migrations_ran" => {
            let gate = step.id.clone();
            if answer == "none" {
                // Somebody tidies up meanwhile: the revision to return to is gone.
                let rs = bad.kubectl(&[
                    "get", "replicasets", "-l", &format!("app={}", bad.name), "-o",
                    "jsonpath={range .items[*]}{.metadata.annotations.deployment\\.kubernetes\\.io/revision} {.metadata.name}{\"\\n\"}{end}",
                ]);
                let first = rs.lines().find_map(|line| line.strip_prefix("1 "));
                bad.kubectl(&["delete", "replicaset", first.expect("revision 1")]);
            }
            session.submit(engine::Command::Answer {
                gate,
                answer: answer.to_owned(),
                reason: Some("The author says so".to_owned()),
                without_approval: false,
            });
        }
        Next::Decide(step, ..) if step.id == "db_rollback" => {
            let gate = step.id.clone();
            session.submit(engine::Command::Approve {
                gate: gate.clone(),
                answer: "proceed".to_owned(),
                by_whom: "grace".to_owned(),
                how: Voucher::Attested {
                    channel: "by phone".to_owned(),
                    stands_for: Some("dba".to_owned()),
                },
                agrees: true,
                reason: None,
            });
            session.submit(engine::Command::Answer {
                gate,
                answer: "proceed".to_owned(),
                reason: Some("Grace is here".to_owned()),
                without_approval: false,
            });
        }
        Next::Manual(step, manual, _) => {
            let step = step.id.clone();
            let entries = manual.checklist.len();
            let values = manual.record.iter();
            let values: BTreeMap<String, String> = values
                .map(|input| (input.name.clone(), "41".to_owned()))
                .collect();
            for item in 0..entries {
                let (step, done) = (step.clone(), true);
                session.submit(engine::Command::Tick { step, item, done });
            }
            session.submit(engine::Command::ManualDone { step, values });
        }
        Next::Failed(step, _) if step.id == "undo" => {
            let step = step.id.clone();
            session.submit(engine::Command::Fallback {
                step,
                index: 0,
                confirmation: None,
            });
        }
        other => panic!("the run waits for something else: {other:?}"),
    }
}

/// Drives a run to its end; the steps whose commands ran, and its report.
fn to_the_end(bad: &Bad, answer: &str) -> (BTreeSet<String>, String) {
    let sandbox = Sandbox::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .expect("a runtime");
    let _in_runtime = runtime.enter();
    let mut session = begin(&sandbox, bad);
    let orders = Orders {
        confirmations: vec![bad.name.clone(), "database".to_owned()],
        ..Orders::default()
    };
    let mut told = Vec::new();
    for _ in 0..20 {
        let ended = runtime
            .block_on(headless::drive(&mut session, &orders, &mut told))
            .expect("a vector can be written");
        match ended {
            Ended::Closed(outcome) => {
                assert_eq!(
                    outcome,
                    RunOutcome::Resolved,
                    "{}",
                    String::from_utf8_lossy(&told)
                );
                let report = session.write_report().expect("the report is written");
                let report = std::fs::read_to_string(report).expect("it can be read");
                let attempts = session.state().attempts.values();
                return (attempts.map(|it| it.launch.step.clone()).collect(), report);
            }
            Ended::PersonNeeded(_) => people(&mut session, bad, answer),
            other => panic!("{other:?}"),
        }
    }
    panic!("no end:\n{}", String::from_utf8_lossy(&told));
}

fn ran(steps: &BTreeSet<String>, all: &[&str]) {
    for step in all {
        assert!(steps.contains(*step), "{step} did not run: {steps:?}");
    }
}

#[test]
fn the_code_goes_back_alone() {
    let Some(bad) = Bad::deployment("expand") else {
        return;
    };
    let (steps, report) = to_the_end(&bad, "expand");
    ran(
        &steps,
        &[
            "pause",
            "undo",
            "pods_after",
            "annotate",
            "leave_nothing_paused",
        ],
    );
    assert!(!steps.contains("stop_writes"), "{steps:?}");
    assert!(report.contains("resolved"), "{report}");
    bad.is_good_again();
}

#[test]
fn the_schema_goes_back_first_with_the_application_stopped() {
    let Some(bad) = Bad::deployment("contract") else {
        return;
    };
    let (steps, report) = to_the_end(&bad, "contract");
    ran(
        &steps,
        &[
            "pause",
            "stop_writes",
            "writes_stopped",
            "undo",
            "restore_replicas",
            "leave_nothing_paused",
            "leave_nothing_stopped",
        ],
    );
    assert!(report.contains("grace"), "{report}");
    bad.is_good_again();
}

#[test]
fn the_images_go_back_where_the_revision_is_gone() {
    let Some(bad) = Bad::deployment("fallback") else {
        return;
    };
    let (steps, report) = to_the_end(&bad, "none");
    ran(
        &steps,
        &["pause", "undo", "annotate", "leave_nothing_paused"],
    );
    assert!(report.contains("Set only the images back"), "{report}");
    bad.is_good_again();
}
