//! The report in a real browser: it shows, asks nobody for anything, prints, reads well
//! in light and dark, and is accessible. What judges that, axe-core and mermaid, comes
//! by `tests/lab/lab install page`.

#![expect(
    clippy::disallowed_methods,
    reason = "a page is a file, and where its judges lie a script says"
)]

use std::{fs, path::PathBuf, process::Command};

use rbconsole::report::html;
use serde_json::{Value, json};

use super::{
    browser::{self, Browser},
    golden::{crashed_story, drill_story, resolved_story},
    whole_story,
};

fn hostile() -> Value {
    serde_json::to_value(whole_story().report()).unwrap()
}

/// A page of each kind: as it should be, a drill, after a crash, and with hostile words.
fn pages() -> Vec<(&'static str, Value)> {
    vec![
        ("resolved", resolved_story().report()),
        ("drill", drill_story().report()),
        ("crashed", crashed_story().report()),
        ("hostile", hostile()),
    ]
}

struct Shown {
    browser: Browser,
    folder: tempfile::TempDir,
}

impl Shown {
    fn begin(test: &str) -> Option<Self> {
        let Some(name) = browser::name() else {
            println!("SKIPPED {test}: there is no chromium here");
            return None;
        };
        Some(Self {
            browser: Browser::start(name),
            folder: tempfile::tempdir().unwrap(),
        })
    }

    fn show(&mut self, name: &str, report: &Value) -> PathBuf {
        let file = self.folder.path().join(format!("{name}.html"));
        fs::write(&file, html::write(report).unwrap()).unwrap();
        self.browser.open(&file);
        file
    }
}

/// A script that judges, where it was installed.
fn judge(test: &str, script: &str) -> Option<String> {
    let lab = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/lab");
    let ask = |arguments: &[&str]| {
        let said = Command::new("bash").arg(lab).args(arguments).output();
        let said = said.unwrap();
        let printed = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        (said.status.success(), printed)
    };
    match ask(&["present", "page"]) {
        (true, _) => {
            let (_, folder) = ask(&["of", "page", "scripts"]);
            Some(fs::read_to_string(PathBuf::from(folder).join(script)).unwrap())
        }
        (false, why) => {
            println!("SKIPPED lab page: {why} ({test})");
            None
        }
    }
}

#[test]
fn it_shows_without_a_complaint_and_asks_nobody() {
    let Some(mut shown) = Shown::begin("report page") else {
        return;
    };
    for (name, report) in pages() {
        let file = shown.show(name, &report);
        let requests = shown.browser.requests();
        assert_eq!(requests, [format!("file://{}", file.display())], "{name}");
        let complaints = shown.browser.complaints();
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
        let scripts = shown.browser.value("document.scripts.length");
        assert_eq!(scripts, 0, "{name}");
        let heading = shown
            .browser
            .value("document.querySelector('h1').innerText");
        let title = report["run"]["title"].as_str().unwrap();
        let first = title.split_whitespace().next().unwrap();
        assert!(heading.as_str().unwrap().contains(first), "{heading}");
    }
}

#[test]
fn it_prints_with_everything_unfolded() {
    let Some(mut shown) = Shown::begin("report print") else {
        return;
    };
    shown.show("resolved", &resolved_story().report());
    let hidden = "[...document.querySelectorAll('details')].filter(it => !it.open && \
        getComputedStyle(it, '::details-content').contentVisibility !== 'visible').length";
    let blocks = shown
        .browser
        .value("document.querySelectorAll('details').length");
    assert_eq!(shown.browser.value(hidden), blocks, "folded on a screen");
    shown.browser.look("print", "dark");
    assert_eq!(shown.browser.value(hidden), 0, "paper cannot be clicked");
    let paper = "getComputedStyle(document.body).backgroundColor";
    assert_eq!(
        shown.browser.value(paper),
        "rgb(255, 255, 255)",
        "paper is white"
    );
    let printed = shown.browser.ask("Page.printToPDF", &json!({}));
    let printed = printed["data"].as_str().unwrap();
    // A PDF in base64, of more than its frame.
    assert!(printed.starts_with("JVBERi0") && printed.len() > 20_000);
}

