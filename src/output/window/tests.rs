use proptest::prelude::*;

use super::segment::GRID;
use super::*;
use crate::output::{Color, LOG_NAME, Log};

fn log(bytes: &[u8]) -> (tempfile::TempDir, Reader) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(LOG_NAME), bytes).unwrap();
    let reader = Reader::open(dir.path()).unwrap();
    (dir, reader)
}

fn texts(window: &Window) -> Vec<String> {
    window.lines.iter().map(|line| line.text.text()).collect()
}

fn numbers(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|number| {
            format!(
                "{number}
"
            )
            .into_bytes()
        })
        .collect()
}

#[test]
fn an_empty_log_is_an_empty_window() {
    let (_dir, mut reader) = log(b"");
    for position in [Position::Follow, Position::Top(0), Position::Top(77)] {
        let window = window(&mut reader, position, 5).unwrap();
        assert_eq!(
            window,
            Window {
                lines: vec![],
                top: 0,
                end: 0,
                total_bytes: 0,
                at_end: true
            }
        );
        assert_eq!(scroll_up(&mut reader, position, 5, 1).unwrap(), position);
    }
}

#[test]
fn follows_the_end_as_it_grows() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    log.append(Stream::Out, b"a\nb\nc\n", 0).unwrap();
    assert_eq!(
        texts(&window(&mut reader, Position::Follow, 2).unwrap()),
        ["b", "c"]
    );
    log.append(Stream::Err, b"d", 0).unwrap();
    let last = window(&mut reader, Position::Follow, 2).unwrap();
    assert_eq!(texts(&last), ["c", "d"]);
    assert_eq!(
        [last.lines[0].stream, last.lines[1].stream],
        [Some(Stream::Out), Some(Stream::Err)]
    );
    assert!(last.at_end && last.end == 7 && last.top == 4);

    let scrolled = scroll_up(&mut reader, Position::Follow, 2, 1).unwrap();
    log.append(Stream::Out, b"d\ne\n", 0).unwrap();
    assert_eq!(
        texts(&window(&mut reader, scrolled, 2).unwrap()),
        ["b", "c"],
        "stays where it was put"
    );
}

#[test]
fn goes_to_places() {
    let (_dir, mut reader) = log(&numbers(100));
    let mut at = |position| texts(&window(&mut reader, position, 3).unwrap());
    assert_eq!(at(to_start()), ["0", "1", "2"]);
    assert_eq!(at(Position::Follow), ["97", "98", "99"]);
    assert_eq!(at(Position::Top(u64::MAX)), ["97", "98", "99"]);
    let place = to_offset(&mut reader, 11).unwrap();
    assert_eq!(place, Position::Top(10));
    assert_eq!(
        texts(&window(&mut reader, place, 3).unwrap()),
        ["5", "6", "7"]
    );
    assert_eq!(to_offset(&mut reader, 9999).unwrap(), Position::Top(287));
}

#[test]
fn reaching_the_end_follows_again() {
    let (_dir, mut reader) = log(&numbers(10));
    let top = scroll_up(&mut reader, Position::Follow, 4, 3).unwrap();
    assert_eq!(top, Position::Top(6));
    assert_eq!(
        scroll_down(&mut reader, top, 4, 2).unwrap(),
        Position::Top(10)
    );
    assert_eq!(
        scroll_down(&mut reader, top, 4, 3).unwrap(),
        Position::Follow
    );
    assert_eq!(
        scroll_down(&mut reader, top, 4, usize::MAX).unwrap(),
        Position::Follow
    );
    assert_eq!(
        scroll_up(&mut reader, top, 4, usize::MAX).unwrap(),
        to_start()
    );
    assert_eq!(
        scroll_up(&mut reader, Position::Follow, 40, 3).unwrap(),
        Position::Follow
    );
}

#[test]
fn a_long_line_is_cut_between_characters_and_loses_nothing() {
    for shift in 0..4 {
        let text = format!("{}{}\nend\n", "x".repeat(shift), "漢".repeat(20_000));
        let (_dir, mut reader) = log(text.as_bytes());
        let all = window(&mut reader, to_start(), 100).unwrap();
        assert_eq!(texts(&all).concat(), text.replace('\n', ""));
        assert!(all.lines.len() > 10);
        assert!(
            !all.lines[0].continues
                && all.lines[1].continues
                && !all.lines.last().unwrap().continues
        );
    }
}

#[test]
fn colours_go_on_over_cuts() {
    let (_dir, mut reader) = log(format!("\x1b[31m{}\nx", "x".repeat(20_000)).as_bytes());
    for position in [to_start(), Position::Top(10_000), Position::Follow] {
        let shown = window(&mut reader, position, 2).unwrap();
        let colour = |line: &Line| line.text.spans[0].style.foreground;
        assert_eq!(colour(&shown.lines[0]), Color::Indexed(1), "{position:?}");
        assert_eq!(
            colour(&shown.lines[1]) == Color::Default,
            position == Position::Follow
        );
    }
}

