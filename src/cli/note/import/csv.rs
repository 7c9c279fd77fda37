//! A time and a text on each line, with a comma between; either may stand in quotes.
//! A first line that names the columns is passed over.

use super::{Found, Wrong, moment};

/// Whether a file begins so.
pub(super) fn begins(text: &str) -> bool {
    records(text).is_ok_and(|records| {
        let is_heading = records.first().is_some_and(is_heading);
        let first = records.get(usize::from(is_heading));
        first.is_some_and(|(line, fields)| fields.len() >= 2 && moment(&fields[0], *line).is_ok())
    })
}

fn is_heading((_, fields): &(usize, Vec<String>)) -> bool {
    let first = fields.first().map(|name| name.trim().to_lowercase());
    matches!(
        first.as_deref(),
        Some("time" | "at" | "date" | "when" | "timestamp")
    )
}

pub(super) fn read(text: &str) -> Result<Vec<Found>, Wrong> {
    let mut records = records(text)?;
    if records.first().is_some_and(is_heading) {
        records.remove(0);
    }
    records
        .into_iter()
        .map(|(line, fields)| {
            let [at, text, ..] = &fields[..] else {
                return Err(Wrong::new(line, "a time, a comma and a text are wanted"));
            };
            let moment = moment(at, line)?;
            let text = text.trim();
            Ok(Found {
                line,
                at: moment,
                id: format!("{} {text}", moment.to_rfc3339()),
                text: text.to_owned(),
            })
        })
        .collect()
}

/// The fields of each record with the line on which it begins. What a text says is not
/// parted: commas behind the first belong to it, unless it stands in quotes.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, Wrong> {
    let mut all = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while !rest.is_empty() {
        let began = line;
        let (at, behind) = field(rest, true, &mut line).map_err(|why| Wrong::new(began, why))?;
        rest = behind;
        let mut fields = vec![at];
        if let Some(behind) = rest.strip_prefix(',') {
            let (text, behind) =
                field(behind, false, &mut line).map_err(|why| Wrong::new(began, why))?;
            fields.push(text);
            // Further columns are passed over.
            rest = behind.find('\n').map_or("", |end| &behind[end..]);
        }
        rest = rest.strip_prefix('\r').unwrap_or(rest);
        rest = rest.strip_prefix('\n').unwrap_or(rest);
        line += 1;
        if fields.iter().any(|field| !field.trim().is_empty()) {
            all.push((began, fields));
        }
    }
    Ok(all)
}

/// A field and what stands behind it.
fn field<'a>(
    text: &'a str,
    ends_at_comma: bool,
    line: &mut usize,
) -> Result<(String, &'a str), &'static str> {
    let Some(quoted) = text.trim_start_matches(' ').strip_prefix('"') else {
        let ends = |c: char| c == '\n' || ends_at_comma && c == ',';
        let end = text.find(ends).unwrap_or(text.len());
        let (field, rest) = text.split_at(end);
        return Ok((field.trim_end_matches('\r').to_owned(), rest));
    };
    let mut field = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if chars.next_if(|(_, next)| *next == '"').is_some() => field.push('"'),
            '"' => return Ok((field, &quoted[at + 1..])),
            c => {
                *line += usize::from(c == '\n');
                field.push(c);
            }
        }
    }
    Err("a quote is never closed")
}
