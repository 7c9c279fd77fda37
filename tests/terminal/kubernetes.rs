//! The Kubernetes runbook by keys, from exec to the report, against a stand-in for
//! kubectl that answers what the runbook asks and remembers what it changed.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use super::{pty::Terminal, sandbox::Sandbox};

/// Longer than the pods have to stay up.
const LONG: Duration = Duration::from_secs(90);

const KUBECTL: &str = r#"#!/bin/bash
# Answers for the Deployment `checkout`, whose revision 7 is bad.
state=$(dirname "$0")
echo "$*" >>"$state/asked"
images=app=shop/checkout:2.4.0; revision=7; restarts=4; ready=False
if [ -e "$state/undone" ]; then images=app=shop/checkout:2.3.9; revision=8; restarts=0; ready=True; fi
paused=; [ -e "$state/paused" ] && paused=true
case $* in
  *'rollout pause'*) touch "$state/paused"; echo paused ;;
  *'rollout resume'*) rm -f "$state/paused"; echo resumed ;;
  *'rollout undo'*) touch "$state/undone"; echo rolled back ;;
  *'rollout status'*) echo successfully rolled out ;;
  *'rollout history'*) printf 'REVISION  CHANGE-CAUSE\n6  <none>\n7  <none>\n' ;;
  *annotate*) echo annotated ;;
  *--watch*) exec sleep 20 ;;
  *'get events'*) echo 'BackOff' ;;
  *'get replicasets'*)
    printf '6|checkout|aaaa|2026-11-20T10:00:00Z|app=shop/checkout:2.3.9 \n'
    printf '7|checkout|5f6d|2026-11-21T02:00:00Z|app=shop/checkout:2.4.0 \n' ;;
  *'get pods'*status.phase*) for pod in 1 2 3; do echo "|Running|$ready|$restarts"; done ;;
  *'get pods'*restartCount*) for pod in 1 2 3; do echo "|$restarts"; done ;;
  *'get pods'*) echo 'checkout-5f6d-x2x  0/1  CrashLoopBackOff' ;;
  *bad_revision=*)
    printf 'bad_revision=%s\ndesired_replicas=3\npaused=%s\nbad_images=%s \n' "$revision" "$paused" "$images" ;;
  *matchLabels*) echo '{"app":"checkout"}' ;;
  *'range .status.conditions'*) echo 'Progressing=True' ;;
  *Progressing*) date -u +%Y-%m-%dT%H:%M:%SZ ;;
  *readyReplicas*spec.template*) echo "$paused|3|3|3|3|$images " ;;
  *readyReplicas*) echo '3|3' ;;
  *spec.paused*revision*) echo "$paused|$revision|$images " ;;
  *spec.paused*) echo "$paused" ;;
  *spec.replicas*) echo 3 ;;
  *'get deployment'*) echo 'checkout  1/3' ;;
  *) echo "unexpected: $*" >&2; exit 64 ;;
esac
"#;

/// Ticks every entry of a checklist, and says that it is done.
fn tick(terminal: &mut Terminal, title: &str, entries: &[&str]) {
    terminal.sees_within(LONG, &[title, "Enter tick the entry"]);
    for entry in entries {
        terminal.press("Enter");
        terminal.sees(&[&format!("✔ {entry}")]);
    }
    terminal.sees(&["Enter done"]);
    terminal.press("Enter");
}

#[test]
fn the_kubernetes_runbook_by_keys() {
    let sandbox = Sandbox::new();
    let kubectl = sandbox.tmp().join("kubectl");
    rbconsole::run_dir::write_private(&kubectl, KUBECTL.as_bytes()).expect("it can be written");
    fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o700)).expect("it is ours");
    let path = format!(
        "{}:{}",
        sandbox.tmp().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut terminal = Terminal::start_with(
        &sandbox,
        &[
            "run",
            "kubernetes-rollout",
            "-e",
            "production",
            "-i",
            "context=production-eu",
            "-i",
            "deployment=checkout",
            "-i",
            "observed_error_rate=7.2",
        ],
        &[("PATH", &path)],
    );
    terminal.sees(&["Before it begins", "▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["run ‘Look at the Deployment’"]);
    terminal.press("a");
    terminal.sees(&[
        "Is it the deployment?",
        "Enter Yes, it began with this rollout",
    ]);
    terminal.press("Enter");
    terminal.sees(&["Roll back?", "Enter Roll back "]);
    terminal.press("Enter");
    // No container runs migrations that could be looked at: a person knows.
    terminal.sees(&["Did this rollout change the database schema?", "↑↓ choose"]);
    terminal.press("j");
    terminal.sees(&["Enter No "]);
    terminal.press("Enter");
    tick(
        &mut terminal,
        "Hold whatever deploys",
        &["The pipeline is held", "Argo CD"],
    );
    tick(
        &mut terminal,
        "Look at the error rate yourself",
        &[
            "The error rate is under the limit",
            "One thing that users do",
        ],
    );
    tick(
        &mut terminal,
        "Tell the others",
        &["Posted in the incident channel", "The author of the change"],
    );
    tick(
        &mut terminal,
        "Keep the bad change from coming back",
        &[
            "The change is reverted",
            "A ticket for the cause",
            "If the schema was extended",
            "A time for the review",
        ],
    );
    // What was held and paused is released before the run closes.
    tick(
        &mut terminal,
        "Let deployments go on",
        &["The pipeline is released", "Argo CD"],
    );
    terminal.sees(&["Enter close the run"]);
    terminal.press("Enter");
    terminal.sees(&["Close the run as", "▸ Resolved"]);
    terminal.press("Enter");
    terminal.sees(&["Anything to say about it?"]);
    terminal.press("Enter");
    terminal.sees(&["The run closed as resolved", "Enter leave"]);
    terminal.press("Enter");
    let keys = terminal.keys;
    assert_eq!(terminal.ends().code(), Some(0));
    terminal.is_restored();
    assert!(keys <= 35, "{keys} keys were pressed");
    println!("the Kubernetes runbook takes {keys} keys");

    let report = fs::read_to_string(sandbox.run_dir().join("report.md")).expect("a report");
    for words in [
        "resolved",
        "Return to the old revision",
        "shop/checkout:2.3.9",
    ] {
        assert!(report.contains(words), "no {words} in\n{report}");
    }
    let asked = fs::read_to_string(sandbox.tmp().join("asked")).expect("it was asked");
    assert_eq!(asked.matches("rollout undo").count(), 1, "{asked}");
    sandbox.nothing_left();
}
