//! Other keys than those of the table, as the config file wants them.

use std::sync::Arc;

use super::{
    Action, Binding, Context, Key, Keymap, TABLE, as_shipped,
    context::{PLACES, hides},
};
use crate::settings::keys::{KeyWish, Word};
use crate::template::similar::closest;
use crate::tui::words::clip;

/// What is wrong with a wish, and where it stands in the config file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} column {column}: keys: {what}")]
pub struct Wrong {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
    /// What is wrong, and how to mend it.
    pub what: String,
}

impl Wrong {
    fn at(word: &Word, what: String) -> Self {
        Self {
            line: word.line,
            column: word.column,
            what,
        }
    }
}

/// A row's new keys, each with its place in the file.
struct Wanted<'a> {
    keys: Vec<(Key, &'a Word)>,
    /// It names its context, which counts more than a wish for all of them.
    precise: bool,
}

impl Keymap {
    /// The table with other keys for some actions.
    ///
    /// # Errors
    /// Everything that is wrong with the wishes.
    pub fn remapped(wishes: &[KeyWish]) -> Result<Self, Vec<Wrong>> {
        // Each key would be compared with all others, for nothing.
        if wishes.is_empty() {
            return Ok(Self::default());
        }
        let mut wrong = Vec::new();
        let mut wanted: Vec<Option<Wanted<'_>>> = TABLE.iter().map(|_| None).collect();
        for wish in wishes {
            if let Err(found) = understand(wish, &mut wanted) {
                wrong.extend(found);
            }
        }
        let bindings: Vec<Binding> = TABLE
            .iter()
            .zip(&wanted)
            .map(|(row, wanted)| {
                let shipped = as_shipped(row);
                let Some(wanted) = wanted else {
                    return shipped;
                };
                let mut keys: Vec<Key> = Vec::new();
                let kept = shipped.keys.into_iter().filter(|key| fixed(*key).is_some());
                for key in wanted.keys.iter().map(|(key, _)| *key).chain(kept) {
                    if !keys.contains(&key) {
                        keys.push(key);
                    }
                }
                Binding::new(row, keys)
            })
            .collect();
        wrong.extend(clashes(&bindings, &wanted));
        if wrong.is_empty() {
            return Ok(Self(Arc::from(bindings)));
        }
        wrong.sort_by_key(|wrong| (wrong.line, wrong.column));
        wrong.dedup();
        Err(wrong)
    }
}

/// What a key always does, so that there is always a way on and a way out.
fn fixed(key: Key) -> Option<Action> {
    match key.to_string().as_str() {
        "Enter" => Some(Action::Next),
        "Esc" => Some(Action::Back),
        "Ctrl-c" => Some(Action::Leave),
        _ => None,
    }
}

