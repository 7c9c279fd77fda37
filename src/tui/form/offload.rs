//! Something that takes time, off the thread that draws.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::task::JoinHandle;

/// Work on a thread of its own. Dropping this tells it that nobody wants to know
/// any more.
pub struct Offload<T> {
    work: JoinHandle<T>,
    cancel: Arc<AtomicBool>,
}

impl<T: Send + 'static> Offload<T> {
    /// Starts it.
    pub fn start(work: impl FnOnce(&AtomicBool) -> T + Send + 'static) -> Self {
        let cancel = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&cancel);
        Self {
            work: tokio::task::spawn_blocking(move || work(&told)),
            cancel,
        }
    }

    /// What came of it; none when it came to grief. Safe to cancel, and not to be
    /// asked again after it answered.
    pub async fn answer(&mut self) -> Option<T> {
        (&mut self.work).await.ok()
    }
}

impl<T> Drop for Offload<T> {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}
