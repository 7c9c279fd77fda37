//! How an operator comes to the states of a run.

use rbconsole::{engine::observed::Ended, output::Stream, tui::theme::Theme};

use super::{
    super::{
        clock,
        console::{Console, House},
    },
    with,
};

/// The first step runs and has found a rate.
pub async fn measured(console: &Console, rate: &str) {
    console.sees(&["run ‘Measure the error rate’"]).await;
    console.press(&["Enter"]);
    let attempt = console.launched("measure").await.attempt;
    console.hand.started(attempt);
    console.sees(&["running (process 4242)"]).await;
    let line = format!("error_rate {rate}\n");
    console.hand.print(attempt, Stream::Out, &line);
    console.pass(3).await;
    let ended = Ended::Exit { code: 0 };
    console
        .hand
        .finish(attempt, ended, 2_840, &[("error_rate", rate)]);
    console.sees(&["Looking for evidence"]).await;
    console.hand.evidence(
        "roll_back",
        "02:13:58 500 POST /payments\n02:13:58 500 POST /payments\n02:13:59 200 GET /health\n",
    );
    console.sees(&["GET /health"]).await;
}

/// The gate is answered: the code goes back.
pub async fn answered(console: &Console) {
    measured(console, "7.2").await;
    console.pass(20).await;
    console.press(&["Enter"]);
    console.sees(&["run ‘Deploy the release before’"]).await;
}

/// The deployment runs and has printed this.
pub async fn deploying(console: &Console, output: &str) -> u32 {
    answered(console).await;
    console.press(&["Enter"]);
    let attempt = console.launched("deploy").await.attempt;
    console.hand.started(attempt);
    console.hand.print(attempt, Stream::Out, output);
    console.sees(&["running (process 4242)", "following"]).await;
    console.pass(12).await;
    console.settle().await;
    attempt
}

/// The old release is live again.
pub async fn deployed(console: &Console) {
    let attempt = deploying(console, "release 2026-11-19.3\n").await;
    let ended = Ended::Exit { code: 0 };
    console
        .hand
        .finish(attempt, ended, 12_300, &[("release", "2026-11-19.3")]);
    console.sees(&["left of 2:00"]).await;
}

/// It is the manual step's turn.
pub async fn at_the_manual_step(console: &Console) {
    deployed(console).await;
    console.press(&["Enter"]);
    console.sees(&["End ‘Let the traffic settle’ early"]).await;
    console.type_in("traffic is calm");
    console.press(&["Enter"]);
    console.sees(&["☐ The incident channel knows"]).await;
}

/// It is the turn of the step that destroys something.
pub async fn at_the_destructive_step(console: &Console) {
    measured(console, "81.5").await;
    console.press(&["j", "j", "Enter"]);
    console.sees(&["This answer needs a reason"]).await;
    console.type_in("the schema changed");
    console.press(&["Enter"]);
    console.sees(&["run ‘Deploy the release before’"]).await;
    console.press(&["s"]);
    console.sees(&["why?"]).await;
    console.type_in("done by hand");
    console.press(&["Enter"]);
    console.sees(&["Value of release"]).await;
    console.type_in("2026-11-19.3");
    console.press(&["Enter"]);
    console.sees(&["left of 2:00"]).await;
    console.press(&["Enter"]);
    console.sees(&["early: why?"]).await;
    console.type_in("no traffic now");
    console.press(&["Enter"]);
    console.sees(&["run ‘Restore the backup’"]).await;
}

/// Through the manual step and the close.
pub async fn closing(console: &Console) {
    at_the_manual_step(console).await;
    console.press(&["Enter"]);
    console.sees(&["✔ The incident channel knows"]).await;
    console.press(&["Enter"]);
    console.sees(&["✔ Support knows"]).await;
    console.press(&["Enter"]);
    console.sees(&["Value of ticket"]).await;
    console.type_in("INC-2041");
    console.press(&["Enter"]);
    console.sees(&["Enter closes the run"]).await;
    console.press(&["Enter"]);
    console.sees(&["Close the run as"]).await;
    console.press(&["Enter"]);
    console.sees(&["Anything to say about it?"]).await;
    console.type_in("The old release holds.");
    console.press(&["Enter"]);
    console
        .sees(&[
            "The run closed as resolved",
            "The report is written:",
            "Enter leave",
        ])
        .await;
}

pub fn deployment_log() -> String {
    let pods: Vec<String> = (1..=60)
        .map(|number| format!("pod payments-{number:02} is \u{1b}[32mready\u{1b}[0m\n"))
        .collect();
    format!("Rolling back payments\n{}", pods.concat())
}

/// A run whose console was killed while the deployment ran.
pub fn abandoned(theme: Theme) -> House {
    abandoned_in(House::new(), theme)
}

pub fn abandoned_in(house: House, theme: Theme) -> House {
    house.begin(&with(theme), async |console| {
        deploying(console, "release 2026-11-19.3\n").await
    });
    clock::pass(60);
    house
}
