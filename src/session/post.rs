//! The inbox, looked into on a thread of its own: reading its files and removing them
//! takes as long as the disk wants, and the screen waits for neither.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, SystemTime},
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::inbox::{self, Message};
use crate::crash;
use crate::run_dir::RunDir;

/// A folder that was changed so lately may have been changed again within the same tick of
/// its clock.
const FRESH: Duration = Duration::from_secs(2);

/// What the thread is to do.
enum Errand {
    Look,
    Remove(PathBuf),
}

/// What it has done.
enum Done {
    Looked(Vec<(PathBuf, Message)>),
    Removed(PathBuf),
}

/// Whoever looks into the inbox. Dropping it removes what is to be removed first.
pub(super) struct Post {
    dir: RunDir,
    worker: Option<Worker>,
    /// When the folder was changed last, as far as it was looked at.
    seen: Option<SystemTime>,
    /// So many errands are under way.
    under_way: usize,
    /// These files are as good as removed.
    leaving: BTreeSet<PathBuf>,
}

struct Worker {
    errands: Option<Sender<Errand>>,
    done: UnboundedReceiver<Done>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Post {
    /// Nothing is looked at yet, and there is no thread as long as nobody left anything.
    pub(super) fn of(dir: &RunDir) -> Self {
        Self {
            dir: dir.clone(),
            worker: None,
            seen: None,
            under_way: 0,
            leaving: BTreeSet::new(),
        }
    }

    /// Looks into the inbox, if anything was put there or taken away since the last time.
    pub(super) fn look(&mut self) -> io::Result<()> {
        let Ok(changed) = fs::metadata(self.dir.inbox()).and_then(|meta| meta.modified()) else {
            return Ok(());
        };
        if self.seen == Some(changed) {
            return Ok(());
        }
        let age = SystemTime::from(super::system_clock()).duration_since(changed);
        let is_fresh = age.is_ok_and(|age| age < FRESH);
        self.seen = (!is_fresh).then_some(changed);
        if self.worker.is_none() && is_empty(&self.dir.inbox()) {
            return Ok(());
        }
        self.send(Errand::Look)
    }

    /// What was found was not dealt with: the next look finds it again.
    pub(super) fn look_again(&mut self) {
        self.seen = None;
    }

    /// Looks into it in any case.
    pub(super) fn look_closely(&mut self) -> io::Result<()> {
        self.send(Errand::Look)
    }

    /// Removes a file whose message is dealt with. One that stays all the same is taken in
    /// again: a note twice is better than none.
    pub(super) fn remove(&mut self, file: &Path) {
        self.leaving.insert(file.to_owned());
        if self.send(Errand::Remove(file.to_owned())).is_err() {
            remove(file);
            self.leaving.remove(file);
        }
    }

    fn send(&mut self, mut errand: Errand) -> io::Result<()> {
        // One that died is found out by the first errand that it does not take.
        for _ in 0..2 {
            let worker = match &mut self.worker {
                Some(worker) => worker,
                none => {
                    none.insert(Worker::start(self.dir.clone()).inspect_err(|_| self.seen = None)?)
                }
            };
            errand = match worker.take(errand) {
                Ok(()) => {
                    self.under_way += 1;
                    return Ok(());
                }
                Err(errand) => errand,
            };
            self.bury();
        }
        Err(io::Error::other("nobody looks into the inbox any more"))
    }

    /// Does what somebody who died has left to do: what they looked for is looked for again,
    /// by another, and what they were to remove goes now.
    fn bury(&mut self) {
        self.worker = None;
        self.seen = None;
        self.under_way = 0;
        for file in std::mem::take(&mut self.leaving) {
            remove(&file);
        }
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.under_way == 0
    }

    /// The messages that a look has found and that are not dealt with. Waits for ever where
    /// nothing is under way. Safe to cancel.
    pub(super) async fn found(&mut self) -> Vec<(PathBuf, Message)> {
        while let Some(worker) = self.worker.as_mut().filter(|_| self.under_way > 0) {
            let Some(done) = worker.done.recv().await else {
                // It panicked. Who waits for everything to be done must hear of it.
                self.bury();
                return Vec::new();
            };
            self.under_way -= 1;
            match done {
                Done::Removed(file) => {
                    self.leaving.remove(&file);
                    // Who waits for everything to be done must hear of it.
                    if self.under_way == 0 {
                        return Vec::new();
                    }
                }
                Done::Looked(found) => {
                    let is_new = |(file, _): &(PathBuf, Message)| !self.leaving.contains(file);
                    return found.into_iter().filter(is_new).collect();
                }
            }
        }
        std::future::pending().await
    }
}

impl Worker {
    fn start(dir: RunDir) -> io::Result<Self> {
        let (errands, theirs) = mpsc::channel();
        let (tell, done) = unbounded_channel();
        let thread = thread::Builder::new()
            .name("inbox".to_owned())
            .stack_size(256 << 10)
            .spawn(move || work(&dir, &theirs, &tell))?;
        Ok(Self {
            errands: Some(errands),
            done,
            thread: Some(thread),
        })
    }

