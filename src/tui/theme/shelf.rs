//! Where themes are found: the operator's folder first, then what is built in.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::palette::{Palette, read};

/// The themes that are built in, the one that is used by default first.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("dark", include_str!("../../../themes/dark.yaml")),
    ("light", include_str!("../../../themes/light.yaml")),
    (
        "high-contrast",
        include_str!("../../../themes/high-contrast.yaml"),
    ),
    (
        "colour-blind",
        include_str!("../../../themes/colour-blind.yaml"),
    ),
    ("mono", include_str!("../../../themes/mono.yaml")),
];

/// Why a theme cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// Nobody has made it.
    #[error(
        "there is no theme `{name}`: {}, or a file {name}.yaml of your own in {}",
        names(),
        folder.display()
    )]
    Unknown {
        /// Its name.
        name: String,
        /// Where the operator's own stand.
        folder: PathBuf,
    },
    /// Its file cannot be read.
    #[error("the theme {} cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Its file is wrong.
    #[error("{place}: {words}")]
    Wrong {
        /// The file, with the line.
        place: String,
        /// What is wrong and how to mend it.
        words: String,
    },
}

fn names() -> String {
    let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// The largest file that is read as a theme.
const MAX_BYTES: u64 = 64 << 10;

/// What is built in under this name.
pub fn built_in(name: &str) -> Option<Palette> {
    let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
    // Only what has all colours of its own can be a beginning for others.
    read(text, |_| None).ok()
}

/// The theme of this name, and the file if it is the operator's own.
///
/// # Errors
/// When there is none or its file is wrong.
pub fn find(name: &str, folder: &Path) -> Result<(Palette, Option<PathBuf>), ThemeError> {
    let unknown = || ThemeError::Unknown {
        name: name.to_owned(),
        folder: folder.to_owned(),
    };
    // A name is not a way to somewhere else.
    if name.is_empty() || name.contains(['/', '\\', '\0']) || name.starts_with('.') {
        return Err(unknown());
    }
    let path = folder.join(format!("{name}.yaml"));
    let unreadable = |error| ThemeError::Unreadable {
        path: path.clone(),
        error,
    };
    match std::fs::metadata(&path) {
        Ok(about) if !about.is_file() => Err(unreadable(io::Error::other("it is not a file"))),
        Ok(about) if about.len() > MAX_BYTES => Err(unreadable(io::Error::other(
            "it is too large to be a theme",
        ))),
        Ok(_) => {
            let text = std::fs::read_to_string(&path).map_err(unreadable)?;
            let palette = read(&text, built_in).map_err(|fault| ThemeError::Wrong {
                place: match fault.line {
                    Some(line) => format!("{}:{line}", path.display()),
                    None => path.display().to_string(),
                },
                words: fault.words,
            })?;
            Ok((palette, Some(path)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => built_in(name)
            .map(|palette| (palette, None))
            .ok_or_else(unknown),
        Err(error) => Err(unreadable(error)),
    }
}

/// Every theme by name: what is built in, then the operator's own.
pub fn all(folder: &Path) -> Vec<String> {
    let mut own: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .filter(|name| !name.starts_with('.'))
        .collect();
    own.sort();
    let built_in = BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
    let mut all: Vec<String> = built_in.collect();
    own.retain(|name| !all.contains(name));
    all.extend(own);
    all
}
