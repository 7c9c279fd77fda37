//! The demo's scratch folder: two releases, a `current` link on the bad one, and a log.
use super::access_log::{self, Entry};
use super::file::{at, place};
use super::release::Release;
use super::traffic;
use super::utc::Utc;
use std::fmt::Write;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long ago the bad release went live, as the seeded log tells it.
const BAD_FOR: Duration = Duration::from_secs(20);

/// How far back the seeded log goes.
const HISTORY: Duration = Duration::from_mins(1);

/// Every how many requests the bad release fails one.
const FAIL_EVERY: u32 = 3;

const OLD_MIGRATION: (&str, &str) = (
    "0041_create_orders.sql",
    "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL);\n",
);
const NEW_MIGRATION: (&str, &str) = (
    "0042_add_coupon_to_orders.sql",
    "ALTER TABLE orders ADD COLUMN coupon text;\n",
);

/// A scratch folder on disk:
///
/// ```text
/// releases/20261120022430-good/   app.conf  index.html  migrations/0041…
/// releases/20261121022430-bad/    app.conf  index.html  migrations/0041… 0042…
/// current -> releases/20261121022430-bad
/// log/access.log                  one line a request; the first minute is seeded
/// port                            written by the service
/// stop                            written to end the service and its client
/// ```
#[derive(Debug)]
pub struct Scratch {
    root: PathBuf,
}

impl Scratch {
    /// Makes a new folder, open to its owner alone, inside `parent` (which must exist).
    pub fn create(parent: &Path) -> io::Result<Self> {
        let root = fresh_folder(&fs::canonicalize(parent).map_err(|error| at(parent, &error))?)?;
        let scratch = Self { root };
        scratch.fill().inspect_err(|_| {
            // The first error is the one to tell; a half-made folder is of no use to anyone.
            let _ = fs::remove_dir_all(&scratch.root);
        })?;
        Ok(scratch)
    }

    /// Takes up a folder that `create` made earlier.
    pub fn open(root: &Path) -> io::Result<Self> {
        let root = fs::canonicalize(root).map_err(|error| at(root, &error))?;
        Release::live(&root)?;
        Ok(Self { root })
    }

