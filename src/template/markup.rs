//! The tree of a template: text, values, conditions, loops.
//!
//! The very tree that is checked is the one that is rendered, so there is no
//! second reading of the source that could disagree about what is text. Blanks
//! are trimmed (`{{-`, `-%}`) here, before anything looks at the text.

use std::ops::Range;

use super::expression::{self, Expression, RESERVED};
use super::fault::Fault;
use super::token::{self, Located, Run, Token, Until};

/// The longest source, in bytes.
pub(super) const LONGEST_SOURCE: usize = 1 << 20;
/// How deep conditions and loops may stand in one another.
const DEEPEST: usize = 64;

/// One piece of a template.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// Text that comes out as it stands.
    Text(&'a str),
    /// `{{ … }}`; `site` counts them in the order of the source.
    Site {
        expression: Expression,
        span: Range<usize>,
        site: usize,
    },
    /// `{% if … %}`, any `elif`, and `else`.
    If {
        branches: Vec<Branch<'a>>,
        otherwise: Vec<Piece<'a>>,
        span: Range<usize>,
    },
    /// `{% for name in … %}`
    For {
        name: String,
        items: Expression,
        body: Vec<Piece<'a>>,
        span: Range<usize>,
    },
    /// `{% set name = … %}`, known until the block that it stands in ends.
    Set {
        name: String,
        expression: Expression,
        span: Range<usize>,
    },
}

/// A condition and what comes out if it holds.
#[derive(Debug)]
pub(super) struct Branch<'a> {
    pub condition: Expression,
    pub body: Vec<Piece<'a>>,
}

/// Parses a whole template.
pub(super) fn parse(source: &str) -> Result<Vec<Piece<'_>>, Fault> {
    if source.len() > LONGEST_SOURCE {
        return Err(Fault::at(source, &(0..0), "this text is longer than 1 MiB")
            .hint("put it into a file beside the runbook"));
    }
    if let Some(at) = source.find('\0') {
        return Err(Fault::at(
            source,
            &(at..at + 1),
            "this text contains a NUL character",
        ));
    }
    let mut parser = Parser {
        source,
        at: 0,
        trim_next: false,
        depth: 0,
        sites: 0,
    };
    let (pieces, end) = parser.block(None)?;
    match end {
        None => Ok(pieces),
        Some(end) => Err(Fault::at(
            source,
            &end.span,
            format!("`{}` closes nothing", end.keyword),
        )),
    }
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
    trim_next: bool,
    depth: usize,
    sites: usize,
}

/// A `{% … %}`, cut.
struct Tag {
    keyword: String,
    tokens: Vec<Located>,
    span: Range<usize>,
}

impl<'a> Parser<'a> {
    /// Pieces up to a tag that the block itself cannot hold, which is returned.
    fn block(
        &mut self,
        opened: Option<&Range<usize>>,
    ) -> Result<(Vec<Piece<'a>>, Option<Tag>), Fault> {
        self.depth += 1;
        if let Some(opened) = opened
            && self.depth > DEEPEST
        {
            return Err(Fault::at(self.source, opened, "blocks are nested too deep")
                .hint(format!("at most {DEEPEST} stand in one another")));
        }
        let mut pieces = Vec::new();
        loop {
            let start = self.text(&mut pieces);
            let rest = &self.source[start..];
            if rest.is_empty() {
                self.depth -= 1;
                return Ok((pieces, None));
            }
            if rest.starts_with("<#") {
                self.comment(start)?;
            } else if rest.starts_with("{{") {
                let run = self.cut(start, Until::Value)?;
                let span = start..self.at;
                let expression = expression::parse_tokens(self.source, &run.tokens, span.clone())
                    .map_err(|fault| {
                    // Cut at the end of another value: what lies between is no expression.
                    let fault = if self.source[start + 2..self.at].contains("{{") {
                        unclosed(self.source, start, fault)
                    } else {
                        fault
                    };
                    go_template(self.source, &span, fault)
                })?;
                let site = self.sites;
                self.sites += 1;
                pieces.push(Piece::Site {
                    expression,
                    span,
                    site,
                });
            } else {
                let tag = self.tag(start)?;
                match self.statement(tag)? {
                    Ok(piece) => pieces.push(piece),
                    Err(tag) => {
                        self.depth -= 1;
                        return Ok((pieces, Some(tag)));
                    }
                }
            }
        }
    }

