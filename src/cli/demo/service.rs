//! The demo's server: HTTP on loopback, served through the `current` link, which is resolved anew for every request.
mod request;
#[cfg(test)]
mod tests;

use super::access_log::{self, Entry, plain};
use super::file::place;
use super::life::{CHECK_EVERY, Life};
use super::release::Release;
use super::utc::Utc;
use request::Received;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long one client may take to ask.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many clients are heard at once.
const CLIENTS: usize = 32;

/// How long the server sleeps when nobody is there.
const IDLE: Duration = Duration::from_millis(2);

/// Serves `scratch/current` on 127.0.0.1, on a port that it writes to `scratch/port`, until `scratch/stop` appears, the
/// folder is gone, `finished` says so (asked twice a second) or two hours have passed.
///
/// `GET /` is the release's page; `GET /health` says how the live release fares. Every request is a line in the access
/// log. An error: the port could not be had, or a request could not be logged, since a log that lacks requests would
/// make the measured error rate a lie.
pub fn serve(scratch: &Path, finished: &dyn Fn() -> bool) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    place(
        &scratch.join("port"),
        &format!("{}\n", listener.local_addr()?.port()),
    )?;
    let life = Life::on(scratch);
    let site = Site {
        scratch,
        tally: Mutex::default(),
        fault: Mutex::default(),
        clients: AtomicUsize::new(0),
    };
    thread::scope(|scope| {
        let mut next_check = Instant::now();
        loop {
            if Instant::now() >= next_check {
                next_check = Instant::now() + CHECK_EVERY;
                if life.is_over(finished) || open(&site.fault).is_some() {
                    return;
                }
            }
            match listener.accept() {
                Ok((stream, _)) => {
                    let site = &site;
                    // A thread that cannot be had drops the stream: the client sees a closed connection and asks again.
                    let _ = thread::Builder::new().spawn_scoped(scope, move || site.hear(stream));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(IDLE),
                // A client that left at once, or no descriptors for a moment: neither is a reason to end.
                Err(_) => thread::sleep(IDLE * 10),
            }
        }
    });
    let fault = open(&site.fault).take();
    match fault {
        Some(fault) if !life.folder_is_gone() => Err(fault),
        _ => Ok(()),
    }
}

/// How the live release has fared since it became live.
#[derive(Debug, Default)]
struct Tally {
    release: String,
    requests: u64,
    failed: u64,
}

/// What all clients share.
struct Site<'a> {
    scratch: &'a Path,
    tally: Mutex<Tally>,
    fault: Mutex<Option<io::Error>>,
    clients: AtomicUsize,
}

/// What a request is answered with.
struct Answer {
    status: u16,
    release: String,
    body: String,
}

impl Answer {
    fn new(status: u16, release: &str, body: impl Into<String>) -> Self {
        Self {
            status,
            release: release.to_owned(),
            body: body.into(),
        }
    }
}

impl Site<'_> {
    /// Hears one client out: one request, one answer, one line in the log.
    fn hear(&self, mut stream: TcpStream) {
        let crowd = self.clients.fetch_add(1, Ordering::Relaxed);
        let (time, start) = (Utc::now(), Instant::now());
        // Accepted sockets take over the listener's mode on some systems.
        let ready = stream
            .set_nonblocking(false)
            .and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
        let received = match ready {
            Err(_) => Received::Nothing,
            Ok(()) if crowd >= CLIENTS => Received::Refused(503),
            Ok(()) => request::read(&mut stream, start + PATIENCE),
        };
        let begun = Instant::now();
        let (method, path, answer) = match received {
            Received::Nothing => {
                self.clients.fetch_sub(1, Ordering::Relaxed);
                return;
            }
            Received::Refused(status) => (
                String::new(),
                String::new(),
                Answer::new(status, "", "request refused\n"),
            ),
            Received::Request { method, path } => {
                let answer = self.answer(&method, &path);
                (method, path, answer)
            }
        };
        let Answer {
            status, release, ..
        } = &answer;
        let took = begun.elapsed();
        let entry = Entry {
            time,
            status: *status,
            method: &method,
            path: &path,
            release,
            took,
        };
        // Logged before it is sent: who has the answer finds the line.
        if let Err(error) = access_log::append(self.scratch, &entry) {
            open(&self.fault).get_or_insert(error);
        }
        if send(&mut stream, &answer, method != "HEAD").is_ok() {
            request::drain(&mut stream, Instant::now() + PATIENCE / 4);
        }
        self.clients.fetch_sub(1, Ordering::Relaxed);
    }

    fn answer(&self, method: &str, path: &str) -> Answer {
        if !matches!(method, "GET" | "HEAD") {
            return Answer::new(405, "", "only GET and HEAD are served\n");
        }
        let release = match Release::live(self.scratch) {
            Ok(release) => release,
            Err(error) => return Answer::new(503, "", format!("no release is live: {error}\n")),
        };
        match path {
            "/" => self.page(release),
            "/health" => self.health(&release),
            _ => Answer::new(404, &release.name, "no such page\n"),
        }
    }

    fn page(&self, release: Release) -> Answer {
        let mut tally = self.tally_of(&release);
        tally.requests += 1;
        if release.fail_every > 0 && tally.requests.is_multiple_of(release.fail_every) {
            tally.failed += 1;
            let body = format!("{}: the basket could not be loaded\n", release.version);
            return Answer::new(500, &release.name, body);
        }
        Answer::new(200, &release.name, release.page)
    }

    /// Healthy while at most one in twenty requests to the live release has failed.
    fn health(&self, release: &Release) -> Answer {
        let tally = self.tally_of(release);
        let (word, status) = if tally.failed * 20 > tally.requests {
            ("failing", 503)
        } else {
            ("ok", 200)
        };
        let Tally {
            requests, failed, ..
        } = *tally;
        let body = format!(
            "{word} version={} requests={requests} failed={failed}\n",
            release.version
        );
        Answer::new(status, &release.name, body)
    }

    /// The count for this release; another release's is forgotten.
    fn tally_of(&self, release: &Release) -> MutexGuard<'_, Tally> {
        let mut tally = open(&self.tally);
        if tally.release != release.name {
            *tally = Tally {
                release: release.name.clone(),
                ..Tally::default()
            };
        }
        tally
    }
}

fn send(stream: &mut TcpStream, answer: &Answer, with_body: bool) -> io::Result<()> {
    let Answer {
        status,
        release,
        body,
    } = answer;
    let reason = match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        _ => "Service Unavailable",
    };
    let (release, length) = (plain(release), body.len());
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
         Connection: close\r\nX-Release: {release}\r\n\r\n"
    );
    let text = if with_body { head + body } else { head };
    stream.write_all(text.as_bytes())?;
    stream.shutdown(Shutdown::Write)
}

/// The value, also after a thread died with the lock in hand: every change to it is a single step.
fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
