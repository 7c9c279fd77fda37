//! A signal over the time of the run, as an SVG picture: the line, how far is healthy,
//! when it was not, and the decisions by their numbers.
//!
//! It is as wide as its place: what is drawn is stretched, what is written is not. So it
//! can be read on a phone and on paper alike.

use std::fmt::{Result, Write};

use serde_json::Value;

use super::escape;

mod scale;

use scale::{Scale, Ticks, clocks};

/// How high the picture is, and the part of it that is drawn in.
const HEIGHT: f64 = 190.0;
const TOP: f64 = 36.0;
const PLOT: f64 = 128.0;
/// How wide a sign of the text is at most.
const SIGN: usize = 8;
/// Drawn on so many parts in either direction.
const PARTS: f64 = 1000.0;
/// Up to so many values each is seen by itself.
const DOTS: usize = 60;
/// Marks that stand closer than this share of the width get one label.
const CLOSE: f64 = 0.06;

/// The times that the picture spans, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Its left end.
    pub from: i64,
    /// Its right end.
    pub to: i64,
}

/// The picture of a signal of the report, with its decisions; none, if nothing was
/// measured.
pub fn svg(signal: &Value, decisions: &[Value], span: Span) -> Option<String> {
    let points: Vec<(i64, Option<f64>)> = signal["points"]
        .as_array()?
        .iter()
        .filter_map(|point| Some((point[0].as_i64()?, point[1].as_f64())))
        .collect();
    let values = || points.iter().filter_map(|(_, value)| *value);
    let limit = signal["limit"].as_f64();
    let low = values().chain(limit).fold(f64::INFINITY, f64::min);
    let high = values().chain(limit).fold(f64::NEG_INFINITY, f64::max);
    if values().next().is_none() || !low.is_finite() || !high.is_finite() {
        return None;
    }
    let ticks = Ticks::over(low, high);
    let chart = Chart {
        scale: Scale::new(span, &ticks),
        ticks,
        unit: signal["unit"].as_str().unwrap_or_default(),
    };
    // Writing to a string cannot fail.
    let mut svg = String::new();
    let _ = chart.draw(&mut svg, signal, &points, decisions);
    Some(svg)
}

struct Chart<'a> {
    scale: Scale,
    ticks: Ticks,
    unit: &'a str,
}

