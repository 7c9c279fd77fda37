//! A terminal's screen as SVG.

mod lines;

use std::fmt::Write as _;

use lines::Shapes;

use vt100::{Color, Screen};

/// The width and height of a cell.
const CELL: (f64, f64) = (8.4, 18.0);
/// Around the screen.
const EDGE: f64 = 12.0;
/// The colours that programs name by number, as a modern terminal shows them.
const NAMED: [&str; 16] = [
    "#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
    "#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#f0f6fc",
];

/// What a piece of text looks like.
#[derive(Clone, PartialEq)]
struct Look {
    front: String,
    back: String,
    bold: bool,
    italic: bool,
    underline: bool,
}

/// The whole screen.
pub fn draw(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (
        f64::from(columns) * CELL.0 + 2.0 * EDGE,
        f64::from(rows) * CELL.1 + 2.0 * EDGE,
    );
    // What stands behind most of it.
    let ground = screen
        .cell(rows - 1, columns - 1)
        .map_or("#15171c".to_owned(), |cell| {
            colour(cell.bgcolor(), "#15171c")
        });
    let text = contrast(&ground);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"ui-monospace, \
         SFMono-Regular, Menlo, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n<rect width=\"{width}\" \
         height=\"{height}\" rx=\"10\" fill=\"{ground}\"/>\n"
    );
    let mut shapes = Shapes::default();
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let look = look(screen, row, column, &ground, text);
            let start = column;
            let mut words = String::new();
            while column < columns && self::look(screen, row, column, &ground, text) == look {
                if let Some(cell) = screen.cell(row, column)
                    && !cell.is_wide_continuation()
                {
                    let place = (
                        f64::from(column) * CELL.0 + EDGE,
                        f64::from(row) * CELL.1 + EDGE,
                    );
                    let drawn = shapes.take(cell.contents(), place, &look.front);
                    words.push_str(if cell.has_contents() && !drawn {
                        cell.contents()
                    } else {
                        " "
                    });
                }
                column += 1;
            }
            piece(
                &mut svg,
                (row, start, column - start),
                &words,
                &look,
                &ground,
            );
        }
    }
    shapes.draw(&mut svg);
    svg.push_str("</svg>\n");
    svg
}

fn look(screen: &Screen, row: u16, column: u16, ground: &str, text: &str) -> Look {
    let Some(cell) = screen.cell(row, column) else {
        return Look {
            front: text.to_owned(),
            back: ground.to_owned(),
            bold: false,
            italic: false,
            underline: false,
        };
    };
    let (mut front, mut back) = (colour(cell.fgcolor(), text), colour(cell.bgcolor(), ground));
    if cell.inverse() {
        std::mem::swap(&mut front, &mut back);
    }
    Look {
        front,
        back,
        bold: cell.bold(),
        italic: cell.italic(),
        underline: cell.underline(),
    }
}

fn piece(
    svg: &mut String,
    (row, column, cells): (u16, u16, u16),
    words: &str,
    look: &Look,
    ground: &str,
) {
    let left = f64::from(column) * CELL.0 + EDGE;
    let top = f64::from(row) * CELL.1 + EDGE;
    let width = f64::from(cells) * CELL.0;
    if look.back != ground {
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{}\"/>",
            CELL.1, look.back
        );
    }
    // Blanks at the ends are no text.
    let begun = words.trim_start();
    let skipped = words.chars().count() - begun.chars().count();
    let shown = begun.trim_end();
    if shown.is_empty() {
        return;
    }
    let left = left + f64::from(u16::try_from(skipped).unwrap_or(0)) * CELL.0;
    let blanks = skipped + begun.chars().count() - shown.chars().count();
    let width = width - f64::from(u16::try_from(blanks).unwrap_or(0)) * CELL.0;
    let mut how = String::new();
    if look.bold {
        how.push_str(" font-weight=\"700\"");
    }
    if look.italic {
        how.push_str(" font-style=\"italic\"");
    }
    if look.underline {
        how.push_str(" text-decoration=\"underline\"");
    }
    let shown = shown
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let _ = writeln!(
        svg,
        "<text x=\"{left:.1}\" y=\"{:.1}\" fill=\"{}\"{how} textLength=\"{width:.1}\" xml:space=\"preserve\">{shown}</text>",
        top + CELL.1 * 0.76,
        look.front
    );
}

fn colour(colour: Color, default: &str) -> String {
    match colour {
        Color::Default => default.to_owned(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Idx(number) => match number {
            0..16 => NAMED[usize::from(number)].to_owned(),
            16..232 => {
                let level = |at: u8| if at == 0 { 0 } else { 55 + at * 40 };
                let cube = number - 16;
                let (r, g, b) = (level(cube / 36), level(cube / 6 % 6), level(cube % 6));
                format!("#{r:02x}{g:02x}{b:02x}")
            }
            grey => {
                let level = 8 + (grey - 232) * 10;
                format!("#{level:02x}{level:02x}{level:02x}")
            }
        },
    }
}

/// What can be read on a ground.
fn contrast(ground: &str) -> &'static str {
    let red = ground
        .get(1..3)
        .and_then(|part| u8::from_str_radix(part, 16).ok());
    if red.is_some_and(|red| red > 127) {
        "#1f2328"
    } else {
        "#d7dae0"
    }
}
