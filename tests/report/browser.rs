//! A real browser, headless, that is asked over two pipes: what it shows, what it asks
//! the network for, and what it complains of.

#![expect(
    clippy::disallowed_methods,
    reason = "a browser is a program, and what hangs must end by the clock"
)]

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long the browser may take for anything.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Browser {
    program: Child,
    to: Option<ChildStdin>,
    from: Receiver<Value>,
    session: Option<String>,
    number: u64,
    /// What it told of its own accord.
    told: Vec<Value>,
    _home: tempfile::TempDir,
}

/// The name of the browser here.
pub fn name() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| {
            let version = Command::new(name).arg("--version").output();
            version.is_ok_and(|output| output.status.success())
        })
}

impl Browser {
    pub fn start(name: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut program = Command::new("sh")
            // It reads what it is asked from descriptor 3 and answers on 4.
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1"])
            .args(["sh", name, "--headless=new", "--remote-debugging-pipe"])
            .args(["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND")
            .arg(format!("--user-data-dir={}", home.path().display()))
            .env("HOME", home.path())
            .env("XDG_CACHE_HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = program.stdin.take();
        let out = program.stdout.take().unwrap();
        let (tell, from) = channel();
        thread::spawn(move || {
            for message in BufReader::new(out).split(0) {
                let Ok(message) = message else { return };
                let message = serde_json::from_slice(&message).unwrap_or_default();
                if tell.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            program,
            to,
            from,
            session: None,
            number: 0,
            told: Vec::new(),
            _home: home,
        };
        let target = browser.ask("Target.createTarget", &json!({ "url": "about:blank" }));
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.ask("Target.attachToTarget", &target);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Asks for something and waits for the answer.
    pub fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.as_mut().unwrap().write_all(&bytes).unwrap();
        let number = self.number;
        let answer = self.wait(method, |message| message["id"] == number);
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    /// Shows a file, whole.
    pub fn open(&mut self, file: &Path) {
        self.told.clear();
        self.ask(
            "Page.navigate",
            &json!({ "url": format!("file://{}", file.display()) }),
        );
        let loaded = |message: &Value| message["method"] == "Page.loadEventFired";
        if !self.told.iter().any(loaded) {
            self.wait("the page", loaded);
        }
    }

    /// What an expression comes to in the page, promises kept.
    pub fn value(&mut self, expression: &str) -> Value {
        let asked =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.ask("Runtime.evaluate", &asked);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{}",
            answer["exceptionDetails"]
        );
        answer["result"]["value"].clone()
    }

    /// Looks at the page as somebody whose screen is light or dark, or on paper.
    pub fn look(&mut self, medium: &str, scheme: &str) {
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let asked = json!({ "media": medium, "features": scheme });
        self.ask("Emulation.setEmulatedMedia", &asked);
    }

    /// Every address that was asked for since the page was opened.
    pub fn requests(&mut self) -> Vec<String> {
        self.of("Network.requestWillBeSent", "/params/request/url")
    }

    /// What the console has to complain of.
    pub fn complaints(&mut self) -> Vec<String> {
        let mut all = self.of("Log.entryAdded", "/params/entry/text");
        all.extend(self.of("Runtime.exceptionThrown", "/params/exceptionDetails/text"));
        all.extend(self.of("Runtime.consoleAPICalled", "/params/type"));
        all
    }

    fn of(&mut self, method: &str, part: &str) -> Vec<String> {
        // What it told before its answer to this has come.
        self.value("1");
        let events = self.told.iter().filter(|event| event["method"] == method);
        events
            .filter_map(|event| Some(event.pointer(part)?.as_str()?.to_owned()))
            .collect()
    }

    fn wait(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let message = match self.from.recv_timeout(left) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => panic!("no answer to {what}"),
                Err(RecvTimeoutError::Disconnected) => panic!("the browser ended before {what}"),
            };
            if is_it(&message) {
                return message;
            }
            self.told.push(message);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its own processes end with the pipe; what does not is killed.
        self.to = None;
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            if matches!(self.program.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
