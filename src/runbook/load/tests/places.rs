//! Faults of templates are shown exactly where they stand, however the text is written.

use super::{assert_one, assert_shown, load, marked, with_step};

/// The text has one finding; it stands where `<<…>>` was and covers it.
#[track_caller]
fn assert_marked(step: &str, told: &str) {
    let with_marks = with_step(step);
    let from = with_marks.find("<<").expect("a mark");
    let to = with_marks.find(">>").expect("its end");
    let text = with_marks.replace("<<", "").replace(">>", "");
    let before = &text[..from];
    let line = before.matches('\n').count() + 1;
    let column = before[before.rfind('\n').map_or(0, |n| n + 1)..]
        .chars()
        .count()
        + 1;
    let loaded = load(&text);
    let [finding] = &loaded.findings[..] else {
        panic!("{:?} in\n{text}", loaded.findings)
    };
    assert!(finding.message.contains(told), "{finding}");
    assert_eq!(
        (finding.at.line, finding.at.column),
        (line, column),
        "{finding} in\n{text}"
    );
    assert_eq!(marked(finding, &text), &text[from..to - 2], "{finding}");
    assert_shown(&loaded, &text);
}

#[test]
fn a_name_that_nothing_makes() {
    for step in [
        "id: a\nrun: echo {{ <<naem>> }}",
        "id: a\nrun: 'it''s {{ <<naem>> }}'",
        "id: a\nrun: \"x\\t\\\"ä\\u00e9 {{ <<naem>> }}\"",
        "{ id: a, title: 'ü', run: \"echo {{ <<naem>> }}\" }",
        "{ id: a, run: x, env: { A: \"{{ <<naem>> }}\", B: y } }",
        "id: a\nrun: |\n  echo ä\n  echo ö {{ <<naem>> }}\n  echo",
        "id: a\nrun: |\n\n\n  echo\n    deeper {{ <<naem>> }}",
        "id: a\nrun: |-\n  \"quoted\" {{ <<naem>> }}",
        "id: a\nrun: |2\n    indented\n  echo {{ <<naem>> }}",
        "id: a\nrun: x\nwhy: >\n  folded\n  text with {{ <<naem>> }}",
        "id: a\nrun: x\nwhy: >-\n  folded\n\n  text\n    kept {{ <<naem>> }}\n  end",
        "id: a\nrun: x\nwhy: plain\n  goes on {{ <<naem>> }}",
        "id: a\nrun: x\nwhy: \"quoted \\\n  goes on {{ <<naem>> }}\"",
        "id: a\nmanual:\n  checklist:\n  - one\n  - two {{ <<naem>> }}",
        "id: a\nrun: x\nfallbacks:\n- { title: F, run: 'echo {{ <<naem>> }}' }",
    ] {
        assert_marked(step, "`naem` is not defined");
    }
}

#[test]
fn expressions_in_every_place() {
    for step in [
        "id: a\nrun: x\nwhen: '<<naem>> == \"x\"'",
        "id: a\nrun: x\nexpect: { that: \"count > 1 and <<naem>> > 2\" }",
        "id: a\nwait: { for: 5s, until: <<naem>> > 2 }",
        "id: a\ngate:\n  criteria: [ { name: N, value: <<naem>>, limit: count > 1 } ]\n  answers: { x: { label: X } }",
        "id: a\ngate:\n  criteria: [ { name: N, value: count, limit: 'count > <<naem>>' } ]\n  answers: { x: { label: X } }",
        "id: a\ngate:\n  suggest:\n  - when: |\n      count > 1 and\n      <<naem>> > 1\n    answer: x\n  answers: { x: { label: X } }",
        "id: a\ngate:\n  evidence: { run: 'echo {{ <<naem>> }}' }\n  answers: { x: { label: X } }",
        "id: a\ngate:\n  answers: { x: { label: 'X {{ <<naem>> }}' } }",
    ] {
        assert_marked(step, "`naem` is not defined");
    }
}

