//! `demo`: the whole main job on a real little service.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use super::{
    Exit, Failure, args, common,
    demo::{scratch::Scratch, service, traffic},
    run::{self, Face},
};
use crate::engine::event::RunKind;
use crate::history::{self, RunStatus};
use crate::runbook::library;
use crate::session::{self, Beginning, system_clock};
use crate::settings;
use crate::trust::{Standing, Trusted};
use crate::{plain, tui};

/// The file in the scratch folder that names the run's directory.
const RUN_FILE: &str = "run";
/// The file in the scratch folder that says to leave it alone.
const KEEP_FILE: &str = "keep";
/// How long the service may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the scratch folder, starts the service and its client, and runs the
/// shipped runbook on it.
pub fn demo(given: &args::Demo) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    // Before anything is made.
    let face = if given.headless {
        Face::Lines
    } else {
        run::face(given.plain)?
    };
    let parent = match &given.keep {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(Failure::fault)?;
            folder.clone()
        }
        None => std::env::temp_dir(),
    };
    let scratch = Scratch::create(&parent).map_err(Failure::fault)?;
    let result = on_scratch(given, face, &settings, &scratch);
    if result.is_err() {
        // Nothing began, so nothing will end the service but this.
        let _ = scratch.stop();
    }
    result
}

fn on_scratch(
    given: &args::Demo,
    face: Face,
    settings: &settings::Settings,
    scratch: &Scratch,
) -> Result<Exit, Failure> {
    if given.keep.is_some() {
        crate::run_dir::write_private(&scratch.root().join(KEEP_FILE), b"")
            .map_err(Failure::fault)?;
    }
    let server = detached("__demo-serve", scratch.root())?;
    let port = scratch.wait_for_port(PATIENCE).map_err(Failure::fault)?;
    let mut service = [server, detached("__demo-traffic", scratch.root())?];
    let entry = library::find("symlink-release", &[]).map_err(Failure::fault)?;
    let runbook = library::load(&entry, &[])
        .runbook
        .ok_or_else(|| Failure::fault("the demo's runbook does not load"))?;
    let inputs: BTreeMap<String, String> = scratch
        .inputs(port)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let beginning = Beginning {
        // Built in.
        standing: Standing::Trusted(Trusted::given(&entry.text, &runbook)),
        runbook: Arc::new(runbook),
        file: entry.file(),
        from: None,
        name: entry.name,
        text: entry.text,
        title: "Demo: roll back the shop's bad release".to_owned(),
        kind: RunKind::Incident,
        environment: None,
        inputs,
        severity: Some("demo".to_owned()),
        impact: Some("a third of the demo's own requests".to_owned()),
        auto: given.headless,
        by: settings::operator(),
        host: settings::host(),
    };
    let runtime = common::runtime()?;
    let launcher = common::launcher()?;
    let _in_runtime = runtime.enter();
    let mut session = session::start(&settings.runs(), &beginning, system_clock, &*launcher)
        .map_err(common::begin_failure)?;
    let run_path = session.dir().path().to_string_lossy().into_owned();
    crate::run_dir::write_private(&scratch.root().join(RUN_FILE), run_path.as_bytes())
        .map_err(Failure::fault)?;
    if given.headless {
        let exit = common::headless(&runtime, &mut session, &crate::headless::Orders::default())?;
        let report = session.write_report().map_err(Failure::fault)?;
        if exit != Exit::Person {
            wait_for_end(scratch, &mut service);
        }
        common::print(&format!("{}\n", report.display()))?;
        return Ok(exit);
    }
    let attend = match face {
        Face::Screen => tui::attend,
        Face::Lines => plain::attend,
    };
    let ended = attend(&runtime, settings, &*launcher, session).map_err(Failure::fault)?;
    if matches!(ended, tui::Ended::Closed { .. }) {
        wait_for_end(scratch, &mut service);
    }
    Ok(run::finish(ended))
}

/// The service sees within half a second that the run is closed; nothing is left
/// running when the demo returns.
fn wait_for_end(scratch: &Scratch, service: &mut [Child]) {
    if scratch.root().join(KEEP_FILE).exists() {
        // Only the folder is kept.
        let _ = scratch.stop();
    }
    for child in service {
        // It ends by itself; how is of no interest.
        let _ = child.wait();
    }
}

fn detached(subcommand: &str, scratch: &Path) -> Result<Child, Failure> {
    let program = std::env::current_exe().map_err(Failure::fault)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the demo's service is not a runbook's command: nobody supervises it"
    )]
    Command::new(program)
        .arg(subcommand)
        .arg(scratch)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Failure::fault)
}

/// The hidden subcommand that serves.
pub fn serve(scratch: &Path) -> Result<Exit, Failure> {
    let _ = rustix::process::setsid();
    let served = service::serve(scratch, &|| run_is_over(scratch));
    if scratch.join(KEEP_FILE).symlink_metadata().is_err()
        && let Ok(folder) = Scratch::open(scratch)
    {
        // The client ends when the folder is gone.
        let _ = folder.remove();
    }
    served.map(|()| Exit::Good).map_err(Failure::fault)
}

/// The hidden subcommand that makes traffic.
pub fn traffic(scratch: &Path) -> Result<Exit, Failure> {
    let _ = rustix::process::setsid();
    traffic::generate(scratch, &|| run_is_over(scratch))
        .map(|()| Exit::Good)
        .map_err(Failure::fault)
}

fn run_is_over(scratch: &Path) -> bool {
    let Ok(bytes) = crate::run_dir::read_private(&scratch.join(RUN_FILE), 4096) else {
        return false;
    };
    let path = PathBuf::from(String::from_utf8_lossy(&bytes).into_owned());
    match history::summarize(&path).status {
        RunStatus::Closed { .. } => true,
        RunStatus::Open { .. } | RunStatus::Moved { .. } => false,
        // A run that was deleted will never end.
        RunStatus::Damaged { .. } => !path.exists(),
    }
}
