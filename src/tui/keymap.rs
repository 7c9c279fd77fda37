//! Which key does what where: the one table that dispatch, footers, help, the palette,
//! the README and remapping come from.

pub mod action;
pub mod context;
pub mod key;
pub mod remap;
pub mod table;

use std::{borrow::Cow, sync::Arc};

use crossterm::event::KeyEvent;

pub use action::Action;
pub use context::{Context, Place};
pub use key::Key;
pub use table::{Row, TABLE};

/// A row of the table with the keys that it has here.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The row.
    pub row: &'static Row,
    /// Its keys.
    pub keys: Vec<Key>,
    /// The same, as people write them.
    pub names: Vec<String>,
}

impl Binding {
    fn new(row: &'static Row, keys: Vec<Key>) -> Self {
        let names = keys.iter().map(ToString::to_string).collect();
        Self { row, keys, names }
    }
}

/// The keys as they are here; cheap to clone.
#[derive(Debug, Clone)]
pub struct Keymap(Arc<[Binding]>);

impl Default for Keymap {
    /// The keys of the table.
    fn default() -> Self {
        Self(TABLE.iter().map(as_shipped).collect())
    }
}

fn as_shipped(row: &'static Row) -> Binding {
    // A test reads every one of them.
    let keys = row.keys.iter().filter_map(|name| Key::read(name).ok());
    Binding::new(row, keys.collect())
}

impl Keymap {
    /// Every row, as the table has them.
    pub fn bindings(&self) -> &[Binding] {
        &self.0
    }

    /// What a key does in a place.
    pub fn action(&self, place: Place, event: KeyEvent) -> Option<Action> {
        let key = Key::of(event);
        let exact = self.find(place, key);
        // Whoever holds Shift with an arrow means the arrow, unless that has a meaning.
        exact.or_else(|| self.find(place, key.unshifted()?))
    }

    fn find(&self, place: Place, key: Key) -> Option<Action> {
        place.iter().find_map(|context| {
            self.of(*context)
                .find(|binding| binding.keys.contains(&key))
                .map(|binding| binding.row.action)
        })
    }

    /// The rows of a context.
    pub fn of(&self, context: Context) -> impl Iterator<Item = &Binding> {
        self.0
            .iter()
            .filter(move |binding| binding.row.context == context)
    }

    /// The first key of an action in a place, for hints; empty where it has none.
    pub fn key_of(&self, place: Place, action: Action) -> &str {
        place
            .iter()
            .flat_map(|context| self.of(*context))
            .filter(|binding| binding.row.action == action)
            .find_map(|binding| binding.names.first())
            .map_or("", String::as_str)
    }
}

impl Keymap {
    /// The key of an action for a sentence; where it has none, how else it is done.
    pub fn hint(&self, place: Place, action: Action) -> String {
        match self.key_of(place, action) {
            "" => format!("‘{}’ (which has no key)", action.name()),
            key => key.to_owned(),
        }
    }

    /// The keys of an action for a footer: of a way there and back both, and the arrows
    /// where they are among them. Empty where it has none.
    pub fn in_footer(&self, place: Place, action: Action) -> Cow<'_, str> {
        let key = self.key_of(place, action);
        let Some(back) = action.back_again() else {
            return Cow::Borrowed(key);
        };
        let has = |action, name: &str| {
            let mut rows = place.iter().flat_map(|context| self.of(*context));
            rows.find(|binding| binding.row.action == action)
                .is_some_and(|binding| binding.names.iter().any(|known| known == name))
        };
        let arrows = [("Up", "Down", "↑↓"), ("Left", "Right", "←→")];
        let found = arrows
            .iter()
            .find(|(before, after, _)| has(back, before) && has(action, after));
        match (found, self.key_of(place, back)) {
            (Some((_, _, arrows)), _) => Cow::Borrowed(arrows),
            (None, "") => Cow::Borrowed(key),
            (None, back) if key.is_empty() => Cow::Borrowed(back),
            (None, back) => Cow::Owned(format!("{back} {key}")),
        }
    }

    /// The keys of two actions that belong together, for a sentence.
    pub fn pair(&self, place: Place, one: Action, other: Action) -> String {
        format!("{} and {}", self.hint(place, one), self.hint(place, other))
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    #[test]
    fn every_key_of_the_table_is_one() {
        for row in TABLE {
            for name in row.keys {
                let told = Key::read(name).map(|key| key.to_string());
                assert_eq!(told.as_deref(), Ok(*name), "{row:?}");
            }
        }
    }

    #[test]
    fn no_key_stands_for_two_things_in_a_place() {
        let keys = Keymap::default();
        for place in context::PLACES {
            let mut seen: Vec<(Key, Context, Action)> = Vec::new();
            for context in *place {
                for binding in keys.of(*context) {
                    let Row {
                        context, action, ..
                    } = *binding.row;
                    for key in &binding.keys {
                        let other = seen.iter().find(|(known, first, other)| {
                            known == key && *other != action && !context::hides(*first, context)
                        });
                        assert!(
                            other.is_none(),
                            "{key}: {action:?} in {context:?} and {other:?}"
                        );
                        seen.push((*key, context, action));
                    }
                }
            }
        }
    }

    #[test]
    fn where_letters_are_typed_none_does_anything() {
        for binding in Keymap::default().bindings() {
            if binding.row.context.takes_letters() {
                let letter = binding.keys.iter().find(|key| key.is_letter());
                // A field with options takes no letters, and Space goes through them.
                let allowed = binding.row.action == Action::NextOption;
                assert!(letter.is_none() || allowed, "{:?}", binding.row);
            }
        }
    }

    #[test]
    fn every_action_is_in_the_table_and_has_a_name_of_its_own() {
        for action in Action::ALL {
            assert!(TABLE.iter().any(|row| row.action == *action), "{action:?}");
        }
        let contexts = Context::ALL.iter().map(|context| context.name());
        let mut names: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
        names.extend(contexts);
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "one name for two: {names:?}");
    }

    #[test]
    fn keys_are_found_where_one_stands() {
        let keys = Keymap::default();
        let press = |place, code, modifiers| keys.action(place, KeyEvent::new(code, modifiers));
        let (none, control) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
        assert_eq!(
            press(context::STEP, KeyCode::Enter, none),
            Some(Action::Next)
        );
        let capital = press(context::STEP, KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(capital, Some(Action::End));
        let leave = press(context::STEP, KeyCode::Char('c'), control);
        assert_eq!(leave, Some(Action::Leave));
        let arrow = press(context::PLAN, KeyCode::Down, KeyModifiers::SHIFT);
        assert_eq!(arrow, Some(Action::Down));
        assert_eq!(press(context::STEP, KeyCode::Char('Q'), none), None);
        assert_eq!(press(context::HOME, KeyCode::Char('q'), none), None);
        assert_eq!(press(context::TERMINAL, KeyCode::Char('c'), control), None);
        assert_eq!(keys.key_of(context::STEP, Action::Help), "?");
        assert_eq!(keys.key_of(context::HOME, Action::Help), "F1");
        assert_eq!(keys.key_of(context::HOME, Action::Stop), "");
    }
}
