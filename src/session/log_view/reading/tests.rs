use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::*;
use crate::output::{Log, Stream};
use crate::run_dir::AttemptDir;

const ROWS: u16 = 6;
const WIDTH: usize = 20;

/// A view of a log with this text in it.
fn view(dir: &tempfile::TempDir, text: &str) -> LogView {
    let mut log = Log::create(dir.path()).unwrap();
    log.append(Stream::Out, text.as_bytes(), 0).unwrap();
    let mut view = LogView::new(AttemptDir::at(dir.path().to_owned()));
    view.refresh(ROWS, WIDTH).unwrap();
    view
}

fn numbered(count: u64) -> String {
    let mut text = String::new();
    for line in 1..=count {
        writeln!(text, "line {line}").unwrap();
    }
    text
}

/// The rows that a pane draws.
fn rows(view: &mut LogView) -> Vec<String> {
    view.refresh(ROWS, WIDTH).unwrap();
    let window = view.window().unwrap();
    let lines = window.lines.iter();
    let rows = lines.flat_map(|line| {
        if view.wraps() {
            line.text.wrapped(WIDTH)
        } else {
            vec![line.text.clone()]
        }
    });
    let above = view.rows_above();
    rows.skip(above)
        .take(ROWS.into())
        .map(|row| row.text())
        .collect()
}

fn arrive(view: &mut LogView) {
    let end = Instant::now() + Duration::from_secs(20);
    view.refresh(ROWS, WIDTH).unwrap();
    while view.is_looking() {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
        view.refresh(ROWS, WIDTH).unwrap();
    }
}

#[test]
fn a_line_is_gone_to_by_its_number() {
    let dir = tempfile::tempdir().unwrap();
    let mut view = view(&dir, &numbered(200_000));
    for line in [1, 2, 7, 99_999, 150_001, 200_000] {
        view.go_to_line(line).unwrap();
        arrive(&mut view);
        assert_eq!(view.line().unwrap().0, line);
        assert_eq!(view.pointed().unwrap().0, format!("line {line}"));
        assert!(rows(&mut view).contains(&format!("line {line}")));
    }
    view.go_to_line(200_001).unwrap();
    arrive(&mut view);
    assert_eq!(view.going(), Some(Going::Beyond { lines: 200_000 }));
    assert!(view.follows());
}

#[test]
fn the_end_of_what_is_marked_is_shown_also_where_no_frame_came_between() {
    let dir = tempfile::tempdir().unwrap();
    let mut view = view(&dir, &numbered(100));
    for wraps in [false, true] {
        assert!(view.toggle_range());
        view.toggle_follow();
        assert!(view.follows());
        view.move_range(-50).unwrap();
        assert!(rows(&mut view).contains(&"line 50".to_owned()), "{wraps}");
        view.end_range();
        view.follow();
        view.toggle_wrap();
        view.refresh(ROWS, WIDTH).unwrap();
    }
}

#[test]
fn what_is_at_the_end_already_is_followed_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut view = view(&dir, &numbered(100));
    assert!(view.toggle_range());
    view.toggle_follow();
    view.move_range(-2).unwrap();
    assert!(view.follows());
    assert!(rows(&mut view).contains(&"line 98".to_owned()));
}

#[test]
fn the_line_without_an_end_counts() {
    let dir = tempfile::tempdir().unwrap();
    let mut view = view(&dir, "one\ntwo\nthree");
    view.go_to_line(3).unwrap();
    arrive(&mut view);
    assert_eq!(view.pointed().unwrap().0, "three");
    view.go_to_line(9).unwrap();
    arrive(&mut view);
    assert_eq!(view.going(), Some(Going::Beyond { lines: 3 }));
}

