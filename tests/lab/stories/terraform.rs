//! A configuration was applied whose version answers with errors, and the one before it is applied again.

use crate::{
    stage::{Act, Play, Stage, Told, figure},
    traffic::Traffic,
};

const STORY: &str = "terraform";

/// Two commits, both applied; the state lies beside the repository.
const WORLD: &str = r#"
mkdir -p repo/prod
cd repo
git init -q .
git config user.email lab@example.invalid
git config user.name lab
commit() {
  cat >prod/main.tf <<TF
terraform {
  backend "local" { path = "$STAGE/state.tfstate" }
}
resource "terraform_data" "release" {
  input = "$1"
  triggers_replace = ["$1"]
  provisioner "local-exec" { command = "echo $1 >$TERRAFORM_LIVE" }
}
TF
  printf '.terraform*\n' >.gitignore
  git add . && git commit -qm "Release $1"
  terraform -chdir=prod init -no-color
  terraform -chdir=prod apply -no-color -auto-approve
}
commit 1
git tag good
commit 2
"#;

fn world() -> Option<(Stage, Play)> {
    let stage = Stage::with(&["terraform"])?;
    stage.sh(WORLD);
    let place = stage.sh("pwd");
    let play = Play::default()
        .inputs(&[
            ("service", "shop"),
            ("repository", &format!("{place}/repo")),
            ("folder", "prod"),
            ("good", "good"),
            ("work_dir", &format!("{place}/work")),
            ("max_destroyed", "1"),
            ("minutes_since_deployment", "5"),
            ("url", "http://127.0.0.1:$TERRAFORM_FRONT/"),
        ])
        .confirm("shop");
    Some((stage, play))
}

fn agreed() -> Act {
    Act::Agreed(
        "apply".into(),
        "infrastructure".into(),
        "The plan was read by two".into(),
    )
}

fn with_users(stage: &Stage, play: &Play) -> Told {
    let users = Traffic::to(stage.fact("TERRAFORM_FRONT"));
    let before = users.next(20);
    assert_eq!(before.errors, before.requests, "{before}");
    let mark = users.mark();
    let told = stage.play(STORY, play);
    figure(STORY, &users.since(mark));
    let after = users.next(20);
    assert_eq!(after.errors, 0, "{after}");
    assert!(after.versions.keys().eq(["1"]), "{after}");
    // The plan is gone, and the operator's own copy was not touched.
    assert_eq!(
        stage.sh("ls work; git -C repo status --short; git -C repo worktree list | wc -l"),
        "1"
    );
    told
}

#[test]
fn the_configuration_before_is_applied() {
    let Some((stage, play)) = world() else {
        return;
    };
    with_users(&stage, &play.at("apply_it", agreed()))
        .ended("resolved")
        .did(&[
            "checkout",
            "way_back",
            "apply_plan",
            "nothing_left",
            "users_served",
            "tidy",
        ])
        .reports(&["grace", "must be replaced"]);
    stage.over();
}

#[test]
fn the_state_has_changed_since_the_plan_and_it_is_planned_anew() {
    let Some((stage, play)) = world() else {
        return;
    };
    let meanwhile = "cd repo && sed -i 's/\"2\"/\"2b\"/' prod/main.tf &&
        terraform -chdir=prod apply -no-color -auto-approve >/dev/null && git checkout -q .";
    let play = play
        .at(
            "apply_it",
            Act::Meanwhile(format!("cd \"$STAGE\" && {meanwhile}")),
        )
        .at("apply_it", agreed())
        .at("apply_plan", Act::Fallback(0));
    with_users(&stage, &play)
        .ended("resolved")
        .did(&["nothing_left", "users_served", "tidy"])
        .reports(&["The state has changed since"]);
    stage.over();
}