#[test]
fn it_is_read_on_a_phone_and_without_a_mouse() {
    let Some(mut shown) = Shown::begin("report small") else {
        return;
    };
    for (name, report) in pages() {
        let narrow = json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": true });
        shown
            .browser
            .ask("Emulation.setDeviceMetricsOverride", &narrow);
        shown.show(name, &report);
        let wide = shown.browser.value("document.documentElement.scrollWidth");
        assert!(wide.as_u64().unwrap() <= 320, "{name} is {wide} wide");
    }
    shown.show("resolved", &resolved_story().report());
    let open = "document.querySelectorAll('details[open]').length";
    assert_eq!(shown.browser.value(open), 0);
    for (kind, key, text) in [
        ("keyDown", "Tab", ""),
        ("keyUp", "Tab", ""),
        ("keyDown", "Enter", "\r"),
        ("keyUp", "Enter", ""),
    ] {
        let code = if key == "Tab" { 9 } else { 13 };
        let event = json!({
            "type": kind, "key": key, "code": key, "text": text,
            "windowsVirtualKeyCode": code,
        });
        shown.browser.ask("Input.dispatchKeyEvent", &event);
    }
    assert_eq!(
        shown.browser.value(open),
        1,
        "the first that is folded opens"
    );
}

/// No two words of a picture stand on one another, and none is cut.
const CROWDED: &str = r"(() => {
    const wrong = [];
    for (const chart of document.querySelectorAll('svg.chart')) {
        const frame = chart.parentElement.getBoundingClientRect();
        const words = [...chart.querySelectorAll('text')]
            .filter(it => getComputedStyle(it).display !== 'none')
            .map(it => ({ text: it.textContent, at: it.getBoundingClientRect() }));
        words.forEach((one, place) => {
            if (one.at.left < frame.left - 1 || one.at.right > frame.right + 1)
                wrong.push(one.text + ' is cut');
            for (const other of words.slice(place + 1))
                if (one.at.left < other.at.right && other.at.left < one.at.right
                    && one.at.top + 2 < other.at.bottom && other.at.top + 2 < one.at.bottom)
                    wrong.push(one.text + ' on ' + other.text);
        });
    }
    return wrong;
})()";

/// Many decisions and a limit near a round value, on a wide and on a narrow screen.
#[test]
fn the_words_of_a_chart_keep_clear_of_each_other() {
    let Some(mut shown) = Shown::begin("report chart") else {
        return;
    };
    let mut report = resolved_story().report();
    let began = report["run"]["started"]["unix"].as_i64().unwrap();
    report["run"]["until"] = (began + 400).into();
    let decision = report["decisions"][0].clone();
    let decisions: Vec<Value> = [0, 3, 5, 9, 120, 160, 396, 400]
        .into_iter()
        .map(|at| {
            let mut decision = decision.clone();
            decision["at"]["unix"] = (began + at).into();
            decision
        })
        .collect();
    report["decisions"] = decisions.into();
    let points = |top: f64| -> Value {
        let values =
            (0..=40u8).map(|at| json!([began + i64::from(at) * 10, top * f64::from(at % 7)]));
        values.collect()
    };
    let mut signals = Vec::new();
    for (top, limit, words) in [
        (1.0, 1.0, "at most 1 %"),
        (0.001, 0.0039, "below 0.0039 %"),
        (98_765.0, 400_000.0, "at least 400000 %"),
    ] {
        let mut signal = report["signals"][0].clone();
        signal["points"] = points(top);
        signal["limit"] = limit.into();
        signal["healthy_words"] = words.into();
        signals.push(signal);
    }
    report["signals"] = signals.into();
    for width in [320, 480, 1200] {
        let screen =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        shown
            .browser
            .ask("Emulation.setDeviceMetricsOverride", &screen);
        shown.show("charts", &report);
        let charts = shown
            .browser
            .value("document.querySelectorAll('svg.chart').length");
        assert_eq!(charts, 3);
        let crowded = shown.browser.value(CROWDED);
        assert_eq!(crowded, json!([]), "{width} wide");
    }
}