#[test]
fn wrapped_lines_are_scrolled_row_by_row_and_nothing_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for line in 0..12 {
        writeln!(text, "{line:02}{}", "abcdefgh漢字".repeat(line % 5)).unwrap();
    }
    let all: Vec<String> = text
        .lines()
        .flat_map(|line| crate::output::text::line(line.as_bytes()).wrapped(WIDTH))
        .map(|row| row.text())
        .collect();
    let mut view = view(&dir, &text);
    view.toggle_wrap();
    let last = all.len() - usize::from(ROWS);
    assert_eq!(rows(&mut view), all[last..]);
    for top in (0..last).rev() {
        view.scroll(-1).unwrap();
        assert_eq!(
            rows(&mut view),
            all[top..top + usize::from(ROWS)],
            "up to {top}"
        );
    }
    view.scroll(-1).unwrap();
    assert_eq!(rows(&mut view), all[..usize::from(ROWS)]);
    for top in 1..=last {
        assert!(!view.follows());
        view.scroll(1).unwrap();
        assert_eq!(
            rows(&mut view),
            all[top..top + usize::from(ROWS)],
            "down to {top}"
        );
    }
    assert!(view.follows());
    view.scroll(-5).unwrap();
    view.scroll(3).unwrap();
    assert_eq!(rows(&mut view), all[last - 2..last - 2 + usize::from(ROWS)]);
}

#[test]
fn marked_lines_are_copied_without_what_a_terminal_would_obey() {
    let dir = tempfile::tempdir().unwrap();
    let mut view = view(
        &dir,
        "one\n\x1b[31mtwo\x1b[0m\n\x1b]52;c;AAAA\x07three\nfour\n",
    );
    assert!(view.toggle_range());
    view.move_range(-1).unwrap();
    view.move_range(-1).unwrap();
    let copied = view.copy_range().unwrap().unwrap();
    assert_eq!(copied.text, "two\nthree\nfour");
    assert_eq!((copied.lines, copied.is_cut), (3, false));
    rows(&mut view);
    assert_eq!(view.pointed().unwrap().0, "two");
    view.stretch_range(true).unwrap();
    view.move_range(-1).unwrap();
    assert_eq!(view.copy_range().unwrap().unwrap().lines, 4);
    assert!(view.end_range());
    assert_eq!(view.copy_range().unwrap(), None);
}

#[test]
fn no_more_is_copied_than_a_clipboard_takes() {
    let dir = tempfile::tempdir().unwrap();
    let mut view = view(&dir, &numbered(100_000));
    view.toggle_range();
    view.stretch_range(true).unwrap();
    assert_eq!(rows(&mut view)[0], "line 1");
    let copied = view.copy_range().unwrap().unwrap();
    assert!(copied.is_cut && copied.text.len() <= 64 << 10);
    assert!(copied.text.starts_with("line 1\n") && !copied.text.ends_with('\n'));
    assert_eq!(copied.text.lines().count(), copied.lines);
}

#[test]
fn what_is_shown_has_to_be_read_again_where_one_moves_and_not_where_more_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    log.append(Stream::Out, numbered(100).as_bytes(), 0)
        .unwrap();
    let mut view = LogView::new(AttemptDir::at(dir.path().to_owned()));
    assert!(!view.shows(ROWS, WIDTH));
    view.refresh(ROWS, WIDTH).unwrap();
    log.append(Stream::Out, b"more\n", 0).unwrap();
    assert!(view.shows(ROWS, WIDTH));
    // Another size, another place, another way to look at it, a search that goes on.
    assert!(!view.shows(ROWS + 1, WIDTH));
    assert!(
        view.shows(ROWS, WIDTH + 1),
        "what is cut needs no other lines"
    );
    let moves: [fn(&mut LogView); 3] = [
        |view| view.scroll(-1).unwrap(),
        LogView::toggle_wrap,
        |view| view.find("line 1"),
    ];
    for move_it in moves {
        move_it(&mut view);
        assert!(!view.shows(ROWS, WIDTH));
        arrive(&mut view);
        assert!(view.shows(ROWS, WIDTH));
    }
    assert!(!view.shows(ROWS, WIDTH + 1), "it is wrapped");
    view.rest();
    assert!(view.rests() && !view.shows(ROWS, WIDTH));
}
