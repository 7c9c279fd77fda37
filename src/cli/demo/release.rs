//! A release: a folder that `current` points at.
use super::file::{at, read_small};
use std::io;
use std::path::Path;

/// What the live release says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The folder's name.
    pub name: String,
    /// The version in its `app.conf`.
    pub version: String,
    /// Every how many requests one fails; 0 is never.
    pub fail_every: u64,
    /// The page it serves.
    pub page: String,
}

impl Release {
    /// The release that `current` points at now.
    ///
    /// The link is resolved once, and both files are read through what it resolved to: a swap in between cannot give
    /// one release's page with another's name.
    pub fn live(scratch: &Path) -> io::Result<Self> {
        let link = scratch.join("current");
        let target = std::fs::read_link(&link).map_err(|error| at(&link, &error))?;
        let folder = scratch.join(&target);
        let name = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let conf = read_small(&folder.join("app.conf"))?;
        let value = |key: &str| {
            conf.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        };
        let fail_every = value("fail_every")
            .unwrap_or("0")
            .trim()
            .parse()
            .map_err(|_| {
                let message = format!(
                    "{}: fail_every is not a whole number",
                    folder.join("app.conf").display()
                );
                io::Error::new(io::ErrorKind::InvalidData, message)
            })?;
        let version = value("version").unwrap_or("unknown").trim().to_owned();
        Ok(Self {
            name,
            version,
            fail_every,
            page: read_small(&folder.join("index.html"))?,
        })
    }
}
