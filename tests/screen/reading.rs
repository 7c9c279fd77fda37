//! Reading output and the report: wrapping, going to a line, marking and copying.

use rbconsole::tui::theme::Theme;

use super::{
    console::{Console, Frames, House, Setup},
    scenes::deploying,
};

fn scene(theme: Theme, script: impl AsyncFnOnce(&mut Console) -> Frames) -> Frames {
    let setup = Setup {
        theme,
        ..Setup::default()
    };
    House::new().begin(&setup, script).0
}

fn numbered(count: u32) -> String {
    let rows: Vec<String> = (1..=count)
        .map(|line| format!("row {line} of the log\n"))
        .collect();
    rows.concat()
}

pub fn wrapped_output(theme: Theme) -> Frames {
    scene(theme, async |console| {
        let long = "a word 漢字 👩‍💻 and more ".repeat(12);
        deploying(console, &format!("first\n{long}\nlast\n")).await;
        console.press(&["w"]);
        console.sees(&["Long lines are wrapped"]).await;
        console.press(&["f"]);
        console.settle().await;
        console.frames().await
    })
}

pub fn line_gone_to(theme: Theme) -> Frames {
    scene(theme, async |console| {
        deploying(console, &numbered(3_000)).await;
        console.press(&["#"]);
        console.sees(&["Go to a line of the output"]).await;
        console.type_in("1,204");
        console.press(&["Enter"]);
        console.sees(&["▸ row 1204 of the log", "line 1,204"]).await;
        console.frames().await
    })
}

pub fn marked_lines(theme: Theme) -> Frames {
    scene(theme, async |console| {
        deploying(console, &numbered(50)).await;
        console.press(&["V", "k", "k"]);
        console
            .sees(&["▸ row 48", "▌ row 49", "copy the marked lines"])
            .await;
        console.frames().await
    })
}

#[test]
fn the_report_is_read_as_it_will_look() {
    House::new().begin(&Setup::default(), async |console| {
        deploying(console, &numbered(5)).await;
        console.press(&["E"]);
        console.sees(&["Report", "written to", "closes"]).await;
        assert!(
            !console.text().contains("# Roll back"),
            "{}",
            console.text()
        );
        console.press(&["G"]);
        console.sees(&["100 %"]).await;
        console.press(&["Esc"]);
        console.sees(&["stop it"]).await;
    });
}

#[test]
fn marked_lines_are_copied_and_nothing_runs_meanwhile() {
    House::new().begin(&Setup::default(), async |console| {
        deploying(console, "one\n\u{1b}[32mtwo\u{1b}[0m\nthree\n").await;
        let before = console.journal().len();
        console.press(&["V", "k", "y"]);
        console.sees(&["Copied the marked lines (2 lines)"]).await;
        assert_eq!(console.copied.borrow().last().unwrap(), "two\nthree");
        console.press(&["V", "G", "Enter"]);
        console.sees(&["Copied the marked lines (3 lines)"]).await;
        assert_eq!(console.copied.borrow().last().unwrap(), "one\ntwo\nthree");
        console.press(&["V", "Esc"]);
        console.sees(&["stop it"]).await;
        assert_eq!(console.journal().len(), before);
    });
}

#[test]
fn a_line_that_is_not_there_is_told() {
    House::new().begin(&Setup::default(), async |console| {
        deploying(console, &numbered(30)).await;
        console.press(&["#"]);
        console.sees(&["Go to a line"]).await;
        console.type_in("x");
        console.press(&["Enter"]);
        console.sees(&["A line's number has only digits"]).await;
        console.press(&["Backspace"]);
        console.type_in("31");
        console.press(&["Enter"]);
        console
            .sees(&["it has 30 lines", "row 30 of the log"])
            .await;
    });
}