#[test]
fn values_in_refused_places_of_a_script() {
    for (script, told) in [
        ("echo `id <<{{ name }}>>`", "back-quotes"),
        ("echo \"$(id <<{{ name }}>>)\"", "within double quotes"),
        ("echo $'x<<{{ name }}>>'", "$'…'"),
        ("echo $((1 + <<{{ name }}>>))", "evaluates"),
        ("[[ x = <<{{ name }}>> ]]", "[[ … ]]"),
        ("echo ${x:-<<{{ name }}>>}", "${…}"),
        ("echo x # <<{{ name }}>>", "comment"),
    ] {
        assert_marked(
            &format!("id: a\nrun: |\n  echo ä\n  {script}\n  echo z"),
            told,
        );
        let single = script.replace('\'', "''");
        assert_marked(&format!("{{ id: a, title: 'ß', run: '{single}' }}"), told);
        let double = script.replace('\\', "\\\\").replace('"', "\\\"");
        assert_marked(&format!("id: a\nrun: \"true\\n{double}\""), told);
    }
}

#[test]
fn a_here_document_is_refused_where_the_value_stands() {
    let text = with_step("id: a\nrun: |\n  cat <<EOF\n  x {{ name }}\n  EOF");
    let loaded = load(&text);
    let [finding] = &loaded.findings[..] else {
        panic!("{:?}", loaded.findings)
    };
    assert!(finding.message.contains("here-document"), "{finding}");
    assert_eq!((finding.at.line, finding.at.column), (14, 11));
    assert_eq!(marked(finding, &text), "{{ name }}");
}

#[test]
fn other_shells_take_no_values() {
    assert_marked(
        "id: a\nshell: python3\nrun: |\n  import os\n  print('<<{{>> name }}')",
        "cannot be quoted for this language",
    );
    assert_marked(
        "{ id: a, shell: [awk, -f], run: 'x <<{{>> name }}' }",
        "cannot be quoted for this language",
    );
}

#[test]
fn templates_that_do_not_parse_and_secrets_out_of_place() {
    assert_marked("id: a\nrun: x\nwhy: 'a <<{{>> name'", "");
    assert_marked("id: a\nrun: x\ntarget: 'a {{ <<token>> }}'", "secret");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_move_nothing() {
    let text = with_step("id: a\nrun: |\n  echo\n  echo {{ naem }}\ntimeuot: 5s");
    let plain = load(&text);
    let windows = text.replace('\n', "\r\n");
    let marked_text = format!("\u{feff}{text}");
    for other in [&windows, &marked_text] {
        let loaded = load(other);
        let places = |loaded: &super::Loaded| -> Vec<_> {
            loaded
                .findings
                .iter()
                .map(|finding| (finding.at.line, finding.at.column, finding.message.clone()))
                .collect()
        };
        assert_eq!(places(&loaded), places(&plain));
        assert_eq!(places(&plain).len(), 2);
        assert_eq!(marked(&loaded.findings[0], other), "naem");
        assert_eq!(marked(&loaded.findings[1], other), "timeuot");
        assert_shown(&loaded, other);
    }
}

#[test]
fn what_an_alias_stands_for_is_shown_where_it_was_written() {
    let text = with_step("id: a\nwhy: &why 'x {{ naem }}'\ntitle: *why\nrun: x");
    let loaded = load(&text);
    // Said once, although two fields hold it.
    assert_eq!(loaded.findings.len(), 1, "{:?}", loaded.findings);
    assert_eq!(marked(&loaded.findings[0], &text), "naem");
    let text = with_step(
        "id: a\nrun: &x x\nretry: { attempts: &two 2, delay: *x }\nexpect: { exit: *two }",
    );
    let loaded = load(&text);
    assert_eq!(loaded.findings.len(), 1, "{:?}", loaded.findings);
    assert_eq!(marked(&loaded.findings[0], &text), "x");
}

#[test]
fn a_place_far_to_the_right_keeps_its_column() {
    let text = format!(
        "version: 1\ntitle: \"{}\"\nphases: [ {{ id: p, title: P, steps: [ {{ id: s, run: \"{} {{{{ naem }}}}\" }} ] }} ]\n",
        "x".repeat(2000),
        "ä".repeat(1000)
    );
    assert_one(
        &text,
        "3:1058: `naem` is not defined (a name is made by an input or an output of an earlier step)",
    );
    let shown = load(&text).render("book.yaml", &text, false);
    assert!(
        shown.lines().all(|line| line.chars().count() < 1000),
        "{shown}"
    );
}
