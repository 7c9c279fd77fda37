//! The arguments as they were given.

mod headless;
mod note;

use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};

pub use headless::Headless;
pub use note::{Note, Origin};

/// A console that walks you through a rollback runbook: live output, decision
/// gates, a durable timeline.
#[derive(Debug, Parser)]
#[command(
    name = "rbconsole",
    version,
    after_help = "Without a subcommand: the home screen, with unfinished runs first.

Exit codes:
   0  the run closed as resolved or stood down (or the command did its job)
   1  the run closed as failed or aborted, or a check found errors
   2  bad usage or an invalid runbook
   3  a person is needed: the run stays open, `rbconsole resume` takes it up
   4  refused: the runbook is not trusted, preflight or a guard failed, or someone
      else drives the run
  70  a fault of rbconsole's own

Files:
  RBCONSOLE_STATE_DIR    where runs are kept (default: your state directory)
  RBCONSOLE_CONFIG_DIR   config.yaml, runbooks/ and themes/ (default: your config directory)
  RBCONSOLE_LOG          what trace.log in the state directory says: debug, trace (default: nothing)"
)]
pub struct Arguments {
    /// The home screen as prompted lines: for screen readers and terminals that only print
    #[arg(long)]
    pub plain: bool,
    /// Whether what is printed and shown has colours
    #[command(flatten)]
    pub color: colorchoice_clap::Color,
    /// Write what rbconsole does into trace.log in the state directory; -vv: more
    ///
    /// Never onto the screen. `RBCONSOLE_LOG` says the same in words: `debug`, or
    /// `rbconsole::session=trace`.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Subcommand>,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Roll back a real little service in a scratch folder
    ///
    /// Needs nothing but bash, coreutils, grep, sed and awk.
    Demo(Demo),
    /// Run a runbook: a file, or a name that `rbconsole list` shows
    Run(Run),
    /// Take up an unfinished run: after a crash, a lost connection, a hand-over, or `q`
    ///
    /// Of a run that somebody else drives it says who, and asks them to hand over.
    Resume(Resume),
    /// See a run live without touching it; into a pipe, line by line
    ///
    /// Where nobody drives, Enter takes the run over. In a pipe it ends with the run, and
    /// with the exit code of its outcome.
    Watch(Watch),
    /// List runs, unfinished first
    Runs(Runs),
    /// Write something into a run's timeline
    Note(Note),
    /// Agree with an answer of somebody else's open gate, or refuse to
    ///
    /// You are known by your account: be another user of the machine than the driver.
    Approve(Approve),
    /// Print a run's report in Markdown
    Report(Report),
    /// Check that a run's journal and logs are what was written
    Audit(Audit),
    /// Show how the runbooks stand with their drills, overdue ones first
    Drills(Drills),
    /// List the runbooks that can be run by name
    List(Listing),
    /// Print a runbook as a person reads it
    Show(Show),
    /// Write a runbook to start from, with its scenarios
    New(New),
    /// Check runbooks: every error with its line and how to mend it
    Check(Check),
    /// Explain a code that `check` gives, with a wrong and a right example
    Explain {
        /// For example RB100; without one, all codes
        code: Option<String>,
    },
    /// Play a runbook's scenarios without running a command
    Test(Test),
    /// Trust a runbook, so that it may execute
    ///
    /// What is built in or stands in the folder runbooks of your config directory is
    /// trusted. Any other is trusted once, with all that it uses; when a file has
    /// changed, it is asked about again, and the difference is shown.
    Trust(Trust),
    /// Print every route through a runbook: each combination of answers and conditions
    Routes(Routes),
    /// Print the JSON Schema of runbooks, by which editors complete and check
    Schema(Schema),
    /// Print where files stand and what is set; with --theme, what the themes look like
    Config(Config),
    /// Print a completion script for your shell
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page: `rbconsole man | man -l -`
    Man,
    /// The demo's server
    #[command(name = "__demo-serve", hide = true)]
    DemoServe {
        /// Its scratch folder
        scratch: PathBuf,
    },
    /// The demo's client
    #[command(name = "__demo-traffic", hide = true)]
    DemoTraffic {
        /// Its scratch folder
        scratch: PathBuf,
    },
}

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Without a screen: gates are answered by their suggestion
    #[arg(long)]
    pub headless: bool,
    /// Prompted lines in place of the screen
    #[arg(long, conflicts_with = "headless")]
    pub plain: bool,
    /// Make the scratch folder in DIR and keep it
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// A file, or a name that `rbconsole list` shows
    pub runbook: String,
    /// Give an input; may be repeated
    #[arg(short, long = "input", value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// The environment to run in
    #[arg(short, long, value_name = "ENV")]
    pub environment: Option<String>,
    /// A drill: the environment must be marked `drill: true` and its guard succeed
    #[arg(long, conflicts_with = "rehearse")]
    pub drill: bool,
    /// A rehearsal: walk through it; nothing is done to the world
    #[arg(long)]
    pub rehearse: bool,
    /// Begin at this step; gates before it need --answer
    #[arg(long, value_name = "STEP")]
    pub from: Option<String>,
    /// With --from: what a step before it would have made; may be repeated
    #[arg(long, value_name = "NAME=VALUE", requires = "from")]
    pub value: Vec<String>,
    /// Trust the runbook as it is now, and remember it
    #[arg(long)]
    pub trust: bool,
    /// What to call the run
    #[arg(long)]
    pub title: Option<String>,
    /// How bad it is, for the report
    #[arg(long)]
    pub severity: Option<String>,
    /// Who is hit and how, for the report
    #[arg(long)]
    pub impact: Option<String>,
    /// How to run without a screen
    #[command(flatten)]
    pub headless: Headless,
}

