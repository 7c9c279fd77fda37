//! What becomes of a file that uses others.

use std::fmt::Write;

use crate::runbook::{Kind, Loaded, Runbook, Step, load_with};

/// The runbooks that the files of these tests can use.
pub fn shelf(name: &str) -> Result<String, String> {
    let phases = match name {
        "leaf" => {
            "inputs: { service: { pattern: '[a-z]+' }, count: { type: number, default: 1 } }
phases:
- { id: p, title: Leaf, when: count > 0, role: verify, steps: [ { id: s, run: 'echo {{ service }} {# count #} $service', outputs: { out: { line: 1 } } } ] }
- { id: q, title: Second, steps: [ { id: g, title: '{{ out }}?', gate: { answers: { fine: { label: Fine }, bad: { label: Bad, then: [] } } } } ] }"
        }
        "secret" => {
            "inputs: { token: { secret: true, env: TOKEN } }
requires: { tools: [curl, jq], env: [HOME] }
env: { A: '{{ token }}', B: there }
defaults: { timeout: 7s }
phases: [ { id: p, title: P, steps: [ { id: s, run: 'curl {{ token }} $TOKEN', env: { B: here } }, { id: py, shell: python3, run: 'print(\"service {# not ours #}\")' } ] } ]"
        }
        "middle" => {
            "inputs: { name: { default: '{{ \"{{\" }}' } }
phases: [ { id: m, title: M, steps: [ { id: v, uses: leaf, with: { service: '{{ name }}' } }, { id: after, run: 'echo {{ v__out }}' } ] } ]"
        }
        "local" => {
            "inputs: { hosts: {} }
phases: [ { id: p, title: P, steps: [ { id: s, run: '{% for service in [hosts, \"b\"] %}echo {{ service }};{% endfor %}' } ] } ]"
        }
        "broken" => "phases: [ { id: p, title: P, steps: [ { id: s, run: 'echo {{ nope }} {{ no }}' } ] } ]",
        "here" => "phases: [ { id: p, title: P, steps: [ { id: s, uses: there } ] } ]",
        "there" => "phases: [ { id: p, title: P, steps: [ { id: s, uses: here } ] } ]",
        name => {
            // `deep9` uses `deep8` and so on; `wide9` uses `wide8` ten times.
            let level = |kind: &str| name.strip_prefix(kind).and_then(|n| n.parse::<u32>().ok());
            return match (level("deep"), level("wide")) {
                (Some(0), _) | (_, Some(0)) => Ok(file("phases: [ { id: p, title: P, steps: [ { id: s, run: x } ] } ]")),
                (Some(n), _) => Ok(file(&format!(
                    "phases: [ {{ id: p, title: P, steps: [ {{ id: s, uses: deep{} }} ] }} ]",
                    n - 1
                ))),
                (_, Some(n)) => {
                    let mut steps = String::new();
                    for number in 0..10 {
                        write!(steps, "{{ id: s{number}, uses: wide{} }}, ", n - 1).unwrap();
                    }
                    Ok(file(&format!("phases: [ {{ id: p, title: P, steps: [ {steps} ] }} ]")))
                }
                _ => Err(format!("there is no runbook `{name}`")),
            };
        }
    };
    Ok(file(phases))
}

pub fn file(rest: &str) -> String {
    format!("version: 1\ntitle: T\n{rest}\n")
}

pub fn loaded(text: &str) -> Loaded {
    load_with(text, &shelf)
}

#[track_caller]
fn good(rest: &str) -> Runbook {
    let text = file(rest);
    let loaded = loaded(&text);
    let shown = loaded.render("book.yaml", &text, false);
    loaded.runbook.expect(&shown)
}

/// Every phase: its id, whether it is the rest of the one before, its steps.
fn outline(runbook: &Runbook) -> String {
    let lines: Vec<String> = runbook
        .phases
        .iter()
        .map(|phase| {
            let steps: Vec<&str> = phase.steps.iter().map(|step| step.id.as_str()).collect();
            let rest = if phase.continues { "+" } else { "" };
            format!("{rest}{}({}): {}", phase.id, phase.title, steps.join(" "))
        })
        .collect();
    lines.join("; ")
}

fn script<'a>(runbook: &'a Runbook, step: &str) -> &'a str {
    match &runbook.step(step).expect("the step").1.kind {
        Kind::Run(run) => &run.script().source,
        other => panic!("{other:?}"),
    }
}

