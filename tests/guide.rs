//! Every YAML block of the authoring guide is a runbook that loads, with the runbooks that are built in at hand.

use rbconsole::runbook::library::{self, Entry, Origin};

const GUIDE: &str = include_str!("../runbooks/README.md");

#[test]
fn every_example_of_the_guide_loads() {
    let mut examples = 0;
    let mut lines = GUIDE.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line != "```yaml" {
            continue;
        }
        let inside: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .collect();
        let example = inside.join("\n");
        let entry = Entry {
            name: "example".to_owned(),
            origin: Origin::BuiltIn,
            text: example.clone(),
        };
        let loaded = library::load(&entry, &[]);
        assert!(
            loaded.runbook.is_some(),
            "the example at line {}:\n{}",
            number + 1,
            loaded.render("runbooks/README.md", &example, false)
        );
        examples += 1;
    }
    assert!(examples >= 5, "the guide has {examples} examples");
}