/// How events are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line for people
    Text,
    /// A JSON object a line: `at`, `by` and `event`, as in the journal
    Jsonl,
}

/// `resume`.
#[derive(Debug, Args)]
pub struct Resume {
    /// The run's id, a unique beginning of it, or `last`
    #[arg(default_value = "last")]
    pub run: String,
    /// Move the run to this state directory first, as when its own disk is full or failing
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<std::path::PathBuf>,
    /// How to run without a screen
    #[command(flatten)]
    pub headless: Headless,
}

/// `watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// The run's id, a unique beginning of it, or `last`
    #[arg(default_value = "last")]
    pub run: String,
    /// Without a screen, also on a terminal: one line an event until the run is closed
    #[arg(long)]
    pub headless: bool,
    /// Prompted lines in place of the screen, with the way to take the run over
    #[arg(long, conflicts_with_all = ["headless", "format"])]
    pub plain: bool,
    /// How events are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `show`.
#[derive(Debug, Args)]
pub struct Show {
    /// A file, or a name that `rbconsole list` shows
    pub runbook: String,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = ShowFormat::Text)]
    pub format: ShowFormat,
}

/// `new`.
#[derive(Debug, Args)]
pub struct New {
    /// Its name; it becomes runbooks/NAME.yaml, or NAME.yaml where there is no folder `runbooks`
    pub name: String,
    /// Copy a runbook instead: a file, or a name that `rbconsole list` shows
    #[arg(long, value_name = "RUNBOOK")]
    pub from: Option<String>,
    /// Write it to FILE, or into a folder
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How a runbook is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowFormat {
    /// For the terminal, wrapped to its width
    Text,
    /// Markdown
    Md,
}

/// A list.
#[derive(Debug, Args)]
pub struct Listing {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `runs`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Runs {
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// Remove closed runs instead of listing them; says which and asks first
    #[arg(long, requires = "older_than", conflicts_with = "json")]
    pub prune: bool,
    /// With --prune: those that were closed longer ago than this: 90d, 12w, 1y
    #[arg(long, value_name = "TIME", requires = "prune")]
    pub older_than: Option<String>,
    /// With --prune: keep each run's report, in the folder `reports` beside the runs
    #[arg(long, requires = "prune")]
    pub keep_reports: bool,
    /// With --prune: do not ask
    #[arg(long, requires = "prune")]
    pub yes: bool,
}

/// `drills`.
#[derive(Debug, Args)]
pub struct Drills {
    /// Only those that are overdue; exits with 1 if there are any
    #[arg(long)]
    pub overdue: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// The run's whole id, as the driver's screen shows it; with --attest also a beginning of it, or `last`
    pub run: String,
    /// The gate's id
    pub gate: String,
    /// Which answer, if more than one needs approval
    #[arg(long)]
    pub answer: Option<String>,
    /// Refuse instead; needs a reason
    #[arg(long, requires = "reason")]
    pub deny: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The number of the user who drives the run, if several say that they do
    #[arg(long, value_name = "UID", conflicts_with = "attest")]
    pub driver: Option<u32>,
    /// As the driver: somebody said so elsewhere, and you vouch for it
    #[arg(long, value_name = "NAME", requires = "via")]
    pub attest: Option<String>,
    /// Where they said it: the phone, a chat
    #[arg(long, value_name = "CHANNEL", requires = "attest")]
    pub via: Option<String>,
    /// Which of those who are asked they are, if their name does not say it
    #[arg(long, value_name = "GROUP", requires = "attest")]
    pub stands_for: Option<String>,
}

/// `report`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Report {
    /// The run's id, a unique beginning of it, or `last`
    #[arg(default_value = "last")]
    pub run: String,
    /// How it stands, on one screen: for whoever takes it over
    #[arg(long, conflicts_with_all = ["format", "full", "issue_body", "template"])]
    pub brief: bool,
    /// As Markdown, one HTML file, or data; without it, by the name of the file to write
    #[arg(long, value_enum)]
    pub format: Option<ReportFormat>,
    /// Every event, not only what the story needs
    #[arg(long)]
    pub full: bool,
    /// Only what is left to do, as the text of an issue
    #[arg(long, conflicts_with_all = ["format", "full", "template"])]
    pub issue_body: bool,
    /// Leave out e-mail addresses, IP addresses and what the config file's `redact` finds
    #[arg(long)]
    pub redact: bool,
    /// By a template of your own: Tera over the data that `--format json` prints
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    pub template: Option<PathBuf>,
    /// Where to write it; `-` is standard output
    #[arg(short, long, default_value = "-")]
    pub output: PathBuf,
}

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Markdown, as GitHub shows it
    Md,
    /// One HTML file that needs nothing else
    Html,
    /// Data; `rbconsole schema --report` says what is in it
    Json,
}

