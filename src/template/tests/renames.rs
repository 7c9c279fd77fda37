//! Other names, the same template.

use proptest::prelude::*;

use super::scope;
use crate::template::{
    Scope, Shell, Value, check_text, evaluate, literal, names_in_text, rename_expression,
    rename_text, render_script, render_text, type_of_sole,
};

/// What a runbook used by the step `u` calls its names outside.
fn outside(path: &str) -> String {
    match path.split_once('.') {
        Some((group @ ("answers" | "steps"), rest)) => format!("{group}.u__{rest}"),
        Some(_) => path.to_owned(),
        None => format!("u__{path}"),
    }
}

fn renamed(source: &str) -> String {
    rename_text(source, &|path| Some(outside(path))).unwrap()
}

fn scope_outside() -> Scope {
    let mut all = Scope::new();
    for name in scope().names() {
        all.insert(&outside(&name), scope().get(&name).unwrap().clone());
    }
    all
}

#[test]
fn names_change_and_nothing_else() {
    for (source, expected) in [
        (
            "no names: service {service} $service",
            "no names: service {service} $service",
        ),
        ("{{ service }} service", "{{ u__service }} service"),
        ("{{service}}{{- v -}} x", "{{u__service}}{{- u__v -}} x"),
        (
            "{{ ( service ) }}{{ ((v)|upper) }}",
            "{{ ( u__service ) }}{{ ((u__v)|upper) }}",
        ),
        (
            "{{ 'service' ~ service ~ \"{{ service }}\" }}",
            "{{ 'service' ~ u__service ~ \"{{ service }}\" }}",
        ),
        (
            "{{ answers . migrations_ran }}",
            "{{ answers.u__migrations_ran }}",
        ),
        (
            "{{ steps.deploy.exit }} {{ run.kind }}",
            "{{ steps.u__deploy.exit }} {{ run.kind }}",
        ),
        (
            "<# {{ service }} #>{{ v }}",
            "<# {{ service }} #>{{ u__v }}",
        ),
        (
            "{%- for  host in [service, v] -%}{{ loop.index }}{{ host }}{% endfor %}",
            "{%- for  u__host in [u__service, u__v] -%}{{ loop.index }}{{ u__host }}{% endfor %}",
        ),
        (
            "{% if ready and service == \"service\" %}{% set w = v %}{{ w }}{% elif not ready %}{{ v }}{% else %}ü{{ empty }}{% endif %}",
            "{% if u__ready and u__service == \"service\" %}{% set u__w = u__v %}{{ u__w }}{% elif not u__ready %}{{ u__v }}{% else %}ü{{ u__empty }}{% endif %}",
        ),
        (
            "x={{ service }} # service\ncat <<EOF\n$service\nEOF\necho \"${service}\" '{{ v }}'",
            "x={{ u__service }} # service\ncat <<EOF\n$service\nEOF\necho \"${service}\" '{{ u__v }}'",
        ),
    ] {
        assert_eq!(renamed(source), expected);
        assert_eq!(rename_text(source, &|_| None).unwrap(), source);
        assert_eq!(
            rename_text(source, &|path| Some(path.to_owned())).unwrap(),
            source
        );
    }
    assert!(rename_text("{{ service", &|_| None).is_err());
    let condition = "not (service) in [v, \"v\"] and error_rate > -replicas";
    assert_eq!(
        rename_expression(condition, &|path| Some(outside(path))).unwrap(),
        "not (u__service) in [u__v, \"v\"] and u__error_rate > -u__replicas"
    );
    assert_eq!(rename_expression(condition, &|_| None).unwrap(), condition);
}

#[test]
fn a_secret_can_get_the_name_of_another_one() {
    let new = |path: &str| (path == "api_token").then(|| "other".to_owned());
    let script = rename_text("curl -H \"{{ api_token }}\" $TOKEN", &new).unwrap();
    let mut scope = Scope::new();
    scope.insert(
        "other",
        Value::Secret {
            variable: "OTHER".to_owned(),
        },
    );
    assert_eq!(
        render_script(&script, Shell::Bash, &scope).unwrap(),
        "curl -H \"${OTHER}\" $TOKEN"
    );
}

#[test]
fn the_type_of_a_text_of_one_value() {
    let types = scope().types();
    assert_eq!(
        type_of_sole("{{ error_rate }}", &types)
            .unwrap()
            .to_string(),
        "number"
    );
    assert_eq!(
        type_of_sole("{{ error_rate > 1 }}", &types)
            .unwrap()
            .to_string(),
        "boolean"
    );
    for none in ["x{{ error_rate }}", "x", "", "{{ nothing }}", "{{"] {
        assert_eq!(type_of_sole(none, &types), None, "{none}");
    }
}

/// Pieces of templates that render with the scope of these tests.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z{ <>$'#}%\"\n-]{0,6}".prop_filter("text alone", |text| {
            !text.contains("{{")
                && !text.contains("{%")
                && !text.contains("<#")
                && !text.ends_with(['{', '<'])
        }),
        Just("{{ service }}".to_owned()),
        Just("{{- v -}}".to_owned()),
        Just("{{ (error_rate) + replicas }}".to_owned()),
        Just("{{ hosts | upper }}".to_owned()),
        Just("{{ answers.migrations_ran ~ steps . deploy . outcome }}".to_owned()),
        Just("{{ run.kind ~ 'service' }}".to_owned()),
        Just("{% if ready %}{{ service }}{% else %}{{ v }}{% endif %}".to_owned()),
        Just("{%- if rate_text == '1.5' -%} {% set w = service %}{{ w }} {%- endif %}".to_owned()),
        Just("{% for x in [service, v] %}{{ loop.index }}{{ x }}{% endfor %}".to_owned()),
        Just("<# {{ service }} -#> ".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_comes_out_under_other_names(pieces in prop::collection::vec(piece(), 0..8)) {
        let source = pieces.concat();
        prop_assume!(check_text(&source, &scope().types()).is_ok());
        prop_assert_eq!(rename_text(&source, &|path| Some(path.to_owned())).unwrap(), source.clone());
        let other = renamed(&source);
        prop_assert_eq!(
            render_text(&other, &scope_outside()).unwrap(),
            render_text(&source, &scope()).unwrap()
        );
        let names: Vec<String> = names_in_text(&source).iter().map(|name| outside(&name.path)).collect();
        let found: Vec<String> = names_in_text(&other).into_iter().map(|name| name.path).collect();
        prop_assert_eq!(found, names);
        let quoted = |source: &str, scope: &Scope| render_script(source, Shell::Bash, scope).ok();
        prop_assert_eq!(quoted(&other, &scope_outside()), quoted(&source, &scope()));
    }

    #[test]
    fn expressions_come_out_the_same(left in "(service|v|\\(hosts\\)|answers\\.migrations_ran)", right in "(v|\"service\"|steps \\. deploy\\.outcome)") {
        let source = format!("{left} == {right} or not ({right} != {left})");
        let other = rename_expression(&source, &|path| Some(outside(path))).unwrap();
        prop_assert_eq!(evaluate(&other, &scope_outside()), evaluate(&source, &scope()));
    }

    #[test]
    fn any_text_has_a_template(text in "[^\0]*|[{}%<#\\- \"a]{0,12}") {
        prop_assert_eq!(render_text(&literal(&text), &Scope::new()).unwrap(), text);
    }

    #[test]
    fn anything_can_be_tried(source in ".{0,40}|[{}%<# a-z-]{0,24}") {
        let _ = rename_text(&source, &|path| Some(outside(path)));
        let _ = rename_expression(&source, &|path| Some(outside(path)));
    }
}