impl Chart<'_> {
    fn draw(
        &self,
        svg: &mut String,
        signal: &Value,
        points: &[(i64, Option<f64>)],
        decisions: &[Value],
    ) -> Result {
        let marks = self.marks(decisions);
        let label = escape(&self.label(signal, points, marks.len()));
        let gutter = self.gutter();
        // The values stand left of the picture's own place, in pixels.
        write!(
            svg,
            "<svg class=\"chart\" style=\"display:block;overflow:visible;margin-left:{gutter}px;width:calc(100% - {gutter}px)\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{label}\" font-size=\"12\" fill=\"currentColor\">\
             <svg y=\"{TOP}\" width=\"100%\" height=\"{PLOT}\" viewBox=\"0 0 {PARTS} {PARTS}\" preserveAspectRatio=\"none\" overflow=\"visible\" fill=\"none\" stroke=\"currentColor\">"
        )?;
        self.breaches(svg, signal)?;
        self.grid(svg)?;
        if let Some(limit) = signal["limit"].as_f64() {
            let y = self.scale.y(limit) * PARTS;
            stroke(svg, "limit", &format!("M0 {y:.0}H{PARTS}"))?;
        }
        for (at, title) in &marks {
            let x = at * PARTS;
            write!(svg, "<g class=\"decided\"><title>{}</title>", escape(title))?;
            stroke(svg, "mark", &format!("M{x:.1} 0V{PARTS}"))?;
            svg.push_str("</g>");
        }
        self.line(svg, points)?;
        svg.push_str("</svg>");
        self.words(svg, signal, &marks)?;
        self.values(svg, gutter)?;
        svg.push_str("</svg>");
        Ok(())
    }

    /// What it shows, for who cannot see it.
    fn label(&self, signal: &Value, points: &[(i64, Option<f64>)], decisions: usize) -> String {
        let values = || points.iter().filter_map(|(_, value)| *value);
        let low = values().fold(f64::INFINITY, f64::min);
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        let name = [&signal["title"], &signal["name"]];
        let name = name.iter().find_map(|name| name.as_str());
        let mut text = format!(
            "{}: from {low} to {high} {}",
            name.unwrap_or_default(),
            self.unit
        );
        if let Some(healthy) = signal["healthy_words"].as_str() {
            text = format!("{text}, healthy is {healthy}");
        }
        match decisions {
            0 => text,
            1 => format!("{text}, with one decision"),
            more => format!("{text}, with {more} decisions"),
        }
    }

    /// Where each decision stands, and what it was.
    fn marks(&self, decisions: &[Value]) -> Vec<(f64, String)> {
        let all = decisions.iter().filter_map(|decision| {
            let at = decision["at"]["unix"].as_i64()?;
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let title = format!(
                "{} {} → {}",
                word(&decision["at"]["clock"]),
                word(&decision["title"]),
                word(&decision["answer"])
            );
            Some((self.scale.x(at), title))
        });
        all.collect()
    }

    fn breaches(&self, svg: &mut String, signal: &Value) -> Result {
        for breach in signal["breaches"].as_array().into_iter().flatten() {
            let (Some(from), Some(until)) = (breach[0].as_i64(), breach[1].as_i64()) else {
                continue;
            };
            let from = self.scale.x(from) * PARTS;
            // One that was over at once is seen all the same.
            let width = (self.scale.x(until) * PARTS - from).max(2.0);
            write!(
                svg,
                "<rect class=\"breach\" x=\"{from:.1}\" width=\"{width:.1}\" height=\"{PARTS}\" fill=\"currentColor\" stroke=\"none\" opacity=\".12\"/>"
            )?;
        }
        Ok(())
    }

    fn grid(&self, svg: &mut String) -> Result {
        let mut path = String::new();
        for tick in &self.ticks.values {
            write!(path, "M0 {:.0}H{PARTS}", self.scale.y(*tick) * PARTS)?;
        }
        stroke(svg, "axis", &path)
    }

    /// A gap is a gap in the line; a value between two gaps is a point.
    fn line(&self, svg: &mut String, points: &[(i64, Option<f64>)]) -> Result {
        let (mut path, mut dots) = (String::new(), String::new());
        let mut pen_is_down = false;
        for (at, value) in points {
            let Some(value) = value else {
                pen_is_down = false;
                continue;
            };
            let (x, y) = (self.scale.x(*at) * PARTS, self.scale.y(*value) * PARTS);
            if pen_is_down {
                write!(path, "L{x:.1} {y:.1}")?;
            } else {
                write!(path, "M{x:.1} {y:.1}h0")?;
            }
            write!(dots, "M{x:.1} {y:.1}h0")?;
            pen_is_down = true;
        }
        stroke(svg, "line", &path)?;
        if points.len() <= DOTS {
            stroke(svg, "line dots", &dots)?;
        }
        Ok(())
    }

    /// Room for the values at the left, in pixels.
    fn gutter(&self) -> usize {
        let texts = self.ticks.values.iter().map(|tick| self.ticks.text(*tick));
        let longest = texts.map(|text| text.len()).max().unwrap_or_default();
        longest * SIGN + 10
    }

    /// The values at the left, with their unit above them.
    fn values(&self, svg: &mut String, gutter: usize) -> Result {
        for tick in &self.ticks.values {
            let y = self.height(*tick) + 4.0;
            let text = self.ticks.text(*tick);
            write!(
                svg,
                "<text x=\"-8\" y=\"{y:.1}\" text-anchor=\"end\">{text}</text>"
            )?;
        }
        let (y, unit) = (TOP - 11.0, escape(self.unit));
        write!(svg, "<text x=\"-{gutter}\" y=\"{y}\">{unit}</text>")
    }

    /// Where a value stands, in pixels from the top.
    fn height(&self, value: f64) -> f64 {
        TOP + self.scale.y(value) * PLOT
    }

    /// What is written on it: the limit at the right, the decisions' numbers above, and
    /// times below.
    fn words(&self, svg: &mut String, signal: &Value, marks: &[(f64, String)]) -> Result {
        let limit = signal["limit"].as_f64();
        if let (Some(limit), Some(words)) = (limit, signal["healthy_words"].as_str()) {
            let y = self.height(limit) - 4.0;
            let words = escape(words);
            write!(
                svg,
                "<text class=\"limit\" x=\"100%\" y=\"{y:.1}\" text-anchor=\"end\">healthy: {words}</text>"
            )?;
        }
        for (place, numbers) in numbered(marks) {
            let percent = place * 100.0;
            // At the edges it would be cut.
            let anchor = match percent {
                ..2.0 => "start",
                98.0.. => "end",
                _ => "middle",
            };
            write!(
                svg,
                "<text class=\"number\" x=\"{percent:.2}%\" y=\"12\" text-anchor=\"{anchor}\">{numbers}</text>"
            )?;
        }
        let y = TOP + PLOT + 18.0;
        for clock in clocks(self.scale.span) {
            let percent = self.scale.x(clock.at) * 100.0;
            let (class, anchor) = match clock.edge {
                Some(edge) => ("edge", edge),
                None => ("between", "middle"),
            };
            write!(
                svg,
                "<text class=\"{class}\" x=\"{percent:.2}%\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>",
                clock.text
            )?;
        }
        Ok(())
    }
}

/// A path whose pen is not stretched with the picture.
fn stroke(svg: &mut String, class: &str, path: &str) -> Result {
    write!(
        svg,
        "<path class=\"{class}\" vector-effect=\"non-scaling-stroke\" d=\"{path}\"/>"
    )
}

/// The numbers of the marks, those that stand close under one label.
fn numbered(marks: &[(f64, String)]) -> Vec<(f64, String)> {
    let mut groups: Vec<(f64, f64, usize, usize)> = Vec::new();
    for (number, (at, _)) in (1..).zip(marks) {
        match groups.last_mut() {
            Some((first, last, _, until)) if (*at - *first).abs() < CLOSE => {
                *last = *at;
                *until = number;
            }
            _ => groups.push((*at, *at, number, number)),
        }
    }
    let label = |(first, last, from, until): (f64, f64, usize, usize)| {
        let numbers = match until - from {
            0 => from.to_string(),
            1 => format!("{from},{until}"),
            _ => format!("{from}–{until}"),
        };
        (f64::midpoint(first, last), numbers)
    };
    groups.into_iter().map(label).collect()
}

#[cfg(test)]
mod tests;
