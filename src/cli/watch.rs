//! `watch`.

use super::{Exit, Failure, common, run};
use crate::run_dir::RunDir;
use crate::session::Watch;
use crate::tui;

/// Shows a run live, read-only.
pub fn watch(name: &str) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let found = common::find_run(&settings, name)?;
    run::screen_or_refuse()?;
    let runtime = common::runtime()?;
    let dir = RunDir::open(&found.path).map_err(Failure::refused)?;
    let watch = Watch::open(dir).map_err(common::begin_failure)?;
    tui::watch(&runtime, &settings, watch).map_err(Failure::fault)?;
    Ok(Exit::Good)
}