    /// Takes the text before the next mark; returns where the mark begins.
    fn text(&mut self, pieces: &mut Vec<Piece<'a>>) -> usize {
        let rest = &self.source[self.at..];
        let length = rest
            .as_bytes()
            .windows(2)
            .position(|pair| pair == b"{{" || pair == b"{%" || pair == b"<#")
            .unwrap_or(rest.len());
        let start = self.at + length;
        let mut text = &rest[..length];
        if !text.is_empty() && std::mem::take(&mut self.trim_next) {
            text = text.trim_start();
        }
        if self.source.as_bytes().get(start + 2) == Some(&b'-') {
            text = text.trim_end();
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        self.at = start;
        start
    }

    fn comment(&mut self, start: usize) -> Result<(), Fault> {
        let bytes = self.source.as_bytes();
        let inside = start + 2 + usize::from(bytes.get(start + 2) == Some(&b'-'));
        let Some(length) = self.source[inside..].find("#>") else {
            let span = start..start + 2;
            return Err(
                Fault::at(self.source, &span, "`<#` is never closed by `#>`").hint(
                    "`<#` begins a comment of the template; write `< #` if it is the shell's",
                ),
            );
        };
        if length > 0 && bytes.get(inside + length - 1) == Some(&b'-') {
            self.trim_next = true;
        }
        self.at = inside + length + 2;
        Ok(())
    }

    /// Cuts the inside of `{{ }}` or `{% %}` and moves behind it.
    fn cut(&mut self, start: usize, until: Until) -> Result<Run, Fault> {
        let trims_before = self.source.as_bytes().get(start + 2) == Some(&b'-');
        let inside = start + 2 + usize::from(trims_before);
        let run = token::tokens(self.source, inside, until).map_err(|fault| {
            let span = start..self.source.len().min(start + 2);
            let fault = match until {
                Until::Value => unclosed(self.source, start, fault),
                Until::Tag | Until::End => fault,
            };
            go_template(self.source, &span, fault)
        })?;
        self.at = run.next;
        self.trim_next = run.trims;
        Ok(run)
    }

    fn tag(&mut self, start: usize) -> Result<Tag, Fault> {
        let run = self.cut(start, Until::Tag)?;
        let span = start..self.at;
        let mut tokens = run.tokens;
        if tokens.is_empty() {
            return Err(Fault::at(self.source, &span, "this tag is empty"));
        }
        let (first, _) = tokens.remove(0);
        let Token::Word(keyword) = first else {
            return Err(Fault::at(
                self.source,
                &span,
                "a tag begins with a word such as `if`",
            ));
        };
        Ok(Tag {
            keyword,
            tokens,
            span,
        })
    }

    /// A statement, or the tag itself if it belongs to the block around.
    fn statement(&mut self, tag: Tag) -> Result<Result<Piece<'a>, Tag>, Fault> {
        match tag.keyword.as_str() {
            "if" => self.condition(tag).map(Ok),
            "for" => self.repetition(tag).map(Ok),
            "set" => self.assignment(&tag).map(Ok),
            "elif" | "else" | "endif" | "endfor" => Ok(Err(tag)),
            keyword => {
                let message = format!("`{{% {keyword} %}}` is not supported");
                let fault = Fault::at(self.source, &tag.span, message);
                Err(fault.hint("a template knows if, elif, else, for and set"))
            }
        }
    }

    fn condition(&mut self, opening: Tag) -> Result<Piece<'a>, Fault> {
        let span = opening.span.clone();
        let mut branches = Vec::new();
        let mut tag = opening;
        loop {
            let condition = expression::parse_tokens(self.source, &tag.tokens, tag.span.clone())?;
            let (body, end) = self.block(Some(&tag.span))?;
            branches.push(Branch { condition, body });
            let end = self.closing(end, &span, "if")?;
            match end.keyword.as_str() {
                "elif" => tag = end,
                "else" => {
                    self.bare(&end)?;
                    let (otherwise, last) = self.block(Some(&end.span))?;
                    let last = self.closing(last, &span, "if")?;
                    self.must_be(&last, "endif")?;
                    return Ok(Piece::If {
                        branches,
                        otherwise,
                        span,
                    });
                }
                _ => {
                    self.must_be(&end, "endif")?;
                    return Ok(Piece::If {
                        branches,
                        otherwise: Vec::new(),
                        span,
                    });
                }
            }
        }
    }

    fn repetition(&mut self, tag: Tag) -> Result<Piece<'a>, Fault> {
        let (name, rest) = match tag.tokens.as_slice() {
            [(Token::Word(name), span), (Token::Word(word), _), rest @ ..] if word == "in" => {
                self.usable(name, span)?;
                (name.clone(), rest)
            }
            _ => {
                return Err(
                    Fault::at(self.source, &tag.span, "this loop cannot be read")
                        .hint("write {% for name in [\"a\", \"b\"] %}"),
                );
            }
        };
        let items = expression::parse_items(self.source, rest, tag.span.clone())?;
        let (body, end) = self.block(Some(&tag.span))?;
        let end = self.closing(end, &tag.span, "for")?;
        self.must_be(&end, "endfor")?;
        Ok(Piece::For {
            name,
            items,
            body,
            span: tag.span,
        })
    }

    fn assignment(&self, tag: &Tag) -> Result<Piece<'a>, Fault> {
        match tag.tokens.as_slice() {
            [(Token::Word(name), span), (Token::Sign("="), _), rest @ ..] => {
                self.usable(name, span)?;
                let expression = expression::parse_tokens(self.source, rest, tag.span.clone())?;
                Ok(Piece::Set {
                    name: name.clone(),
                    expression,
                    span: span.clone(),
                })
            }
            _ => Err(
                Fault::at(self.source, &tag.span, "this `set` cannot be read")
                    .hint("write {% set name = value %}; text cannot be captured"),
            ),
        }
    }

    fn usable(&self, name: &str, span: &Range<usize>) -> Result<(), Fault> {
        if RESERVED.contains(&name) || name.starts_with("__") {
            return Err(Fault::at(
                self.source,
                span,
                format!("`{name}` cannot be a name"),
            ));
        }
        Ok(())
    }

    fn closing(&self, end: Option<Tag>, opened: &Range<usize>, kind: &str) -> Result<Tag, Fault> {
        end.ok_or_else(|| {
            let message = format!("this `{kind}` is never closed");
            Fault::at(self.source, opened, message).hint(format!("add {{% end{kind} %}}"))
        })
    }

    fn must_be(&self, tag: &Tag, keyword: &str) -> Result<(), Fault> {
        if tag.keyword != keyword {
            let message = format!("`{keyword}` is expected here, not `{}`", tag.keyword);
            return Err(Fault::at(self.source, &tag.span, message));
        }
        self.bare(tag)
    }

    fn bare(&self, tag: &Tag) -> Result<(), Fault> {
        match tag.tokens.first() {
            None => Ok(()),
            Some((_, span)) => {
                let message = format!("nothing can follow `{}`", tag.keyword);
                Err(Fault::at(self.source, span, message))
            }
        }
    }
}

