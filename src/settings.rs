//! The operator's config file and the directories.

pub mod keys;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use keys::KeyWish;

/// Where things stand and what the operator prefers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where runs are kept.
    pub state: PathBuf,
    /// Where the config file, the operator's runbooks and themes stand.
    pub config: PathBuf,
    /// Folders with runbooks, in order.
    pub runbooks: Vec<PathBuf>,
    /// The theme's name; none: chosen by the terminal's background.
    pub theme: Option<String>,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// Patterns that `report --redact` leaves out.
    pub redact: Vec<String>,
    /// How much output is kept.
    pub output: OutputLimits,
    /// Other keys than those that ship.
    pub keys: Vec<KeyWish>,
    /// How an operator who looks elsewhere is told that they are needed.
    pub notify: Notify,
    /// Whether texts are put on the terminal's clipboard.
    pub clipboard: bool,
}

/// How an operator who looks elsewhere is told that they are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// Not at all.
    Off,
    /// By the terminal's bell.
    Bell,
    /// By a notification, where the terminal has them.
    #[default]
    Osc,
}

/// How much output is kept, in bytes; what is not said is as the executor has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutputLimits {
    /// Of one attempt.
    pub attempt: Option<u64>,
    /// Of a whole run.
    pub run: Option<u64>,
}

/// The config file.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    runbooks: Vec<PathBuf>,
    theme: Option<String>,
    mouse: Option<bool>,
    redact: Vec<String>,
    output: OutputSizes,
    /// Read by [`keys::read`], with their places.
    keys: serde::de::IgnoredAny,
    notify: Option<Notify>,
    clipboard: Option<bool>,
}

/// Sizes as they are written there: `500 MB`, `10GB`, or a number of bytes.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct OutputSizes {
    per_attempt: Option<Written>,
    per_run: Option<Written>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Written {
    Bytes(u64),
    Words(String),
}

impl Written {
    /// The number of bytes: one must be able to say something with less than the least.
    fn bytes(&self) -> Result<u64, String> {
        let (shown, bytes) = match self {
            Written::Bytes(bytes) => (bytes.to_string(), Some(*bytes)),
            Written::Words(words) => (words.clone(), size(words)),
        };
        let bytes = bytes
            .ok_or_else(|| format!("`{shown}` is not a size: write it as `500 MB` or `10 GB`"))?;
        if bytes < LEAST_OUTPUT {
            return Err(format!(
                "`{shown}` is too little output to keep: 1 MB at least"
            ));
        }
        Ok(bytes)
    }
}

/// The least output that can be asked to be kept.
const LEAST_OUTPUT: u64 = 1_000_000;

fn size(words: &str) -> Option<u64> {
    let words = words.trim();
    let digits = words.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = words.split_at(digits);
    let unit: u64 = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Why the settings cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The system does not say where files belong.
    #[error(
        "cannot tell where to keep files: set HOME, or RBCONSOLE_STATE_DIR and RBCONSOLE_CONFIG_DIR"
    )]
    Homeless,
    /// The config file is wrong.
    #[error("{path}: {reason}")]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Settings {
    /// Reads the environment and the config file.
    ///
    /// # Errors
    /// When there is no place for files or the config file is wrong.
    pub fn load() -> Result<Self, SettingsError> {
        let state = state_directory().ok_or(SettingsError::Homeless)?;
        let config = said("RBCONSOLE_CONFIG_DIR")
            .or_else(|| directories().map(|d| d.config_dir().to_owned()))
            .ok_or(SettingsError::Homeless)?;
        let path = file_in(&config);
        let wrong = |reason: String| SettingsError::Config {
            path: path.clone(),
            reason,
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(wrong(error.to_string())),
        };
        let (file, keys) = if text.trim().is_empty() {
            (File::default(), Vec::new())
        } else {
            let file = serde_saphyr::from_str(&text).map_err(|error| wrong(error.to_string()))?;
            (file, keys::read(&text).map_err(wrong)?)
        };
        let limit = |written: &Option<Written>| {
            let bytes = written.as_ref().map(Written::bytes).transpose();
            bytes.map_err(|reason| wrong(format!("output: {reason}")))
        };
        let output = OutputLimits {
            attempt: limit(&file.output.per_attempt)?,
            run: limit(&file.output.per_run)?,
        };
        let mut runbooks = vec![PathBuf::from("runbooks")];
        runbooks.extend(file.runbooks);
        runbooks.push(config.join("runbooks"));
        Ok(Self {
            state,
            config,
            runbooks,
            theme: file.theme,
            mouse: file.mouse.unwrap_or(true),
            redact: file.redact,
            output,
            keys,
            notify: file.notify.unwrap_or_default(),
            clipboard: file.clipboard.unwrap_or(true),
        })
    }

    /// The config file.
    pub fn file(&self) -> PathBuf {
        file_in(&self.config)
    }

    /// Where the runs' directories stand.
    pub fn runs(&self) -> PathBuf {
        self.state.join("runs")
    }
}

