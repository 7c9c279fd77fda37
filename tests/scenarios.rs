//! Every runbook that ships keeps what its scenarios say, and every route through it is walked by one.

use std::sync::Arc;

use rbconsole::{
    check::routes::{Limits, walk},
    runbook::{library::BUILT_IN, load_with},
    scenario::{
        File, Suite, Verdict,
        coverage::{Coverage, Share, went_to_the_end},
        tell,
    },
};

fn suite(name: &str, book: &str, scenarios: &str) -> Suite {
    let loaded = load_with(book, &|name| {
        let found = BUILT_IN.iter().find(|built_in| built_in.name == name);
        found
            .map(|built_in| built_in.text.to_owned())
            .ok_or_else(|| format!("`{name}` does not ship"))
    });
    let findings = loaded.render(name, book, false);
    let book = Arc::new(loaded.runbook.expect(&findings));
    let file = format!("{name}.test.yaml");
    let parsed = File::parse(scenarios).expect("the scenarios are YAML");
    Suite::read(name, &file, scenarios, parsed, book).unwrap_or_else(|findings| {
        let told: Vec<String> = findings
            .iter()
            .map(|f| f.render(&file, scenarios, false))
            .collect();
        panic!("{}", told.join("\n\n"))
    })
}

fn coverage(suite: &Suite, verdicts: &[Verdict]) -> Coverage {
    let walked = walk(&suite.book, Limits::default());
    let mut routes = Share::of(
        &walked.routes,
        |route| {
            verdicts
                .iter()
                .any(|verdict| went_to_the_end(&verdict.state) && route.is_of(&verdict.state))
        },
        |route| route.decisions().join(", "),
    );
    routes.cut = walked.cut.is_some();
    Coverage::of(&suite.book, verdicts, routes)
}

#[test]
fn every_scenario_of_every_shipped_runbook_passes_and_every_route_is_walked() {
    for built_in in BUILT_IN {
        let suite = suite(built_in.name, built_in.text, built_in.scenarios);
        let verdicts = suite.run("");
        assert!(
            verdicts.len() > 10,
            "{} has {} scenarios",
            built_in.name,
            verdicts.len()
        );
        let told = tell::failures(&suite, &verdicts, false);
        assert!(told.is_empty(), "\n{told}");
        let coverage = coverage(&suite, &verdicts);
        assert!(
            coverage.is_whole(),
            "\n{}",
            tell::coverage(built_in.name, &coverage)
        );
    }
}

#[test]
fn a_route_that_nobody_walks_is_missed() {
    let built_in = BUILT_IN
        .iter()
        .find(|one| one.name == "symlink-release")
        .expect("it ships");
    let suite = suite(built_in.name, built_in.text, built_in.scenarios);
    let verdicts = suite.run("The release is not the cause");
    assert_eq!(verdicts.len(), 1);
    let coverage = coverage(&suite, &verdicts);
    assert!(!coverage.is_whole());
    assert_eq!(coverage.routes.missed.len(), coverage.routes.all - 1);
}

#[test]
fn the_runbook_to_start_from_passes_its_scenarios() {
    let book = include_str!("../src/cli/new/template.yaml");
    let suite = suite(
        "template",
        book,
        include_str!("../src/cli/new/template.test.yaml"),
    );
    let verdicts = suite.run("");
    let told = tell::failures(&suite, &verdicts, false);
    assert!(told.is_empty(), "\n{told}");
}