/// The words and the lines of pictures beside what they stand on: 4.5 to 1, and 3 to 1.
const FAINT: &str = r"(() => {
    const light = color => {
        const parts = color.match(/[\d.]+/g).slice(0, 3).map(part => part / 255);
        const linear = parts.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const paper = light(getComputedStyle(document.body).backgroundColor);
    const faint = (pick, what, least) => [...document.querySelectorAll(pick)]
        .map(it => getComputedStyle(it)[what])
        .filter(color => ratio(light(color), paper) < least);
    return faint('svg text', 'fill', 4.5)
        .concat(faint('svg .line, svg path.limit, svg .decided path', 'stroke', 3));
})()";

/// By axe-core's rules for WCAG 2.2 A and AA and its best practices, in light and dark.
#[test]
fn it_is_accessible() {
    let Some(axe) = judge("report axe", "axe-core/axe.min.js") else {
        return;
    };
    let Some(mut shown) = Shown::begin("report axe") else {
        return;
    };
    for (name, report) in pages() {
        shown.show(name, &report);
        shown
            .browser
            .value("document.querySelectorAll('details').forEach(it => it.open = true)");
        shown.browser.value(&format!("{axe};0"));
        for scheme in ["light", "dark"] {
            shown.browser.look("screen", scheme);
            let judged = shown.browser.value(
                "axe.run(document).then(it => ({ passed: it.passes.length, \
                    wrong: it.violations.map(rule => rule.id + ': ' + rule.nodes.map(node => \
                        node.html.slice(0, 160) + ' ' + node.failureSummary).join('; ')), \
                    unsure: it.incomplete.flatMap(rule => rule.nodes.map(node => \
                        rule.id + ': ' + node.html.slice(0, 160))) \
                        .filter(it => !/: <text |: <span aria-hidden/.test(it)) }))",
            );
            assert_eq!(judged["wrong"], json!([]), "{name}, {scheme}");
            assert_eq!(judged["unsure"], json!([]), "{name}, {scheme}");
            assert!(judged["passed"].as_u64().unwrap() > 15, "{judged}");
            // It does not judge the words of a picture, so that is done here.
            let faint = shown.browser.value(FAINT);
            assert_eq!(faint, json!([]), "{name}, {scheme}");
        }
    }
}

/// The chart is one that mermaid draws, with every phase and decision in it.
#[test]
fn mermaid_draws_its_chart() {
    let Some(mermaid) = judge("report mermaid", "mermaid/dist/mermaid.min.js") else {
        return;
    };
    let Some(mut shown) = Shown::begin("report mermaid") else {
        return;
    };
    let blank = shown.folder.path().join("blank.html");
    fs::write(&blank, "<!doctype html><title>blank</title><p id=at>").unwrap();
    shown.browser.open(&blank);
    shown.browser.value(&format!("{mermaid};0"));
    let stories = [
        resolved_story().text(),
        drill_story().text(),
        crashed_story().text(),
        whole_story().text(),
    ];
    for text in stories {
        let (_, chart) = text.split_once("```mermaid\n").unwrap();
        let (chart, _) = chart.split_once("```").unwrap();
        let drawn = shown.browser.value(&format!(
            "mermaid.render('chart', {}).then(it => it.svg)",
            Value::from(chart)
        ));
        let drawn = drawn.as_str().unwrap();
        assert!(!drawn.contains("Syntax error"), "{chart}");
        let tasks = chart.lines().filter(|line| line.contains(" :")).count();
        assert!(tasks > 0, "{chart}");
        let bars = drawn.matches("<rect id=").count();
        assert_eq!(bars, tasks, "{chart}\n{drawn}");
    }
}