fn then<'a>(step: &'a Step, answer: &str) -> Option<&'a Vec<String>> {
    match &step.kind {
        Kind::Gate(gate) => gate.answer(answer).expect("the answer").then.as_ref(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_phase_is_parted_where_a_runbook_is_used() {
    for (steps, expected) in [
        (
            "{ id: u, uses: leaf, with: { service: web } }",
            "u__p(Leaf): u__s; +u__q(Second): u__g",
        ),
        (
            "{ id: a, run: x }, { id: u, uses: leaf, with: { service: web } }",
            "one(One): a; +u__p(Leaf): u__s; +u__q(Second): u__g",
        ),
        (
            "{ id: u, title: App, uses: leaf, with: { service: web } }, { id: z, run: 'echo {{ u__out }} {{ answers.u__g }} {{ steps.u__s.exit }}' }",
            "u__p(App: Leaf): u__s; +u__q(App: Second): u__g; +one__2(One): z",
        ),
        (
            "{ id: a, run: x }, { id: u, uses: leaf, with: { service: web } }, { id: b, run: x }, { id: v, uses: leaf, with: { service: '{{ u__out }}' } }, { id: w, uses: leaf, with: { service: db } }, { id: c, run: x }",
            "one(One): a; +u__p(Leaf): u__s; +u__q(Second): u__g; +one__2(One): b; +v__p(Leaf): v__s; +v__q(Second): v__g; +w__p(Leaf): w__s; +w__q(Second): w__g; +one__3(One): c",
        ),
        (
            "{ id: u, uses: middle }, { id: z, run: 'echo {{ u__v__out }}' }",
            "u__v__p(Leaf): u__v__s; +u__v__q(Second): u__v__g; +u__m__2(M): u__after; +one__2(One): z",
        ),
    ] {
        let runbook = good(&format!(
            "phases: [ {{ id: one, title: One, steps: [ {steps} ] }}, {{ id: two, title: Two, steps: [ {{ id: last, run: x }} ] }} ]"
        ));
        assert_eq!(outline(&runbook), format!("{expected}; two(Two): last"));
        for phase in &runbook.phases {
            let scope = runbook.scope_of(&phase.id);
            assert_eq!(phase.scope, scope, "{}", phase.id);
        }
    }
}

#[test]
fn names_change_and_scripts_do_not() {
    let runbook = good(
        "inputs: { out: {}, service: {} }
phases: [ { id: one, title: One, steps: [ { id: u, uses: leaf, with: { service: '{{ out }}' } }, { id: l, uses: local, with: { hosts: '{{ service }} x' } } ] } ]",
    );
    assert_eq!(
        script(&runbook, "u__s"),
        "echo {{ u__service }} {# count #} $service"
    );
    // A name of the used runbook's own loop cannot be one of the file around it.
    assert_eq!(
        script(&runbook, "l__s"),
        "{% for l__service in [l__hosts, \"b\"] %}echo {{ l__service }};{% endfor %}"
    );
    let bindings: Vec<(&str, &str)> = runbook
        .bindings
        .iter()
        .map(|binding| (binding.name.as_str(), binding.value.source.as_str()))
        .collect();
    assert_eq!(
        bindings,
        [
            ("u__service", "{{ out }}"),
            ("u__count", "1"),
            ("l__hosts", "{{ service }} x")
        ]
    );
    assert_eq!(runbook.types.get("u__count").unwrap().to_string(), "number");
    let used: Vec<(&str, &str)> = runbook
        .used
        .iter()
        .map(|used| (used.prefix.as_str(), used.name.as_str()))
        .collect();
    assert_eq!(used, [("u__", "leaf"), ("l__", "local")]);
}

#[test]
fn conditions_around_a_used_runbook_hold_for_it_too() {
    let when = |outer: &str, inner: &str| {
        let runbook = good(&format!(
            "inputs: {{ x: {{ type: boolean, default: true }} }}
phases: [ {{ id: one, title: One, {outer} role: stop, budget: 3m, steps: [ {{ id: u, uses: leaf, {inner} with: {{ service: web }} }}, {{ id: z, run: x }} ] }} ]"
        ));
        assert!(runbook.phases[0].role != runbook.phases[1].role);
        assert_eq!(runbook.phases[1].role, runbook.phases[2].role);
        assert_eq!(runbook.phases[0].budget, None);
        assert_eq!(runbook.phases[2].budget.unwrap().as_secs(), 180);
        let sources = runbook
            .phases
            .iter()
            .map(|phase| phase.when.as_ref().map(|w| w.source.clone()));
        sources.collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(when("", ""), [some("u__count > 0"), None, None]);
    assert_eq!(
        when("", "when: x,"),
        [some("(x) and (u__count > 0)"), some("x"), None]
    );
    assert_eq!(
        when("when: 'x or not x',", "when: x,"),
        [
            some("(x or not x) and (x) and (u__count > 0)"),
            some("(x or not x) and (x)"),
            some("x or not x")
        ]
    );
}

#[test]
fn routes_lead_to_all_pieces_of_a_phase() {
    let runbook = good(
        "phases:
- id: one
  title: One
  steps:
  - { id: g, title: G, gate: { answers: { on: { label: A }, end: { label: B, then: [] }, far: { label: C, then: [three] }, two: { label: D, then: [three, two] } } } }
  - { id: u, uses: leaf, with: { service: web } }
  - { id: h, title: H, gate: { answers: { end: { label: B, then: [] }, two: { label: D, then: [two] } } } }
- { id: two, title: Two, steps: [ { id: v, uses: middle }, { id: z, run: x } ] }
- { id: three, title: Three, steps: [ { id: last, run: x } ] }",
    );
    let rest = ["u__p", "u__q", "one__2"];
    let two = ["v__v__p", "v__v__q", "v__m__2", "two__2"];
    let g = runbook.step("g").unwrap().1;
    let h = runbook.step("h").unwrap().1;
    assert_eq!(then(g, "on"), None);
    assert_eq!(then(g, "end").unwrap(), &rest);
    assert_eq!(then(g, "far").unwrap(), &[&rest[..], &["three"]].concat());
    assert_eq!(
        then(g, "two").unwrap(),
        &[&rest[..], &["three"], &two].concat()
    );
    assert!(then(h, "end").unwrap().is_empty());
    assert_eq!(then(h, "two").unwrap(), &two);
    let ends = |step: &Step, answer: &str| match &step.kind {
        Kind::Gate(gate) => runbook.ends(&step.id, gate.answer(answer).unwrap()),
        _ => false,
    };
    assert!(ends(g, "end") && ends(h, "end"));
    assert!(!ends(g, "on") && !ends(g, "far") && !ends(h, "two"));
    let inner = runbook.step("u__g").unwrap().1;
    assert!(then(inner, "bad").unwrap().is_empty() && !ends(inner, "bad"));
    let innermost = runbook.step("v__v__g").unwrap().1;
    assert!(then(innermost, "bad").unwrap().is_empty() && !ends(innermost, "bad"));
}

#[test]
fn a_secret_keeps_the_variable_that_scripts_read() {
    let runbook = good(
        "inputs: { api: { secret: true, env: API } }
requires: { tools: [jq] }
env: { B: outer }
phases: [ { id: one, title: One, steps: [ { id: u, uses: secret, with: { token: '{{ api }}' } }, { id: z, run: x } ] } ]",
    );
    assert_eq!(script(&runbook, "u__s"), "curl {{ api }} $TOKEN");
    assert_eq!(
        script(&runbook, "u__py"),
        "print(\"service {# not ours #}\")"
    );
    let env = |step: &str| match &runbook.step(step).unwrap().1.kind {
        Kind::Run(run) => run
            .env
            .iter()
            .map(|(name, text)| format!("{name}={}", text.source))
            .collect::<Vec<_>>()
            .join(" "),
        _ => String::new(),
    };
    assert_eq!(env("u__s"), "A={{ api }} TOKEN={{ api }} B=here");
    assert_eq!(env("u__py"), "A={{ api }} B=there TOKEN={{ api }}");
    assert_eq!(env("z"), "");
    assert_eq!(runbook.env.len(), 1);
    assert_eq!(runbook.env_of("u__").len(), 3);
    assert!(runbook.env_of("").is_empty());
    assert_eq!(runbook.requires.tools, ["jq", "curl"]);
    assert_eq!(runbook.requires.env, ["HOME"]);
    assert!(runbook.bindings.is_empty());
    match &runbook.step("u__s").unwrap().1.kind {
        Kind::Run(run) => assert_eq!(run.timeout.as_secs(), 7),
        other => panic!("{other:?}"),
    }
}

#[test]
fn eight_runbooks_may_stand_in_one_another() {
    let deep = good("phases: [ { id: one, title: One, steps: [ { id: u, uses: deep7 } ] } ]");
    assert_eq!(
        outline(&deep),
        format!("u__{}p(P): u__{}s", "s__".repeat(7), "s__".repeat(7))
    );
    let wide = good("phases: [ { id: one, title: One, steps: [ { id: u, uses: wide3 } ] } ]");
    assert_eq!(wide.steps().count(), 1000);
}