/// Notes for each row what a wish wants of it.
fn understand<'a>(wish: &'a KeyWish, wanted: &mut [Option<Wanted<'a>>]) -> Result<(), Vec<Wrong>> {
    let context = wish.context.as_ref().map(context).transpose()?;
    let action = action(&wish.action, context)?;
    let mut wrong = Vec::new();
    let mut keys = Vec::new();
    for word in &wish.keys {
        match key(word, action) {
            Ok(key) => keys.push((key, word)),
            Err(found) => wrong.push(found),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if keys.is_empty() && needs_a_key(action) {
        let what = format!(
            "`{}` needs a key: nothing else does the same",
            action.name()
        );
        return Err(vec![Wrong::at(&wish.action, what)]);
    }
    let mut taken = false;
    for (row, wanted) in TABLE.iter().zip(wanted) {
        let meant = context.is_none_or(|context| context == row.context);
        if row.action != action || !meant {
            continue;
        }
        let letters = row.context.takes_letters();
        if letters
            && context.is_some()
            && let Some((key, word)) = keys.iter().find(|(key, _)| key.is_letter())
        {
            return Err(vec![no_letters(*key, word, row.context)]);
        }
        // Said of all places at once, a letter is meant where letters are keys.
        let fitting: Vec<(Key, &Word)> = keys
            .iter()
            .filter(|(key, _)| !(letters && key.is_letter()))
            .copied()
            .collect();
        if fitting.is_empty() && !keys.is_empty() {
            continue;
        }
        taken = true;
        if context.is_some() || wanted.as_ref().is_none_or(|known| !known.precise) {
            *wanted = Some(Wanted {
                keys: fitting,
                precise: context.is_some(),
            });
        }
    }
    let row = TABLE.iter().find(|row| row.action == action);
    match (taken, keys.first(), row) {
        (false, Some((key, word)), Some(row)) => Err(vec![no_letters(*key, word, row.context)]),
        _ => Ok(()),
    }
}

fn no_letters(key: Key, word: &Word, context: Context) -> Wrong {
    Wrong::at(
        word,
        format!(
            "`{key}` is typed as a letter in `{}`: take one with Ctrl or Alt, or a function key",
            context.name()
        ),
    )
}

/// A word as it can be told.
fn told(word: &Word) -> String {
    clip(&word.text, 40)
}

fn context(word: &Word) -> Result<Context, Vec<Wrong>> {
    let all = || Context::ALL.iter();
    if let Some(context) = all().find(|context| context.name() == word.text) {
        return Ok(*context);
    }
    let hint = closest(&word.text, all().map(|context| context.name())).map_or_else(
        || {
            let names: Vec<&str> = all().map(|context| context.name()).collect();
            format!("there are {}", names.join(", "))
        },
        |near| format!("is `{near}` meant?"),
    );
    let what = format!("there is no place `{}`: {hint}", told(word));
    Err(vec![Wrong::at(word, what)])
}

fn action(word: &Word, context: Option<Context>) -> Result<Action, Vec<Wrong>> {
    let here = |action: &Action| {
        TABLE
            .iter()
            .any(|row| row.action == *action && context.is_none_or(|it| it == row.context))
    };
    let known = Action::ALL.iter().find(|action| action.name() == word.text);
    let what = match (known, context) {
        (Some(action), _) if here(action) => return Ok(*action),
        (Some(action), Some(context)) => {
            let places: Vec<&str> = TABLE
                .iter()
                .filter(|row| row.action == *action)
                .map(|row| row.context.name())
                .collect();
            format!(
                "there is no `{}` in `{}`: it is in {}",
                action.name(),
                context.name(),
                places.join(", ")
            )
        }
        _ => {
            let names = Action::ALL.iter().filter(|it| here(it)).map(|it| it.name());
            let contexts = Context::ALL.iter().map(|context| context.name());
            let hint = match context {
                Some(_) => closest(&word.text, names),
                None => closest(&word.text, names.chain(contexts)),
            };
            hint.map_or_else(
                || {
                    format!(
                        "there is no action `{}`: the README lists what there is",
                        told(word)
                    )
                },
                |near| format!("there is no action `{}`: is `{near}` meant?", told(word)),
            )
        }
    };
    Err(vec![Wrong::at(word, what)])
}

fn key(word: &Word, action: Action) -> Result<Key, Wrong> {
    let key = Key::read(&word.text).map_err(|why| {
        let what = format!("`{}` is no key: {why}", told(word));
        Wrong::at(word, what)
    })?;
    match fixed(key) {
        Some(always) if always != action => {
            let what = format!(
                "`{key}` is always `{}`, so that there is a way on and a way out: `{}` cannot \
                 have it",
                always.name(),
                action.name()
            );
            Err(Wrong::at(word, what))
        }
        _ => Ok(key),
    }
}

/// Nothing else does what these do.
fn needs_a_key(action: Action) -> bool {
    matches!(
        action,
        Action::StopTyping | Action::Confirm | Action::Submit | Action::Trust
    )
}

/// Keys that would stand for two things where both count.
fn clashes(bindings: &[Binding], wanted: &[Option<Wanted<'_>>]) -> Vec<Wrong> {
    let place_of = |number: usize, key: Key| {
        let wanted = wanted.get(number)?.as_ref()?;
        let found = wanted.keys.iter().find(|(known, _)| *known == key);
        found.map(|(_, word)| *word)
    };
    let mut found = Vec::new();
    for (number, one) in bindings.iter().enumerate() {
        for (other_number, other) in bindings.iter().enumerate().skip(number + 1) {
            if one.row.action == other.row.action || !meet(one.row.context, other.row.context) {
                continue;
            }
            for key in one.keys.iter().filter(|key| other.keys.contains(key)) {
                let (first, second) = (place_of(number, *key), place_of(other_number, *key));
                // The later of two wishes is told, as the one that came to a taken key.
                let (word, other_word, mine, theirs) = match (first, second) {
                    (Some(first), Some(second))
                        if (first.line, first.column) > (second.line, second.column) =>
                    {
                        (first, Some(second), one, other)
                    }
                    (first, Some(second)) => (second, first, other, one),
                    (Some(first), None) => (first, None, one, other),
                    (None, None) => continue,
                };
                let theirs_at = other_word.map_or_else(
                    || ": give that another key, or take another one here".to_owned(),
                    |word| format!(", as line {} wants it", word.line),
                );
                let what = format!(
                    "`{key}` cannot be `{}` in `{}`: it is `{}` in `{}`{theirs_at}",
                    mine.row.action.name(),
                    mine.row.context.name(),
                    theirs.row.action.name(),
                    theirs.row.context.name(),
                );
                found.push(Wrong::at(word, what));
            }
        }
    }
    found
}

/// Whether the keys of two contexts count at once and neither hides the other's.
fn meet(one: Context, other: Context) -> bool {
    let together = |place: &&[Context]| place.contains(&one) && place.contains(&other);
    PLACES.iter().any(together) && !hides(one, other) && !hides(other, one)
}

#[cfg(test)]
mod tests;