/// `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// The run's id, a unique beginning of it, or `last`
    #[arg(default_value = "last")]
    pub run: String,
    /// The journal's head as it was noted elsewhere, for example in the report
    #[arg(long, value_name = "HASH")]
    pub head: Option<String>,
}

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Files, folders or names; without any, everything that `rbconsole list` shows
    pub paths: Vec<PathBuf>,
    /// Warnings count as errors: exit 1
    #[arg(long)]
    pub strict: bool,
    /// Check again whenever a file is saved, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people, on standard error
    Text,
    /// An array with an object a finding
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// GitHub workflow commands: annotations at the line
    Github,
}

/// `routes`.
#[derive(Debug, Args)]
pub struct Routes {
    /// A file, or a name that `rbconsole list` shows
    pub runbook: String,
    /// How the routes are printed
    #[arg(long, value_enum, default_value_t = RoutesFormat::Tree)]
    pub format: RoutesFormat,
}

/// How routes are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoutesFormat {
    /// A tree for the terminal
    Tree,
    /// A flowchart that GitHub draws
    Mermaid,
    /// Every route as data
    Json,
}

/// `test`.
#[derive(Debug, Args)]
pub struct Test {
    /// Scenarios (NAME.test.yaml), runbooks, folders or names; without any, those of everything that `rbconsole list` shows
    pub paths: Vec<PathBuf>,
    /// Only scenarios with this text in their names
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Say what no scenario walks over
    #[arg(long)]
    pub coverage: bool,
    /// Exit with 1 if anything is missed
    #[arg(long, requires = "coverage", conflicts_with = "only")]
    pub strict: bool,
    /// How results are printed
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
    /// Where to write it; `-` is standard output
    #[arg(short, long)]
    pub output: Option<PathBuf>,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// For people
    Text,
    /// The XML that CI systems read
    Junit,
}

/// `trust`.
#[derive(Debug, Args)]
pub struct Trust {
    /// Files, or names that `rbconsole list` shows
    #[arg(value_name = "RUNBOOK", required_unless_present_any = ["list", "forget"])]
    pub runbooks: Vec<String>,
    /// Without asking
    #[arg(long)]
    pub yes: bool,
    /// What was trusted: digest, when, by whom, file
    #[arg(long, conflicts_with_all = ["runbooks", "yes", "forget"])]
    pub list: bool,
    /// Trust a file no longer; may be repeated
    #[arg(long, value_name = "PATH", conflicts_with_all = ["runbooks", "yes"])]
    pub forget: Vec<String>,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// That of `NAME.test.yaml` instead
    #[arg(long, conflicts_with = "report")]
    pub scenarios: bool,
    /// That of `rbconsole report --format json` instead
    #[arg(long)]
    pub report: bool,
}

/// `config`.
#[derive(Debug, Args)]
pub struct Config {
    /// Show what this theme looks like on this terminal; without a name, all of them
    #[arg(long, value_name = "NAME", num_args = 0..=1)]
    pub theme: Option<Option<String>>,
}
