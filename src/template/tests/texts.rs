//! Plain text templates: names, types, and agreement with Tera itself.

use proptest::prelude::*;

use super::scope;
use crate::template::{Value, check_text, names_in_text, render_text};

fn fault(source: &str) -> String {
    let found = check_text(source, &scope().types()).unwrap_err();
    assert!(render_text(source, &scope()).is_err(), "{source}");
    found[0].to_string()
}

/// Tera's own rendering, of the whole template at once.
fn tera(source: &str) -> Result<String, String> {
    let mut tera = tera::Tera::default();
    let delimiters = tera::Delimiters {
        comment_start: "<#".into(),
        comment_end: "#>".into(),
        ..tera::Delimiters::default()
    };
    tera.set_delimiters(delimiters).unwrap();
    let mut context = tera::Context::new();
    context.insert("service", "api");
    context.insert("v", "it's $(echo PWNED) \"x\" !");
    context.insert("empty", "");
    context.insert("hosts", "a b,c");
    context.insert("error_rate", &1.5);
    context.insert("replicas", &3);
    context.insert("ready", &true);
    context.insert("run", &serde_json::json!({"kind": "incident"}));
    tera.render_str(source, &context, false)
        .map_err(|error| error.to_string())
}

#[test]
fn renders_as_tera_does() {
    for source in [
        "Roll back {{ service }} ({{ run.kind }})",
        "a {{- service -}} b {%- if ready -%} c {%- else %} d {% endif -%} e",
        "a <#- c -#> b <# d #> {{ replicas * 2 }} {{ error_rate / 2 }} {{ 1.0 }}",
        "{% for h in hosts | split(pat=\",\") %}{{ loop.index }}:{{ h }}{% if not loop.last %};{% endif %}{% endfor %}",
        "{% for a in [1, 2] %}{% for b in [true, false] %}{{ a }}{{ b }}{{ loop.index0 }}{% endfor %}{{ loop.length }}{{ loop.first }}{% endfor %}",
        "{% set x = service ~ 1 %}{% if x == 'api1' %}{{ x }}{% endif %}",
        "{ {{ \"{{\" }} } % }} %}",
        "-}} {{ service -}} <# x #>  y {{ '}}' }}",
        "{{ empty }}\n{{ replicas % 2 == 1 and not empty }}",
    ] {
        let expected = tera(source);
        if let Ok(found) = render_text(source, &scope()) {
            assert_eq!(Ok(found), expected, "{source}");
        } else {
            assert!(source.contains("not empty"), "{source}");
        }
    }
}

#[test]
fn undefined_names_are_faults_everywhere() {
    for source in [
        "{{ servce }}",
        "{% if servce == 'a' %}{% endif %}",
        "{% if false %}{{ servce }}{% endif %}",
        "{% if ready or servce == 'a' %}{% endif %}",
        "{% for x in [servce] %}{% endfor %}",
        "{% for x in ['a'] %}{% endfor %}{{ x }}",
        "{% if ready %}{% set y = 1 %}{% endif %}{{ y }}",
        "{{ run.knd }}",
        "{{ service.x }}",
        "{{ loop.index }}",
    ] {
        assert!(
            fault(source).contains("is not defined"),
            "{source}: {}",
            fault(source)
        );
    }
    assert!(fault("{{ steps.deploy }}").contains("group"));
    assert!(fault("{{ api_token }}").contains("can only stand alone"));
    assert!(fault("{% set service = 1 %}").contains("already stands"));
    assert!(fault("{% if replicas %}{% endif %}").contains("true or false"));
    assert!(fault("{{ service | safe }}").contains("no filter `safe`"));
    assert!(fault("{% for x in service %}{% endfor %}").contains("nothing to loop over"));
    assert!(fault("{{ [1] }}").contains("lists"));
    assert!(fault("{{ none }}").contains("no `none`"));
}

#[test]
fn refuses_nul_and_endless_work() {
    let mut scope = scope();
    scope.insert("nul", Value::String("a\0b".into()));
    assert!(
        render_text("{{ nul }}", &scope)
            .unwrap_err()
            .message
            .contains("NUL")
    );
    let nested = |n: usize| {
        let open: Vec<_> = (0..n)
            .map(|i| format!("{{% for x{i} in [1, 2, 3, 4] %}}"))
            .collect();
        open.concat() + &"{% endfor %}".repeat(n)
    };
    assert!(render_text(&nested(3), &scope).is_ok());
    assert!(
        render_text(&nested(60), &scope)
            .unwrap_err()
            .message
            .contains("come to an end")
    );
    scope.insert("big", Value::String("x".repeat(1 << 20)));
    assert!(render_text("{{ big }}{{ big }}{{ big }}", &scope).is_ok());
    assert!(
        render_text(&"{{ big }}".repeat(5), &scope)
            .unwrap_err()
            .message
            .contains("longer")
    );
    let doubled =
        "{% set a = big ~ big %}{% set b = a ~ a %}{% set c = b ~ b %}{% set d = c ~ c %}";
    assert!(
        render_text(doubled, &scope)
            .unwrap_err()
            .message
            .contains("too long")
    );
}

