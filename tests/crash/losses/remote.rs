//! A connection over ssh is lost, at either end.

use super::*;

/// A server of one test: its own port, keys and settings.
struct Server {
    folder: tempfile::TempDir,
    daemon: Child,
    port: u16,
    /// Made for it, since it insists.
    made: Option<PathBuf>,
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    folders.iter().any(|folder| folder.join(program).is_file())
}

impl Server {
    fn start() -> Result<Self, String> {
        for program in ["sshd", "ssh", "ssh-keygen"] {
            if !is_there(program) {
                return Err(format!("{program} is not installed"));
            }
        }
        let folder = tempfile::tempdir().map_err(words)?;
        let file = |name: &str| folder.path().join(name);
        for key in ["host", "id"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(file(key))
                .status();
            if !made.map_err(words)?.success() {
                return Err("no key can be made".to_owned());
            }
        }
        // Root's server insists on this folder.
        let run = PathBuf::from("/run/sshd");
        let root = rustix::process::geteuid().is_root();
        let made = (root && !run.exists() && fs::create_dir(&run).is_ok()).then_some(run);
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(words)?
            .port();
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile none\nAuthorizedKeysFile {}\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n\
             PrintMotd no\nPrintLastLog no\n",
            file("host").display(),
            file("id.pub").display(),
        );
        fs::write(file("settings"), settings).map_err(words)?;
        let daemon = Command::new("/usr/sbin/sshd")
            .arg("-D")
            .arg("-f")
            .arg(file("settings"))
            .arg("-E")
            .arg(file("log"))
            .stdin(Stdio::null())
            .spawn()
            .map_err(words)?;
        let mut server = Self {
            folder,
            daemon,
            port,
            made,
        };
        let works = until(Duration::from_secs(20), || {
            let output = server.client("true", false).output().map_err(words)?;
            if output.status.success() {
                return Ok(());
            }
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        });
        if let Err(why) = works {
            server.stop();
            return Err(format!("nobody can log in here: {why}{}", server.log()));
        }
        // The server of an ordinary user may not give a terminal the group that it wants for it,
        // where the system does not give it that itself.
        let terminal = server.client("true", true).stdin(Stdio::null()).output();
        if !root && !terminal.map_err(words)?.status.success() {
            server.stop();
            let log = server.log();
            let why = log.lines().find(|line| line.contains("failed"));
            let why = why.unwrap_or(&log);
            return Err(format!(
                "an ordinary user's server gives no terminal here: {why}"
            ));
        }
        Ok(server)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn client(&self, command: &str, terminal: bool) -> Command {
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "/dev/null", "-o", "BatchMode=yes"])
            .args(["-o", "StrictHostKeyChecking=no"])
            .args(["-o", "UserKnownHostsFile=/dev/null"])
            .args(["-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes"])
            .arg("-i")
            .arg(self.folder.path().join("id"))
            .args(["-p", &self.port.to_string()])
            .args(terminal.then_some("-tt"))
            .arg("127.0.0.1")
            .arg(command);
        ssh
    }

    /// The processes of the server that hold the connections.
    fn sessions(&self) -> Vec<u32> {
        let mut family = vec![self.daemon.id()];
        let mut sessions = Vec::new();
        loop {
            let before = family.len();
            for (pid, parent, name) in process_list() {
                if family.contains(&parent) && !family.contains(&pid) && name.starts_with("sshd") {
                    family.push(pid);
                    sessions.push(pid);
                }
            }
            if family.len() == before {
                return sessions;
            }
        }
    }

    fn stop(&mut self) {
        for pid in self.sessions() {
            let _ = Pid::from_raw(i32::try_from(pid).unwrap_or(0))
                .map(|pid| kill_process(pid, Signal::KILL));
        }
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
        if let Some(made) = self.made.take() {
            let _ = fs::remove_dir(made);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Every process with its parent and its name.
fn process_list() -> Vec<(u32, u32, String)> {
    let stat = |item: fs::DirEntry| {
        let pid = item.file_name().to_string_lossy().parse().ok()?;
        let stat = fs::read_to_string(item.path().join("stat")).ok()?;
        let (before, rest) = stat.rsplit_once(") ")?;
        let name = before.split_once('(')?.1.to_owned();
        let parent = rest.split(' ').nth(1)?.parse().ok()?;
        Some((pid, parent, name))
    };
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(stat).collect()
}

/// The whole command line of the console for somebody who has nothing of our environment.
fn remote(lab: &Lab) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let mut line = "env".to_owned();
    for (name, value) in lab.command("env", &Env::default()).get_envs() {
        if let Some(value) = value {
            let pair = format!("{}={}", name.to_string_lossy(), value.to_string_lossy());
            line = format!("{line} {}", quoted(&pair));
        }
    }
    let words: Vec<String> = on_screen(lab).iter().map(|word| quoted(word)).collect();
    format!("{line} {}", words.join(" "))
}

/// The console in a real ssh connection whose one end or other is killed.
#[test]
fn an_ssh_connection_is_lost() {
    let mut server = match Server::start() {
        Ok(server) => server,
        Err(why) => {
            println!("SKIPPED an_ssh_connection_is_lost: {why}");
            return;
        }
    };
    for its_server in [true, false] {
        let mut lab = slow();
        let mut glass = Glass::start(server.client(&remote(&lab), true));
        glass.begins(&lab);
        if its_server {
            let sessions = server.sessions();
            assert!(!sessions.is_empty());
            for pid in sessions {
                send(pid, Signal::KILL);
            }
        } else {
            glass.child.kill().expect("it is ours");
        }
        let gone = until(PATIENCE, || {
            let left =
                hygiene::processes(|command, _| command.contains(&*on_screen(&lab).join(" ")));
            let consoles = left.iter().filter(|it| !it.words.contains("ssh ")).count();
            (consoles == 0).then_some(()).ok_or(format!("{left:?}"))
        });
        gone.expect("the console ends with its connection");
        drop(glass);
        goes_on_without(&mut lab, "finished while you were gone");
    }
    server.stop();
}