/// A value whose line ends without `}}` was most likely never closed, whatever
/// the lines below were taken for.
fn unclosed(source: &str, start: usize, fault: Fault) -> Fault {
    let line = source[start..].lines().next().unwrap_or_default();
    if line.contains("}}") {
        return fault;
    }
    Fault::at(source, &(start..start + 2), "this `{{` is not closed")
        .hint("write `}}` before the line ends")
}

/// Doubled braces that are no template are nearly always another program's.
fn go_template(source: &str, span: &Range<usize>, fault: Fault) -> Fault {
    let foreign =
        source[span.start..].starts_with("{{.") || source[span.start..].starts_with("{{ .");
    if foreign {
        fault.hint("this looks like a Go template: write {{ \"{{\" }} for its opening braces")
    } else {
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_cannot_be_followed() {
        for source in [
            "{% raw %}x{% endraw %}",
            "{% include \"x\" %}",
            "{% extends \"x\" %}",
            "{% block x %}{% endblock %}",
            "{% macro x() %}{% endmacro %}",
            "{% component x() %}{% endcomponent %}",
            "{% filter upper %}x{% endfilter %}",
            "{% set x %}text{% endset %}",
            "{% set_global x = 1 %}",
            "{% for k, v in x %}{% endfor %}",
            "{% for loop in [1] %}{% endfor %}",
            "{% for x in [1] %}{% else %}{% endfor %}",
            "{% for x in [1] %}{% break %}{% endfor %}",
            "{% if a %}",
            "{% if a %}{% endfor %}",
            "{% endif %}",
            "{% if a %}{% else %}{% else %}{% endif %}",
            "{% %}",
            "{{ }}",
            "{{ a",
            "<# open",
            "{{ a }} {{ <x /> }}",
        ] {
            assert!(parse(source).is_err(), "{source}");
        }
    }

    #[test]
    fn bounds_size_and_depth() {
        assert!(parse(&"x".repeat(LONGEST_SOURCE + 1)).is_err());
        let deep = |n: usize| "{% if a %}".repeat(n) + &"{% endif %}".repeat(n);
        assert!(parse(&deep(60)).is_ok());
        assert!(parse(&deep(65)).is_err());
        assert!(parse(&deep(50_000)).is_err());
        assert!(parse(&format!("{{{{ {}1 }}}}", "(".repeat(100_000))).is_err());
    }

    #[test]
    fn an_open_value_is_told_where_it_opens() {
        let open = "this `{{` is not closed";
        for (source, line, column, message) in [
            ("a\necho {{ name\necho $HOME\n", 2, 6, open),
            ("echo {{ name\necho {{ other }}", 1, 6, open),
            ("echo {{ name", 1, 6, open),
            ("echo {{ 'name\n", 1, 6, open),
            ("{{ a $ }}", 1, 6, "`$` has no meaning here"),
            ("{{ a }} {{ b\n; }}", 1, 9, open),
        ] {
            let fault = parse(source).unwrap_err();
            assert_eq!(fault.message, message, "{source}");
            assert_eq!((fault.line, fault.column), (line, column), "{source}");
        }
        assert!(parse("{{ a\n  | upper }}").is_ok());
    }

    #[test]
    fn knows_a_go_template() {
        let fault = parse("docker ps --format '{{.Names}}'").unwrap_err();
        assert!(fault.hint.unwrap().contains("Go template"));
        assert_eq!((fault.line, fault.column), (1, 23));
    }
}