#[test]
fn ten_gigabytes_without_a_line_feed_are_as_near_as_ten_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let size = 10 << 30;
    std::fs::File::create(dir.path().join(LOG_NAME))
        .unwrap()
        .set_len(size)
        .unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    for position in [Position::Follow, to_start(), Position::Top(size / 2)] {
        let shown = window(&mut reader, position, 50).unwrap();
        assert_eq!(shown.lines.len(), 50);
        assert!(shown.end - shown.top <= 51 * 2 * GRID);
    }
    assert_eq!(
        scroll_up(&mut reader, Position::Follow, 1, 1).unwrap(),
        Position::Top(size - 2 * GRID)
    );
}

#[test]
fn a_log_that_is_cut_off_shows_what_is_left() {
    let (dir, mut reader) = log(&numbers(1000));
    let far = to_offset(&mut reader, 3000).unwrap();
    std::fs::write(dir.path().join(LOG_NAME), b"short\n").unwrap();
    assert_eq!(texts(&window(&mut reader, far, 10).unwrap()), ["short"]);
    assert_eq!(scroll_up(&mut reader, far, 10, 3).unwrap(), far);
    assert_eq!(
        scroll_down(&mut reader, far, 10, 3).unwrap(),
        Position::Follow
    );
}

/// Logs with short lines, lines about as long as the grid, and bytes that are no text.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..60),
        2 => Just(b"\n".to_vec()),
        2 => ("[a-z]{0,9}\n").prop_map(String::into_bytes),
        2 => (3900_usize..4300).prop_map(|length| vec![b'x'; length]),
        1 => (1_usize..5000).prop_map(|length| "é漢😀".repeat(length).into_bytes()),
        1 => (1_usize..9000).prop_map(|length| vec![0x80; length]),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn windows_cover_every_byte_once(bytes in bytes(), rows in 1_u16..6) {
        let (_dir, mut reader) = log(&bytes);
        let (mut position, mut covered, mut starts) = (to_start(), 0, Vec::new());
        loop {
            let window = window(&mut reader, position, rows).unwrap();
            prop_assert!(window.top <= covered && window.end >= covered);
            prop_assert_eq!(window.lines.first().map_or(0, |line| line.offset), window.top);
            for (line, next) in window.lines.iter().zip(window.lines[1.min(window.lines.len())..].iter().map(|line| line.offset).chain([window.end])) {
                prop_assert!(line.offset < next && next - line.offset < 2 * GRID + 4);
                let slice = &bytes[usize::try_from(line.offset).unwrap()..usize::try_from(next).unwrap()];
                prop_assert!(!slice[..slice.len() - 1].contains(&b'\n'), "one row, one line");
                starts.push(line.offset);
            }
            covered = window.end;
            if window.at_end {
                break;
            }
            position = scroll_down(&mut reader, position, rows, rows.into()).unwrap();
        }
        prop_assert_eq!(covered, bytes.len() as u64);

        starts.sort_unstable();
        starts.dedup();
        for (offset, byte) in (0..).zip(&bytes) {
            if *byte == b'\n' && offset + 1 < bytes.len() as u64 {
                prop_assert!(starts.binary_search(&(offset + 1)).is_ok(), "a row begins after every line feed");
            }
        }
        // Going backward finds the same rows as going forward.
        let mut view = View::new(&mut reader).unwrap();
        for offset in (0..bytes.len() as u64).step_by(37).chain(starts.iter().copied()) {
            let expected = starts[starts.partition_point(|start| *start <= offset) - 1];
            prop_assert_eq!(view.start_of(offset).unwrap(), expected);
        }
    }

    #[test]
    fn up_and_down_again_is_the_same_place(bytes in bytes(), rows in 1_u16..6, at in 0.0..1.0_f64, count in 0_usize..20) {
        let (_dir, mut reader) = log(&bytes);
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
        let place = to_offset(&mut reader, (at * bytes.len() as f64) as u64).unwrap();
        for position in [Position::Follow, place] {
            let before = window(&mut reader, position, rows).unwrap();
            let mut up = position;
            let mut steps = 0;
            for _ in 0..count {
                let next = scroll_up(&mut reader, up, rows, 1).unwrap();
                steps += usize::from(next != up);
                up = next;
            }
            prop_assert_eq!(window(&mut reader, up, rows).unwrap().lines.len(), before.lines.len());
            let down = scroll_down(&mut reader, up, rows, steps).unwrap();
            prop_assert_eq!(window(&mut reader, down, rows).unwrap(), before);
        }
    }
}