    /// The folder, as an absolute path without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Waits until the service has written down its port. Past `patience` it is an error of kind `TimedOut`.
    pub fn wait_for_port(&self, patience: Duration) -> io::Result<u16> {
        let start = Instant::now();
        loop {
            if let Some(port) = traffic::port(&self.root) {
                return Ok(port);
            }
            if start.elapsed() >= patience {
                let message = format!(
                    "the demo's service did not start within {patience:?} in {}",
                    self.root.display()
                );
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The inputs that point `runbooks/symlink-release.yaml` at this folder and a service on this port.
    pub fn inputs(&self, port: u16) -> Vec<(&'static str, String)> {
        let path = |name: &str| self.root.join(name).to_string_lossy().into_owned();
        vec![
            ("app", "shop".into()),
            ("releases_dir", path("releases")),
            ("current_link", path("current")),
            ("access_log", path(access_log::PATH)),
            ("status_field", access_log::STATUS_FIELD.to_string()),
            ("health_url", format!("http://127.0.0.1:{port}/health")),
            ("lock_file", path("deploy.lock")),
            ("migrations_dir", "migrations".into()),
            ("window", "200".into()),
            ("min_requests", "40".into()),
            ("watch_seconds", "3".into()),
            ("error_limit", "1".into()),
        ]
    }

    /// Asks the service and its client to end; they do within about a second (a client in the middle of a request: three).
    pub fn stop(&self) -> io::Result<()> {
        place(&self.root.join("stop"), "")
    }

    /// Deletes the folder. Wait first until the two processes have ended; one that has not ends when the folder is gone.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_dir_all(&self.root).map_err(|error| at(&self.root, &error))
    }

    fn fill(&self) -> io::Result<()> {
        let now = Utc::now();
        let good = format!("{}-good", now.before(Duration::from_hours(24)).compact());
        let bad = format!("{}-bad", now.before(BAD_FOR).compact());
        self.add_release(&good, "2.13.4", 0, &[OLD_MIGRATION])?;
        self.add_release(&bad, "2.14.0", FAIL_EVERY, &[OLD_MIGRATION, NEW_MIGRATION])?;
        let link = self.root.join("current");
        symlink(Path::new("releases").join(&bad), &link).map_err(|error| at(&link, &error))?;
        make_folder(&self.root.join("log"))?;
        place(
            &self.root.join(access_log::PATH),
            &seeded_log(now, &good, &bad),
        )
    }

    fn add_release(
        &self,
        name: &str,
        version: &str,
        fail_every: u32,
        migrations: &[(&str, &str)],
    ) -> io::Result<()> {
        let folder = self.root.join("releases").join(name);
        make_folder(&folder.join("migrations"))?;
        place(
            &folder.join("app.conf"),
            &format!("version={version}\nfail_every={fail_every}\n"),
        )?;
        place(
            &folder.join("index.html"),
            &format!("<title>shop</title><h1>shop {version}</h1>\n"),
        )?;
        for (file, sql) in migrations {
            place(&folder.join("migrations").join(file), sql)?;
        }
        Ok(())
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| at(path, &error))
}

/// A folder that nobody made before: `create` fails where one exists, so two demos never share one.
fn fresh_folder(parent: &Path) -> io::Result<PathBuf> {
    let stem = format!(
        "rbconsole-demo-{}-{}",
        Utc::now().compact(),
        std::process::id()
    );
    for attempt in 0..100 {
        let root = parent.join(format!("{stem}-{attempt}"));
        match DirBuilder::new().mode(0o700).create(&root) {
            Ok(()) => return Ok(root),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(at(&root, &error)),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!("{}/{stem}-… all exist", parent.display()),
    ))
}

/// The log of the minute before the demo: 40 s of the good release, then 20 s of the bad one, as the client would have
/// made it.
///
/// These lines are seeded, not measured, and each says so at its end. They are there for the first measurement to have
/// something to look at; every line after them is a real request.
fn seeded_log(now: Utc, good: &str, bad: &str) -> String {
    let mut log = String::new();
    let requests =
        u32::try_from(HISTORY.as_millis() / traffic::EVERY.as_millis()).unwrap_or(u32::MAX);
    for left in (1..=requests).rev() {
        // A little unevenness, the same every time, so that the lines read like traffic.
        let uneven = left.wrapping_mul(2_654_435_761) >> 20;
        let ago = traffic::EVERY * left + Duration::from_millis(u64::from(uneven % 9));
        let is_bad = ago <= BAD_FOR;
        let fails = is_bad && left % FAIL_EVERY == 0;
        let entry = Entry {
            time: now.before(ago),
            status: if fails { 500 } else { 200 },
            method: "GET",
            path: "/",
            release: if is_bad { bad } else { good },
            took: Duration::from_micros(120 + u64::from(uneven % 400)),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(log, "{entry} seeded");
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_complete_private_and_removed() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::create(&std::env::temp_dir()).unwrap();
        let root = scratch.root().to_owned();
        assert_eq!(
            fs::metadata(&root).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let live = Release::live(&root).unwrap();
        assert!(
            live.name.ends_with("-bad") && live.fail_every == 3 && live.version == "2.14.0",
            "{live:?}"
        );
        let names: Vec<_> = fs::read_dir(root.join("releases"))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 2);
        let other = Scratch::create(&std::env::temp_dir()).unwrap();
        assert_ne!(other.root(), root);
        other.remove().unwrap();
        assert_eq!(Scratch::open(&root).unwrap().root(), root);
        scratch.remove().unwrap();
        assert!(!root.exists());
    }

    #[test]
    fn the_seeded_minute_is_good_then_bad_and_says_that_it_is_seeded() {
        let log = seeded_log(Utc::now(), "1-good", "2-bad");
        let lines: Vec<&str> = log.lines().collect();
        assert_eq!(lines.len(), 1200);
        assert!(lines.iter().all(|line| line.ends_with(" seeded")));
        assert!(lines.is_sorted(), "times only go forward");
        let (good, bad): (Vec<&str>, Vec<&str>) = lines
            .iter()
            .partition(|line| line.contains("release=1-good "));
        let failed = |lines: &[&str]| lines.iter().filter(|line| line.contains(" 500 ")).count();
        assert_eq!(failed(&good), 0);
        assert!((395..=401).contains(&bad.len()), "{}", bad.len());
        assert!(failed(&bad).abs_diff(bad.len() / 3) <= 1);
    }

    #[test]
    fn a_service_that_never_starts_is_an_error_with_the_folder() {
        let scratch = Scratch::create(&std::env::temp_dir()).unwrap();
        let error = scratch
            .wait_for_port(Duration::from_millis(30))
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("rbconsole-demo-"), "{error}");
        scratch.remove().unwrap();
    }
}
