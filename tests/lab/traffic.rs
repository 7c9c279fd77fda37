//! Users: requests all the while, and who answered them with what.

use std::{
    collections::BTreeMap,
    fmt,
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// How many users there are, and how long each waits between two requests.
const USERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(5);

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Became {
    /// A version of the service answered, with this status.
    Answered { version: String, status: u16 },
    /// Nobody answered, or only what stands before the service: that is what a switch may do wrong.
    Dropped(String),
}

/// Requests that go on until this is ended or dropped.
pub struct Traffic {
    all: Arc<Mutex<Vec<Became>>>,
    over: Arc<AtomicBool>,
    users: Vec<thread::JoinHandle<()>>,
}

/// What came of a part of the traffic.
#[derive(Debug, Default)]
pub struct Tally {
    /// All requests.
    pub requests: usize,
    /// Those that no version of the service answered, and why not.
    pub dropped: Vec<String>,
    /// Those that the service itself answered with a server error.
    pub errors: usize,
    /// How many each version answered.
    pub versions: BTreeMap<String, usize>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} requests, {} dropped, {} errors of the service, answered by {:?}",
            self.requests,
            self.dropped.len(),
            self.errors,
            self.versions
        )
    }
}

impl Traffic {
    /// Users begin to ask for `/` on this port.
    pub fn to(port: &str) -> Self {
        let all = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let users = (0..USERS)
            .map(|_| {
                let (all, over) = (Arc::clone(&all), Arc::clone(&over));
                let address = format!("127.0.0.1:{port}");
                thread::spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        let became = ask(&address);
                        all.lock().expect("no user panicked").push(became);
                        thread::sleep(PAUSE);
                    }
                })
            })
            .collect();
        Self { all, over, users }
    }

    /// How many requests there have been: a mark to count from.
    pub fn mark(&self) -> usize {
        self.all.lock().expect("no user panicked").len()
    }

    /// What came of the requests since a mark.
    pub fn since(&self, mark: usize) -> Tally {
        let mut tally = Tally::default();
        for became in &self.all.lock().expect("no user panicked")[mark..] {
            tally.requests += 1;
            match became {
                Became::Dropped(why) => tally.dropped.push(why.clone()),
                Became::Answered { version, status } => {
                    *tally.versions.entry(version.clone()).or_default() += 1;
                    tally.errors += usize::from(*status >= 500);
                }
            }
        }
        tally
    }

    /// Waits for so many more requests, and says what came of them.
    pub fn next(&self, requests: usize) -> Tally {
        let mark = self.mark();
        super::sandbox::eventually("there are enough requests", || {
            let more = self.mark() - mark;
            if more >= requests {
                Ok(())
            } else {
                Err(format!("{more} of {requests}"))
            }
        });
        self.since(mark)
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for user in self.users.drain(..) {
            let _ = user.join();
        }
    }
}

/// One request over a connection of its own, as a new user makes it.
fn ask(address: &str) -> Became {
    let dropped = |error: std::io::Error| Became::Dropped(error.to_string());
    let answer = (|| {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET / HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    })();
    let answer: String = match answer {
        Ok(answer) => answer,
        Err(error) => return dropped(error),
    };
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let version = answer.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("x-version")
            .then(|| value.trim().to_owned())
    });
    match (status, version) {
        (Some(status), Some(version)) => Became::Answered { version, status },
        _ => Became::Dropped(answer.lines().next().unwrap_or("no answer").to_owned()),
    }
}
