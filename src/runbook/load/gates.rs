//! The gates: criteria, suggestions and answers.

use super::fields::{Named, Reader, meant};
use crate::runbook::{
    Answer, Approvals, Code, Criterion, Gate, GateHeadless, Suggestion, Text,
    yaml::{Key, Node, Value},
};

pub fn gate(reader: &mut Reader, node: &Node) -> Option<Gate> {
    let mut fields = reader.fields(node, "a gate")?;
    let f = &mut fields;
    let evidence = f.take("evidence").and_then(|n| {
        let mut fields = reader.fields(n, "evidence")?;
        let run = fields.need(reader, "run").and_then(|n| reader.text(n));
        fields.finish(reader);
        run
    });
    let criteria = f.take("criteria").map(|n| reader.list(n, criterion));
    let answers_node = f.need(reader, "answers");
    let answers = answers_node.map(|n| {
        reader.map(n, |reader, key, node| {
            answer_name(reader, key);
            answer(reader, key.name.clone(), node)
        })
    });
    let answers = answers.unwrap_or_default();
    if let Some(node) = answers_node
        && Reader::is_empty(node)
    {
        reader.error(
            Code::MissingField,
            node.at,
            "a gate needs at least one answer",
        );
    }
    let known: Vec<&str> = answers.iter().map(|answer| answer.name.as_str()).collect();
    // Without any answer that could be read, every name would be unknown.
    let known = (!known.is_empty()).then_some(known.as_slice());
    let suggest = f
        .take("suggest")
        .map(|n| reader.list(n, |r, n| suggestion(r, n, known)));
    let headless_node = f.take("headless");
    let headless = headless_node.and_then(|n| {
        let word = reader.string(n)?;
        match word.as_str() {
            "stop" => Some(GateHeadless::Stop),
            "suggested" => Some(GateHeadless::Suggested),
            answer => known_answer(reader, n, answer, known).map(GateHeadless::Answer),
        }
    });
    fields.finish(reader);
    Some(Gate {
        evidence,
        criteria: criteria.unwrap_or_default(),
        suggest: suggest.unwrap_or_default(),
        answers,
        headless: headless.unwrap_or_default(),
        headless_given: headless_node.is_some(),
    })
}

/// Answers are compared as texts, so that words of the template language will do; words that mean something else where
/// answers are named will not.
fn answer_name(reader: &mut Reader, key: &Key) {
    let taken = match reader.word_id(&key.name, key.at).as_deref() {
        Some("stop" | "suggested") => "`headless` means something else by it",
        Some("not_taken") => "it is the answer of a gate that was not taken",
        _ => return,
    };
    reader.error_hint(
        Code::Id,
        key.at,
        format!("`{}` cannot be an answer: {taken}", key.name),
        "choose another name",
    );
}

fn known_answer(
    reader: &mut Reader,
    node: &Node,
    name: &str,
    known: Option<&[&str]>,
) -> Option<String> {
    let Some(known) = known.filter(|known| !known.contains(&name)) else {
        return Some(name.to_owned());
    };
    let hint = meant(name, known.iter().copied(), "the answers are: ");
    reader.error_hint(
        Code::UnknownPhase,
        node.at,
        format!("the gate has no answer `{name}`"),
        hint,
    );
    None
}

fn criterion(reader: &mut Reader, node: &Node) -> Option<Criterion> {
    let mut fields = reader.fields(node, "a criterion")?;
    let name = fields.need(reader, "name").and_then(|n| reader.string(n));
    let value = fields
        .need(reader, "value")
        .and_then(|n| reader.expression(n));
    let unit = fields.take("unit").and_then(|n| reader.string(n));
    let limit = fields
        .need(reader, "limit")
        .and_then(|n| reader.expression(n));
    fields.finish(reader);
    Some(Criterion {
        name: name?,
        value: value?,
        unit: unit.unwrap_or_default(),
        limit: limit?,
    })
}

fn suggestion(reader: &mut Reader, node: &Node, known: Option<&[&str]>) -> Option<Suggestion> {
    let mut fields = reader.fields(node, "a suggestion")?;
    let when = fields
        .need(reader, "when")
        .and_then(|n| reader.expression(n));
    let answer = fields.need(reader, "answer").and_then(|n| {
        let name = reader.string(n)?;
        known_answer(reader, n, &name, known)
    });
    let because = fields.take("because").and_then(|n| reader.text(n));
    fields.finish(reader);
    Some(Suggestion {
        when: when?,
        answer: answer?,
        because: because.unwrap_or_default(),
    })
}

fn answer(reader: &mut Reader, name: String, node: &Node) -> Option<Answer> {
    let mut fields = reader.fields(node, "an answer")?;
    let label = fields.need(reader, "label").and_then(|n| reader.text(n));
    let then_node = fields.take("then");
    let then = then_node.map(|n| reader.strings(n));
    let consequence = fields.take("consequence").and_then(|n| reader.text(n));
    let reason = fields.take("reason").and_then(|n| {
        reader.word(
            n,
            "a rule for reasons",
            &[("required", true), ("optional", false)],
        )
    });
    let approvals = fields.take("approvals").and_then(|n| approvals(reader, n));
    fields.finish(reader);
    let label = label.unwrap_or_else(|| Text {
        source: String::new(),
        at: node.at,
    });
    if let Some(Value::List(items)) = then_node.map(|n| &n.value) {
        for (number, item) in items.iter().enumerate() {
            let answer = label.at.offset;
            let place = Named::Then { answer, number };
            reader.places.insert(place, item.at);
        }
    }
    Some(Answer {
        name,
        label,
        then,
        consequence: consequence.unwrap_or_default(),
        reason_required: reason.unwrap_or_default(),
        approvals,
    })
}

fn approvals(reader: &mut Reader, node: &Node) -> Option<Approvals> {
    let mut fields = reader.fields(node, "approvals")?;
    let from = fields.take("from").map(|n| {
        reader.list(n, |reader, node| {
            let name = reader.string(node)?;
            if name.trim().is_empty() {
                reader.error(
                    Code::Value,
                    node.at,
                    "a name of a person or a group is empty",
                );
            }
            Some(name)
        })
    });
    let count_node = fields.take("count");
    let count = count_node.and_then(|n| reader.number::<u32>(n, "a whole number"));
    fields.finish(reader);
    if let (Some(count), Some(node)) = (count, count_node)
        && !(1..=100).contains(&count)
    {
        reader.error_hint(
            Code::Value,
            node.at,
            "`count` is how many must agree: from 1 to 100",
            "remove `approvals` if nobody must",
        );
    }
    Some(Approvals {
        from: from.unwrap_or_default(),
        count: count.unwrap_or(1),
    })
}
