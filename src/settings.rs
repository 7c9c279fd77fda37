//! The operator's config file and the directories.

use std::path::PathBuf;

use serde::Deserialize;

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
}

/// The config file.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    runbooks: Vec<PathBuf>,
    theme: Option<String>,
    mouse: Option<bool>,
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
        let directories = directories::ProjectDirs::from("", "", "rbconsole");
        let from = |variable: &str| std::env::var_os(variable).filter(|v| !v.is_empty());
        let state = from("RBCONSOLE_STATE_DIR")
            .map(PathBuf::from)
            .or_else(|| {
                // Not every system has a place for state; its local data is the next best.
                directories.as_ref().map(|d| {
                    d.state_dir()
                        .unwrap_or_else(|| d.data_local_dir())
                        .to_owned()
                })
            })
            .ok_or(SettingsError::Homeless)?;
        let config = from("RBCONSOLE_CONFIG_DIR")
            .map(PathBuf::from)
            .or_else(|| directories.map(|d| d.config_dir().to_owned()))
            .ok_or(SettingsError::Homeless)?;
        let path = config.join("config.yaml");
        let file = match std::fs::read_to_string(&path) {
            Ok(text) if text.trim().is_empty() => File::default(),
            Ok(text) => serde_saphyr::from_str(&text).map_err(|error| SettingsError::Config {
                path: path.clone(),
                reason: error.to_string(),
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => File::default(),
            Err(error) => {
                return Err(SettingsError::Config {
                    path,
                    reason: error.to_string(),
                });
            }
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
        })
    }

    /// Where the runs' directories stand.
    pub fn runs(&self) -> PathBuf {
        self.state.join("runs")
    }
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

/// The name of a user in the password file.
fn login_name(uid: u32) -> Option<String> {
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
