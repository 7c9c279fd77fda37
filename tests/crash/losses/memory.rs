//! The console gets no more memory, or is killed for what it has.

use super::*;

/// As many notes as a console cannot keep that gets no more memory.
fn leave_notes(lab: &mut Lab) {
    let text = "x".repeat(60_000);
    let dir = lab.run_dir().expect("one run");
    for number in 0..60 {
        let message = rbconsole::session::inbox::Message::note("bo".to_owned(), text.clone(), None);
        rbconsole::session::inbox::put(&dir, &message, &format!("note-{number:02}"))
            .expect("a note can be left");
    }
}

/// An allocation that fails ends the console as a kill would; if it can do without, it goes on.
#[test]
fn a_console_gets_no_more_memory() {
    let mut lab = slow();
    let mut command = lab.run_command(&Env::default());
    let (mut child, said) = lab.begins(&mut command).expect("it begins");
    in_the_middle(&lab);
    let limited = Command::new("prlimit")
        .args(["--pid", &child.id().to_string(), "--as=4096"])
        .status();
    assert!(
        limited
            .expect("prlimit (util-linux) is installed")
            .success()
    );
    leave_notes(&mut lab);
    std::thread::sleep(Duration::from_millis(1500));
    let_go(&lab);
    let status = wait(&mut child, PATIENCE).expect("it ends");
    let out = fs::read_to_string(&said[0]).expect("what it said");
    assert!(!out.is_empty());
    println!("without memory the console ended with {status}");
    lab.is_quiet().expect("the command ends");
    // One that goes on may not be able to launch the next command, and says so.
    to_the_end(&mut lab, &Env::default()).expect("it is taken up");
    is_whole(&mut lab, "");
}

/// A control group of one test, gone with it.
struct Group {
    folder: PathBuf,
    limit: &'static str,
}

impl Group {
    fn make() -> Result<Self, String> {
        let name = format!("laboratory-{}", std::process::id());
        let (root, limit) = if Path::new("/sys/fs/cgroup/memory/cgroup.procs").exists() {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            ("/sys/fs/cgroup", "memory.max")
        };
        let folder = Path::new(root).join(name);
        fs::create_dir(&folder)
            .map_err(|error| format!("no control group can be made: {error}"))?;
        let group = Self { folder, limit };
        if !group.folder.join(limit).exists() {
            return Err("control groups have no memory here".to_owned());
        }
        Ok(group)
    }

    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        fs::write(self.folder.join(file), text).map_err(|error| format!("{file}: {error}"))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let removed = until(Duration::from_secs(10), || {
            fs::remove_dir(&self.folder).map_err(words)
        });
        if let Err(error) = removed {
            eprintln!("{}: {error}", self.folder.display());
        }
    }
}

/// The kernel kills the console because memory is short; its commands are elsewhere.
#[test]
fn the_kernel_takes_the_console_for_its_memory() {
    let skipped =
        |why: &str| println!("SKIPPED the_kernel_takes_the_console_for_its_memory: {why}");
    let group = match Group::make() {
        Ok(group) => group,
        Err(why) => return skipped(&why),
    };
    let mut lab = slow();
    let mut command = lab.run_command(&Env::default());
    let (mut child, _) = lab.begins(&mut command).expect("it begins");
    in_the_middle(&lab);
    let confined = group
        .write(group.limit, "65536")
        .and_then(|()| group.write("cgroup.procs", &child.id().to_string()));
    if let Err(why) = confined {
        let _ = child.kill();
        let _ = child.wait();
        return skipped(&why);
    }
    leave_notes(&mut lab);
    let status = wait(&mut child, PATIENCE).expect("it is killed");
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(9),
        "{status}"
    );
    goes_on_without(&mut lab, "finished while you were gone");
}