#[test]
fn lists_names_with_their_places() {
    let source = "{{ service }}\n{% for x in hosts | split(pat=',') %}{{ x ~ run.kind }}{{ loop.index }}{% endfor %}{{ x }}";
    let names: Vec<_> = names_in_text(source)
        .into_iter()
        .map(|n| (n.path, n.line, n.column))
        .collect();
    assert_eq!(
        names,
        [
            ("service".to_owned(), 1, 4),
            ("hosts".to_owned(), 2, 13),
            ("run.kind".to_owned(), 2, 45),
            ("x".to_owned(), 2, 87),
        ]
    );
}

fn fragment() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "{{ service }}",
        "{{- service }}",
        "{{ v -}}",
        "{% if ready %}",
        "{%- if not ready -%}",
        "{% else %}",
        "{%- else -%}",
        "{% elif replicas > 2 %}",
        "{% endif %}",
        "{% endif -%}",
        "{% for x in ['a', 'b'] %}",
        "{% for x in hosts | split(pat=',') -%}",
        "{% endfor %}",
        "{{ x }}",
        "{{ loop.index }}",
        "<# c #>",
        "<#- c -#>",
        "<#-#>",
        "{% set y = 1 %}",
        "{{ y }}",
        " ",
        "\n",
        "\t a \n",
        "{",
        "}",
        "%",
        "'",
        "\"",
        "`",
        "$(",
        ")",
        "${",
        "\\",
        "<<E",
        "\nE\n",
        "case ",
        " in ",
        ";;",
        "esac",
        "[[ ",
        "]] ",
        "((",
        "))",
        "# ",
        "a=(",
        "x[",
        "]",
        "-",
        "\u{a0}",
        "{{",
        "}}",
        "{%",
        "%}",
        "<#",
        "#>",
        "ä",
        "$'",
        "$x",
    ]);
    prop_oneof![9 => fixed.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// What we render, Tera renders to the same text; and nothing panics.
    #[test]
    fn fragments(parts in prop::collection::vec(fragment(), 0..14)) {
        let source = parts.concat();
        if let Ok(text) = render_text(&source, &scope()) {
            prop_assert_eq!(Ok(text), tera(&source));
        }
        for shell in [crate::template::Shell::Bash, crate::template::Shell::Sh] {
            let checked = crate::template::check_script(&source, shell, &scope().types());
            let rendered = crate::template::render_script(&source, shell, &scope());
            prop_assert_eq!(checked.is_ok(), rendered.is_ok());
        }
        names_in_text(&source);
        let _ = crate::template::check_plain(&source);
    }

    #[test]
    fn bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let source = String::from_utf8_lossy(&bytes);
        if let Ok(text) = render_text(&source, &scope()) {
            prop_assert_eq!(Ok(text), tera(&source));
        }
        let _ = crate::template::render_script(&source, crate::template::Shell::Bash, &scope());
        let _ = crate::template::evaluate_value(&source, &scope());
    }
}

/// Sources of the greatest length, made to be slow.
#[test]
fn hostile_sources_end_soon() {
    let started = std::time::Instant::now();
    for part in [
        "{{ a }}",
        "{% if ready %}",
        "{% if ready %}{% endif %}",
        "{% for x in [1] %}{% endfor %}",
        "$(",
        "\"$(",
        "((",
        "<<E\n",
        "<<E ",
        "`",
        "{{ a ~ ",
        "(",
        "[",
        "a[",
        "${",
        "case x in ",
        "<# ",
        "{{ v }}",
        "x{{ service }}'",
        "{{ '",
        "\\",
    ] {
        let source = part.repeat((1 << 20) / part.len());
        let wrapped = format!("{{{{ {source}");
        for source in [&source, &wrapped] {
            let _ = crate::template::check_script(
                source,
                crate::template::Shell::Bash,
                &scope().types(),
            );
            let _ = crate::template::render_script(source, crate::template::Shell::Sh, &scope());
            let _ = crate::template::evaluate(source, &scope());
            names_in_text(source);
        }
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
