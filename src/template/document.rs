//! Documents from data: reports, also by a team's own template.
//!
//! Every value is escaped for the kind of document unless the template says `safe`,
//! so that text from a command or a person stays text. A template reads no files and
//! makes no calls; what it may write is bounded.

use std::io::{self, Write};

use serde::Serialize;
use tera::{Context, Kwargs, StringInput, Tera, TeraResult};

/// The most that a document may hold.
const MOST: usize = 256 << 20;

/// Makes another text of a text.
pub type Filter = fn(&str) -> String;

/// What the values of a kind of document go through.
#[derive(Clone, Copy)]
pub struct Kind {
    /// What a value goes through that stands by itself.
    pub escape: fn(&str, &mut dyn Write) -> io::Result<()>,
    /// Filters of a text, by name; what they give is not escaped again.
    pub filters: &'static [(&'static str, Filter)],
    /// The filter `fence(language=…)`: a block of text.
    pub fence: fn(&str, &str) -> String,
}

/// Fills a template with data.
///
/// # Errors
/// What is wrong with the template and where, in words.
pub fn render(text: &str, data: &impl Serialize, kind: Kind) -> Result<String, String> {
    const NAME: &str = "template";
    let mut tera = Tera::default();
    tera.set_escape_fn(kind.escape);
    tera.autoescape_on([""]);
    for (name, filter) in kind.filters {
        tera.register_filter(
            *name,
            move |text: StringInput<'_>, _: Kwargs, _: &tera::State| {
                tera::Value::safe_string(&filter(text.as_str()))
            },
        );
    }
    tera.register_filter(
        "fence",
        move |text: StringInput<'_>, given: Kwargs, _: &tera::State| -> TeraResult<tera::Value> {
            let language: String = given.get("language")?.unwrap_or_default();
            Ok(tera::Value::safe_string(&(kind.fence)(
                text.as_str(),
                &language,
            )))
        },
    );
    tera.register_filter(
        "counted",
        |count: u64, given: Kwargs, _: &tera::State| -> TeraResult<String> {
            let what: String = given.must_get("what")?;
            Ok(match count {
                0 => format!("no {what}s"),
                1 => format!("1 {what}"),
                count => format!("{count} {what}s"),
            })
        },
    );
    let say = |error: tera::Error| error.to_string();
    tera.add_raw_template(NAME, text).map_err(say)?;
    let context = Context::from_serialize(data).map_err(say)?;
    let mut out = Bounded(Vec::new());
    tera.render_to(NAME, &context, &mut out).map_err(say)?;
    String::from_utf8(out.0).map_err(|error| error.to_string())
}

struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST {
            return Err(io::Error::other("the document is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
