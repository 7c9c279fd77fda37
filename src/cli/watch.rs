//! `watch`.

use std::io::IsTerminal;

use super::{
    Exit, Failure, args, common,
    run::{self, Face},
};
use crate::headless::{Followed, follow};
use crate::run_dir::RunDir;
use crate::session::Watch;
use crate::{plain, tui};

/// Shows a run live, read-only: on a screen, or line by line into a pipe.
pub fn watch(given: &args::Watch) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let found = common::find_run(&settings, &given.run)?;
    let json = given.format == args::Format::Jsonl;
    let lines = given.headless || json || !std::io::stdout().is_terminal();
    let lines = lines && !given.plain;
    let face = if lines {
        Face::Lines
    } else {
        run::face(given.plain)?
    };
    let runtime = common::runtime()?;
    let dir = RunDir::open(&found.path).map_err(Failure::refused)?;
    // What looks at the journal needs the runtime's clock.
    let _in_runtime = runtime.enter();
    let mut watch = Watch::open(dir).map_err(common::begin_failure)?;
    if !lines {
        let launcher = common::launcher()?;
        let show = match face {
            Face::Screen => tui::watch,
            Face::Lines => plain::watch,
        };
        let ended = show(&runtime, &settings, &*launcher, watch, false).map_err(Failure::fault)?;
        // Who has taken the run over has left it open, or closed it.
        return Ok(run::finish(ended));
    }
    if watch.state.closed.is_none() && watch.driver().is_none() {
        eprintln!("rbconsole: nobody drives this run at present");
    }
    let followed = runtime
        .block_on(async {
            let mut out = std::io::stdout().lock();
            follow(&mut watch, json, &mut out).await
        })
        .map_err(Failure::fault)?;
    Ok(match followed {
        Followed::Closed(outcome) => common::outcome_exit(outcome),
        Followed::Left => Exit::Good,
    })
}
