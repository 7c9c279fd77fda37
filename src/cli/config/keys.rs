//! The keys in force, and which of them are other ones than those that ship.

use std::fmt::Write;

use crate::tui::keymap::{Binding, Context, Keymap};

/// Every place with its keys, each under the name by which the config file can change it.
pub fn told(keys: &Keymap) -> String {
    let changed = keys.bindings().iter().filter(|row| is_changed(row)).count();
    let mut text = match changed {
        0 => "\nKeys, as they ship".to_owned(),
        1 => "\nKeys, 1 of them changed".to_owned(),
        many => format!("\nKeys, {many} of them changed"),
    };
    text.push_str(" (`keys:` in the settings gives an action others)\n");
    for context in Context::ALL {
        // Writing to a text does not fail.
        let _ = writeln!(text, "  {} ({})", context.title(), context.name());
        for row in keys.of(*context) {
            let _ = writeln!(text, "{}", line(row).trim_end());
        }
    }
    text
}

fn line(row: &Binding) -> String {
    let names = if row.names.is_empty() {
        "(none)".to_owned()
    } else {
        row.names.join(" ")
    };
    let name = row.row.action.name();
    let shipped = if is_changed(row) {
        format!("  (shipped: {})", row.row.keys.join(" "))
    } else {
        String::new()
    };
    format!("    {names:<20} {name:<14} {}{shipped}", row.row.words)
}

fn is_changed(row: &Binding) -> bool {
    row.names
        .iter()
        .map(String::as_str)
        .ne(row.row.keys.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::keys;

    #[test]
    fn what_was_changed_is_told_beside_what_ships() {
        let shipped = told(&Keymap::default());
        assert!(shipped.contains("Keys, as they ship"), "{shipped}");
        assert!(!shipped.contains("(shipped:"), "{shipped}");
        let wishes = keys::read("keys: { note: N }").unwrap();
        let keys = Keymap::remapped(&wishes).unwrap();
        let text = told(&keys);
        assert!(text.contains("Keys, 1 of them changed"), "{text}");
        let note = text.lines().find(|line| line.contains(" note ")).unwrap();
        assert!(note.trim_start().starts_with("N "), "{note}");
        assert!(note.ends_with("(shipped: n)"), "{note}");
    }
}
