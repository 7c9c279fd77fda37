use super::*;
use serde_json::json;

const SPAN: Span = Span { from: 0, to: 100 };

fn decision(at: i64) -> Value {
    json!({ "at": { "unix": at, "clock": "00:00:50" }, "title": "<b>", "answer": "\"" })
}

#[test]
fn a_hostile_signal_is_a_picture_of_itself() {
    let signal = |points: Value| json!({ "name": "<script>", "unit": "\"&", "points": points });
    let drawn = svg(
        &signal(json!([[0, 1.0], [50, null], [100, 3.5]])),
        &[decision(50)],
        SPAN,
    );
    let drawn = drawn.unwrap();
    assert!(
        !drawn.contains("<script") && !drawn.contains("<b>"),
        "{drawn}"
    );
    let line = drawn.split("class=\"line\"").nth(1).unwrap();
    let line = line.split("/>").next().unwrap();
    assert_eq!(line.matches('M').count(), 2, "a gap between: {drawn}");
    assert_eq!(line.matches('L').count(), 0, "{drawn}");
    for points in [json!([]), json!([[1, null]]), json!("x"), json!(null)] {
        assert_eq!(svg(&signal(points), &[], SPAN), None);
    }
    for points in [
        json!([[7, 1.0]]),
        json!([[0, -1.7e308], [9_223_372_036_854_775_807_i64, 1.7e308]]),
        json!([[7, 5e-324]]),
        json!([[7, 1e17], [8, 1.000_000_000_000_000_1e17]]),
    ] {
        let drawn = svg(&signal(points), &[], Span { from: 7, to: 7 }).unwrap();
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
    }
}

/// The limit is in the picture also where no value comes near it, and what was beyond it
/// is marked.
#[test]
fn the_limit_and_what_was_beyond_it_are_drawn() {
    let signal = json!({
        "name": "error_rate", "title": "Error rate", "unit": "%", "limit": 1.0,
        "healthy_words": "at most 1 %", "breaches": [[10, 40]],
        "points": [[0, 7.0], [50, 5.0], [100, 6.5]],
    });
    let drawn = svg(&signal, &[], SPAN).unwrap();
    for wanted in [
        "aria-label=\"Error rate: from 5 to 7 %, healthy is at most 1 %\"",
        "class=\"limit\" vector-effect=\"non-scaling-stroke\" d=\"M0 875H1000\"",
        ">healthy: at most 1 %</text>",
        "<rect class=\"breach\" x=\"100.0\" width=\"300.0\"",
        ">8</text>",
        ">%</text>",
    ] {
        assert!(drawn.contains(wanted), "{wanted}: {drawn}");
    }
}

#[test]
fn decisions_that_stand_close_get_one_label() {
    let label = |at: &[i64]| {
        let decisions: Vec<Value> = at.iter().map(|at| decision(*at)).collect();
        let signal = json!({ "name": "x", "unit": "", "points": [[0, 1.0]] });
        let drawn = svg(&signal, &decisions, SPAN).unwrap();
        let labels = drawn.split("class=\"number\"").skip(1);
        let label = |part: &str| {
            let (_, text) = part.split_once('>').unwrap();
            text.split('<').next().unwrap().to_owned()
        };
        labels.map(label).collect::<Vec<String>>()
    };
    assert_eq!(label(&[10, 50, 90]), ["1", "2", "3"]);
    assert_eq!(label(&[10, 12, 50]), ["1,2", "3"]);
    assert_eq!(label(&[10, 11, 12, 15, 90]), ["1–4", "5"]);
}