/// Where runs and the trace file stand: as the environment says, else where the system keeps
/// state; none if neither says.
pub fn state_directory() -> Option<PathBuf> {
    said("RBCONSOLE_STATE_DIR").or_else(|| {
        // Not every system has a place for state; its local data is the next best.
        let known = directories()?;
        let state = known.state_dir().unwrap_or_else(|| known.data_local_dir());
        Some(state.to_owned())
    })
}

fn directories() -> Option<directories::ProjectDirs> {
    directories::ProjectDirs::from("", "", "rbconsole")
}

/// A path that a variable of the environment says.
fn said(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable)?;
    (!value.is_empty()).then(|| value.into())
}

fn file_in(config: &Path) -> PathBuf {
    config.join("config.yaml")
}

/// The operator's name: the login name, or the user's number.
pub fn operator() -> String {
    let name = ["RBCONSOLE_OPERATOR", "SUDO_USER", "USER", "LOGNAME"]
        .iter()
        .filter_map(|variable| std::env::var(variable).ok())
        .map(|name| clean(&name))
        .find(|name| !name.is_empty());
    let uid = rustix::process::getuid().as_raw();
    name.or_else(|| login_name(uid))
        .unwrap_or_else(|| format!("user {uid}"))
}

/// The name of the account that runs this program, or its number.
pub fn login() -> String {
    let uid = rustix::process::getuid().as_raw();
    login_name(uid).unwrap_or_else(|| format!("user {uid}"))
}

/// The terminal that this program stands in, if it stands in one.
pub fn terminal() -> Option<String> {
    let name = rustix::termios::ttyname(std::io::stdin(), Vec::new()).ok()?;
    let name = clean(&name.to_string_lossy());
    Some(name.strip_prefix("/dev/").unwrap_or(&name).to_owned())
}

/// Where the operator comes from, if they came over the network: as the login said.
pub fn origin() -> Option<String> {
    let connection = std::env::var("SSH_CONNECTION").ok()?;
    let from = clean(connection.split_whitespace().next()?);
    (!from.is_empty()).then_some(from)
}

/// The name of a user in the password file.
pub fn login_name(uid: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then(|| clean(name))
    })
}

/// The machine's name.
pub fn host() -> String {
    let uname = rustix::system::uname();
    clean(&uname.nodename().to_string_lossy())
}

fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_people_write_them() {
        for (words, bytes) in [
            ("10GB", Some(10_000_000_000)),
            ("500 mb", Some(500_000_000)),
            ("1000000", Some(1_000_000)),
            ("2 TB", Some(2_000_000_000_000)),
            ("GB", None),
            ("1.5 GB", None),
            ("10 gib", None),
            ("-1 GB", None),
            ("99999999999 TB", None),
        ] {
            assert_eq!(size(words), bytes, "{words}");
        }
    }

    #[test]
    fn the_config_file_may_say_how_much_output_is_kept() {
        let file: File =
            serde_saphyr::from_str("output: { per_attempt: 2 GB, per_run: 5000000 }").unwrap();
        let bytes = |written: &Option<Written>| written.as_ref().unwrap().bytes();
        assert_eq!(bytes(&file.output.per_attempt), Ok(2_000_000_000));
        assert_eq!(bytes(&file.output.per_run), Ok(5_000_000));
        let wrong = Written::Words("lots".to_owned()).bytes().unwrap_err();
        assert_eq!(
            wrong,
            "`lots` is not a size: write it as `500 MB` or `10 GB`"
        );
        let little = Written::Bytes(12).bytes().unwrap_err();
        assert!(little.contains("1 MB at least"), "{little}");
    }
}
