//! Commands of the operator's own: they belong to no step, and are told apart from
//! those that do.

use super::effect::Launch;

/// What stands for the step of an off-script command. No step is called so: an id
/// has no hyphen.
pub const STEP: &str = "off-script";

/// The longest title.
const LENGTH: usize = 48;

/// What an off-script command is called: the beginning of it.
pub fn title(launch: &Launch) -> String {
    let command = launch.command();
    let first = command.lines().find(|line| !line.trim().is_empty());
    let first = first.unwrap_or_default().trim();
    let cut = first.chars().count() > LENGTH;
    if !cut && first.len() == command.trim().len() {
        return first.to_owned();
    }
    let kept: String = first.chars().take(LENGTH).collect();
    format!("{} …", kept.trim_end())
}