    /// Hands an errand over; it comes back where nobody lives to do it.
    fn take(&self, errand: Errand) -> Result<(), Errand> {
        match &self.errands {
            Some(errands) => errands.send(errand).map_err(|unsent| unsent.0),
            None => Err(errand),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.errands = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            let _ = thread.join();
        }
    }
}

fn work(dir: &RunDir, errands: &Receiver<Errand>, tell: &UnboundedSender<Done>) {
    for errand in errands {
        // Nobody may hear it any more; the files go all the same.
        let _ = tell.send(match errand {
            Errand::Look => Done::Looked(inbox::waiting(dir)),
            Errand::Remove(file) => {
                remove(&file);
                Done::Removed(file)
            }
        });
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut items| items.next().is_none())
}

fn remove(file: &Path) {
    crash::point("console.note_recorded");
    let _ = fs::remove_file(file);
    crash::point("console.note_removed");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(scratch: &Path) -> RunDir {
        RunDir::create(scratch, "run").unwrap()
    }

    fn put(dir: &RunDir, name: &str) -> PathBuf {
        let message = Message::note("ben".to_owned(), name.to_owned(), None);
        inbox::put(dir, &message, name).unwrap();
        dir.inbox().join(format!("{name}.json"))
    }

    fn texts(found: &[(PathBuf, Message)]) -> Vec<&str> {
        found.iter().map(|(_, note)| note.text.as_str()).collect()
    }

    #[tokio::test]
    async fn what_is_as_good_as_removed_is_not_found_again() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = dir(scratch.path());
        let mut post = Post::of(&dir);
        let one = put(&dir, "one");
        post.look().unwrap();
        assert_eq!(texts(&post.found().await), ["one"]);
        // A look that began before the file was gone.
        post.look_closely().unwrap();
        post.remove(&one);
        put(&dir, "two");
        post.look_closely().unwrap();
        let mut found = Vec::new();
        while !post.is_idle() {
            found.extend(post.found().await);
        }
        let texts = texts(&found);
        assert!(
            texts.contains(&"two") && !texts.contains(&"one"),
            "{texts:?}"
        );
        assert!(!one.exists());
    }

    #[tokio::test]
    async fn nobody_looks_where_nothing_changes() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = dir(scratch.path());
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let inbox = fs::File::open(dir.inbox()).unwrap();
        inbox.set_modified(long_ago).unwrap();
        let mut post = Post::of(&dir);
        post.look().unwrap();
        assert!(post.is_idle() && post.worker.is_none());
        let one = put(&dir, "one");
        post.look().unwrap();
        assert_eq!(texts(&post.found().await), ["one"]);
        // It is found again until it is dealt with: the change is fresh.
        post.look().unwrap();
        assert_eq!(texts(&post.found().await), ["one"]);
        post.remove(&one);
        assert!(post.found().await.is_empty() && post.is_idle());
        inbox.set_modified(long_ago).unwrap();
        post.look().unwrap();
        assert!(post.found().await.is_empty());
        post.look().unwrap();
        assert!(post.is_idle());
    }

    /// A thread that takes this errand and dies of it.
    fn mortal(post: &mut Post) {
        let (errands, theirs) = mpsc::channel();
        let (tell, done) = unbounded_channel();
        post.worker = Some(Worker {
            errands: Some(errands),
            done,
            thread: Some(thread::spawn(move || drop((theirs.recv(), tell)))),
        });
    }

    /// As a session does it when the run is let go.
    async fn settle(post: &mut Post) -> Vec<(PathBuf, Message)> {
        let mut found = Vec::new();
        while !post.is_idle() {
            let found_now = tokio::time::timeout(Duration::from_secs(20), post.found());
            found.extend(found_now.await.expect("it ends"));
        }
        found
    }

    #[tokio::test]
    async fn whoever_died_looking_is_followed_by_another() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = dir(scratch.path());
        let mut post = Post::of(&dir);
        put(&dir, "one");
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let inbox = fs::File::open(dir.inbox()).unwrap();
        inbox.set_modified(long_ago).unwrap();
        mortal(&mut post);
        post.look().unwrap();
        assert!(settle(&mut post).await.is_empty());
        // Nothing was put there since, and all the same it is looked at again.
        post.look().unwrap();
        assert_eq!(texts(&settle(&mut post).await), ["one"]);
    }

    #[tokio::test]
    async fn whoever_died_unseen_is_replaced_at_once() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = dir(scratch.path());
        let mut post = Post::of(&dir);
        let (one, _two) = (put(&dir, "one"), put(&dir, "two"));
        mortal(&mut post);
        post.remove(&one);
        let dies = |it: &Worker| it.thread.as_ref().is_some_and(|it| !it.is_finished());
        while post.worker.as_ref().is_some_and(dies) {
            tokio::task::yield_now().await;
        }
        post.look_closely().unwrap();
        assert_eq!(texts(&settle(&mut post).await), ["two"]);
        assert!(!one.exists(), "what was to be removed is not forgotten");
    }

    #[tokio::test]
    async fn what_is_to_be_removed_is_gone_in_the_end() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = dir(scratch.path());
        let files: Vec<PathBuf> = (0..50).map(|n| put(&dir, &format!("n{n:02}"))).collect();
        let mut post = Post::of(&dir);
        post.look().unwrap();
        assert_eq!(post.found().await.len(), 50);
        for file in &files {
            post.remove(file);
        }
        drop(post);
        assert!(files.iter().all(|file| !file.exists()));
    }
}
