//! A signal over the time of the run, as an SVG picture: the line, and the decisions.

use std::fmt::Write;

use serde_json::Value;

use super::escape;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 140.0;
/// Room for the numbers at the left and the times below.
const LEFT: f64 = 56.0;
const BELOW: f64 = 22.0;

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
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    if !low.is_finite() || !high.is_finite() {
        return None;
    }
    let scale = Scale { span, low, high };
    let name = escape(signal["name"].as_str().unwrap_or_default());
    let unit = escape(signal["unit"].as_str().unwrap_or_default());
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{name}: from {low} to {high} {unit}\">"
    );
    // Writing to a string cannot fail.
    let _ = scale.axes(&mut svg, &unit);
    let _ = scale.marks(&mut svg, decisions);
    let _ = scale.line(&mut svg, &points);
    svg.push_str("</svg>");
    Some(svg)
}

struct Scale {
    span: Span,
    low: f64,
    high: f64,
}

impl Scale {
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of a run, drawn on a few hundred columns"
    )]
    fn x(&self, at: i64) -> f64 {
        let all = (self.span.to - self.span.from).max(1) as f64;
        let here = (at - self.span.from) as f64;
        LEFT + (WIDTH - LEFT - 4.0) * (here / all).clamp(0.0, 1.0)
    }

    fn y(&self, value: f64) -> f64 {
        let height = HEIGHT - BELOW - 10.0;
        // Halves first: the span of two huge numbers would be infinite.
        let all = self.high / 2.0 - self.low / 2.0;
        let share = if all > 0.0 {
            (value / 2.0 - self.low / 2.0) / all
        } else {
            0.5
        };
        6.0 + height * (1.0 - share)
    }

    fn axes(&self, svg: &mut String, unit: &str) -> std::fmt::Result {
        let bottom = HEIGHT - BELOW;
        write!(
            svg,
            "<path class=\"axis\" d=\"M{LEFT} 4V{bottom}H{WIDTH}\"/>"
        )?;
        for value in [self.low, self.high] {
            let (y, text) = (self.y(value) + 4.0, short(value));
            write!(
                svg,
                "<text x=\"{}\" y=\"{y:.1}\" text-anchor=\"end\">{text} {unit}</text>",
                LEFT - 6.0
            )?;
            if self.low >= self.high {
                break;
            }
        }
        for (at, anchor) in [(self.span.from, "start"), (self.span.to, "end")] {
            let clock = chrono::DateTime::from_timestamp(at, 0)
                .map(|at| at.format("%H:%M:%S").to_string())
                .unwrap_or_default();
            let (x, y) = (self.x(at), HEIGHT - 6.0);
            write!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\">{clock}</text>"
            )?;
        }
        Ok(())
    }

    fn marks(&self, svg: &mut String, decisions: &[Value]) -> std::fmt::Result {
        for decision in decisions {
            let Some(at) = decision["at"]["unix"].as_i64() else {
                continue;
            };
            let x = self.x(at);
            let title = escape(&format!(
                "{} {} → {}",
                decision["at"]["clock"].as_str().unwrap_or_default(),
                decision["title"].as_str().unwrap_or_default(),
                decision["answer"].as_str().unwrap_or_default()
            ));
            write!(
                svg,
                "<g class=\"decided\"><title>{title}</title><path d=\"M{x:.1} 4V{}\"/><path d=\"M{x:.1} 0l4 5-4 5-4-5z\"/></g>",
                HEIGHT - BELOW
            )?;
        }
        Ok(())
    }

    /// A gap is a gap in the line; a value between two gaps is a point.
    fn line(&self, svg: &mut String, points: &[(i64, Option<f64>)]) -> std::fmt::Result {
        let mut path = String::new();
        let mut pen_is_down = false;
        for (at, value) in points {
            let Some(value) = value else {
                pen_is_down = false;
                continue;
            };
            let (x, y) = (self.x(*at), self.y(*value));
            if pen_is_down {
                write!(path, "L{x:.1} {y:.1}")?;
            } else {
                write!(path, "M{x:.1} {y:.1}h0")?;
            }
            pen_is_down = true;
        }
        write!(svg, "<path class=\"line\" d=\"{path}\"/>")
    }
}

fn short(value: f64) -> String {
    let text = format!("{value}");
    if text.len() <= 7 {
        text
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_hostile_signal_is_a_picture_of_itself() {
        let span = Span { from: 0, to: 100 };
        let decisions =
            [json!({ "at": { "unix": 50, "clock": "00:00:50" }, "title": "<b>", "answer": "\"" })];
        let signal = |points: Value| json!({ "name": "<script>", "unit": "\"&", "points": points });
        let drawn = svg(
            &signal(json!([[0, 1.0], [50, null], [100, 3.5]])),
            &decisions,
            span,
        );
        let drawn = drawn.unwrap();
        assert!(
            !drawn.contains("<script") && !drawn.contains("<b>"),
            "{drawn}"
        );
        assert_eq!(
            drawn.matches('M').count(),
            5,
            "an axis, a decision, two points: {drawn}"
        );
        for points in [json!([]), json!([[1, null]]), json!("x"), json!(null)] {
            assert_eq!(svg(&signal(points), &[], span), None);
        }
        for points in [
            json!([[7, 1.0]]),
            json!([[0, -1.7e308], [9_223_372_036_854_775_807_i64, 1.7e308]]),
        ] {
            let drawn = svg(&signal(points), &[], Span { from: 7, to: 7 }).unwrap();
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
        }
    }
}
