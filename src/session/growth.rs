//! Hears that something is written in a folder, such as a log that was silent or a watched
//! run's journal, so that nobody has to look at it again and again.
//!
//! A folder tells of the first thing that is written in it and then of nothing more
//! until it is asked to again: a command that prints much costs no more for it. One
//! that was asked and is looked at no more may tell once; then somebody looks in
//! vain.

#[cfg(target_os = "linux")]
use std::io;
use std::path::Path;

#[cfg(target_os = "linux")]
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
#[cfg(target_os = "linux")]
use tokio::net::unix::pipe;

/// Listens to the folders that it is asked to.
#[derive(Debug)]
pub struct Growth {
    #[cfg(target_os = "linux")]
    told: Option<pipe::Receiver>,
}

#[cfg(target_os = "linux")]
impl Growth {
    /// Listens to nothing yet; in a runtime.
    pub fn begin() -> Self {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK);
        Self {
            // A machine or a user may have too many of them already. To the runtime it
            // is what a pipe's end is: something to read from.
            told: inotify
                .ok()
                .and_then(|inotify| pipe::Receiver::from_owned_fd_unchecked(inotify).ok()),
        }
    }

    /// From now on hears what is written in this folder, and who stops writing there;
    /// false where that cannot be had.
    pub fn listen(&mut self, folder: &Path) -> bool {
        let what = WatchFlags::MODIFY
            | WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::ONESHOT;
        self.told
            .as_ref()
            .is_some_and(|told| inotify::add_watch(told, folder, what).is_ok())
    }

    /// Waits for something to be written. Safe to cancel.
    pub async fn heard(&self) {
        if let Some(told) = &self.told
            && told.readable().await.is_ok()
            && take_in(told).is_ok()
        {
            return;
        }
        // Nobody hears any more; the looks once a second remain.
        std::future::pending::<()>().await;
    }
}

/// Takes in everything that was told: that it was is all that matters.
#[cfg(target_os = "linux")]
fn take_in(told: &pipe::Receiver) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match told.try_read(&mut buffer) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Growth {
    /// Hears nothing here.
    pub fn begin() -> Self {
        Self {}
    }

    /// False: it cannot be had.
    pub fn listen(&mut self, _: &Path) -> bool {
        false
    }

    /// Waits for ever.
    pub async fn heard(&self) {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::output::{Log, Stream};

    async fn hears(growth: &Growth, within: u64) -> bool {
        let within = Duration::from_millis(within);
        tokio::time::timeout(within, growth.heard()).await.is_ok()
    }

    #[tokio::test]
    async fn the_first_bytes_are_heard_and_others_only_when_asked_again() {
        let scratch = tempfile::tempdir().unwrap();
        let mut log = Log::create(scratch.path()).unwrap();
        let mut growth = Growth::begin();
        log.append(Stream::Out, b"before\n", 0).unwrap();
        assert!(growth.listen(scratch.path()));
        assert!(!hears(&growth, 50).await);
        log.append(Stream::Out, b"first\n", 100).unwrap();
        assert!(hears(&growth, 20_000).await);
        log.append(Stream::Out, b"second\n", 200).unwrap();
        assert!(!hears(&growth, 50).await);
        assert!(growth.listen(scratch.path()));
        log.append(Stream::Out, b"third\n", 300).unwrap();
        assert!(hears(&growth, 20_000).await);
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_yet_is_said() {
        let scratch = tempfile::tempdir().unwrap();
        assert!(!Growth::begin().listen(&scratch.path().join("nowhere")));
    }
}
