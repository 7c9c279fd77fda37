//! A release renames a column that the old code reads: the schema goes back first, by each of the tools.

use crate::stage::{Act, Play, Stage, figure};

const STORY: &str = "database-migration";

/// How a tool brings its project up to date, and what a runbook has to know of it.
struct Tool {
    name: &'static str,
    project: &'static str,
    command: &'static str,
    good: &'static str,
    /// The good release's migrations, and then the bad one's.
    deploy: [&'static str; 2],
    systems: &'static [&'static str],
}

const DJANGO: Tool = Tool {
    name: "django",
    project: "django",
    command: "$VENV/python",
    good: "0001_orders",
    deploy: [
        "$VENV/python manage.py migrate --noinput shop 0001_orders",
        "$VENV/python manage.py migrate --noinput shop 0002_rename_total",
    ],
    systems: &["postgresql", "migrations"],
};

const ALEMBIC: Tool = Tool {
    name: "alembic",
    project: "alembic",
    command: "$VENV/alembic",
    good: "a1",
    deploy: ["$VENV/alembic upgrade a1", "$VENV/alembic upgrade a2"],
    systems: &["postgresql", "migrations"],
};

const SQITCH: Tool = Tool {
    name: "sqitch",
    project: "sqitch",
    command: "",
    good: "orders",
    deploy: ["sqitch deploy --to orders", "sqitch deploy"],
    systems: &["postgresql", "migrations"],
};

const RAILS: Tool = Tool {
    name: "rails",
    project: "rails",
    command: "",
    good: "20260101000001",
    deploy: [
        "bin/rails db:migrate VERSION=20260101000001",
        "bin/rails db:migrate",
    ],
    systems: &["postgresql", "migrations", "rails"],
};

const DBMATE: Tool = Tool {
    name: "dbmate",
    project: "dbmate",
    command: "$NODE_BIN/dbmate",
    good: "20260101000001",
    deploy: [
        "mv migrations/20260102* .; DBMATE_NO_DUMP_SCHEMA=true $NODE_BIN/dbmate -d migrations up",
        "mv 20260102* migrations 2>/dev/null || true; DBMATE_NO_DUMP_SCHEMA=true $NODE_BIN/dbmate -d migrations up",
    ],
    systems: &["postgresql", "migrations", "node-tools"],
};

const PRISMA: Tool = Tool {
    name: "prisma",
    project: "prisma",
    command: "$NODE_BIN/prisma",
    good: "0001_orders",
    deploy: [
        "mv prisma/migrations/0002_rename_total .; $NODE_BIN/prisma migrate deploy",
        "mv 0002_rename_total prisma/migrations 2>/dev/null || true; $NODE_BIN/prisma migrate deploy",
    ],
    systems: &["postgresql", "migrations", "node-tools"],
};

impl Tool {
    fn table(&self) -> &'static str {
        if self.name == "django" {
            "shop_order"
        } else {
            "orders"
        }
    }

    /// The old release's code: it writes and reads the column `total`.
    fn old_code(&self) -> String {
        let table = self.table();
        format!(
            "psql -XAtq -v ON_ERROR_STOP=1 \"$PG_SHOP\" -c \"insert into {table} (id, total) select coalesce(max(id), 0) + 1, 100 from {table}; select sum(total) from {table}\""
        )
    }

    fn deploy(&self, stage: &Stage, release: usize) {
        stage.sh(&format!(
            "cd $PROJECTS/{}; {} >&2",
            self.project, self.deploy[release]
        ));
    }

    /// The good release wrote some orders; then the bad one migrated, and the old code fails.
    fn broken(&self) -> Option<Stage> {
        let mut stage = Stage::with(self.systems)?;
        self.deploy(&stage, 0);
        for _ in 0..3 {
            stage.sh(&self.old_code());
        }
        let moment = stage.sh("sleep 1; psql -XAtq \"$PG_ADMIN\" -c 'select now()'");
        stage.also("MOMENT", &moment);
        self.deploy(&stage, 1);
        let mut fails = self.old_code();
        fails.insert_str(0, "! ");
        stage.sh(&fails);
        Some(stage)
    }

    fn play(&self, stage: &Stage) -> Play {
        let table = self.table();
        let moment = stage.sh("echo \"$MOMENT\"");
        let play = Play::default()
            .inputs(&[
                ("tool", self.name),
                ("command", self.command),
                ("app_label", "shop"),
                ("back_to", self.good),
                ("migrations_dir", "migrations"),
                ("host", "127.0.0.1"),
                ("port", "$PG_PORT"),
                ("database", "shop"),
                ("app_role", "shop"),
                ("backup_dir", "$STAGE"),
                ("server_bin", "$PG_BIN"),
            ])
            .input("project_dir", &format!("$PROJECTS/{}", self.project))
            .input(
                "check_query",
                &format!("select count(total) = count(*) from {table}"),
            )
            .input("bad_since", &moment)
            .confirm("shop");
        play.at(
            "way",
            Act::Agreed("down".to_owned(), "dba".to_owned(), "Grace has read it".to_owned()),
        )
        .answer("kind", "contract: The old code reads total")
        // The fence stands until the old version runs.
        .at(
            "app_back",
            Act::Meanwhile(format!(
                "! psql -XAtq \"$PG_SHOP\" -c 'insert into {table} values (99, 1)' 2>\"$STAGE/refused\"; grep -q read-only \"$STAGE/refused\""
            )),
        )
        .at(
            "app_back",
            Act::Done(vec![("app_version".to_owned(), "1.4.1".to_owned())]),
        )
    }

    /// The old code writes again, with the three orders of before, and the tool has nothing more to take back.
    fn is_good_again(&self, stage: Stage) {
        assert_eq!(stage.sh(&self.old_code()), "400");
        self.deploy(&stage, 1);
        stage.over();
    }
}

fn goes_back(tool: &Tool) {
    let Some(stage) = tool.broken() else { return };
    let began = crate::sandbox::now();
    stage
        .play(STORY, &tool.play(&stage))
        .ended("resolved")
        .did(&[
            "status",
            "dry_run",
            "fence",
            "backup",
            "down",
            "down_is_done",
            "lift_fence",
        ])
        .reports(&["grace", "contract"]);
    figure(
        STORY,
        &format!(
            "{} took the schema back in {:.1?}",
            tool.name,
            began.elapsed()
        ),
    );
    tool.is_good_again(stage);
}

#[test]
fn django_goes_back() {
    goes_back(&DJANGO);
}

#[test]
fn alembic_goes_back() {
    goes_back(&ALEMBIC);
}

#[test]
fn sqitch_goes_back() {
    goes_back(&SQITCH);
}

#[test]
fn rails_goes_back() {
    goes_back(&RAILS);
}

#[test]
fn dbmate_goes_back() {
    goes_back(&DBMATE);
}

/// Prisma never has a way back: the SQL that is at hand is run, and its table is told.
#[test]
fn prisma_goes_back_by_the_sql_at_hand() {
    let Some(stage) = PRISMA.broken() else { return };
    let play = PRISMA
        .play(&stage)
        .input("down_file", "$PROJECTS/prisma/down.sql")
        .at("down", Act::Fallback(0));
    stage
        .play(STORY, &play)
        .ended("resolved")
        .did(&["backup", "down", "down_is_done"])
        .reports(&["run the SQL that is at hand"]);
    PRISMA.is_good_again(stage);
}

/// Django refuses: one of the migrations has no way back.
#[test]
fn an_irreversible_migration_goes_back_by_the_sql_at_hand() {
    let Some(stage) = DJANGO.broken() else { return };
    stage.sh("cd $PROJECTS/django; $VENV/python manage.py migrate --noinput shop >&2");
    let down =
        "alter table shop_order drop column paid; alter table shop_order rename amount to total";
    stage.file("down.sql", down);
    let play = DJANGO
        .play(&stage)
        .input("down_file", "$STAGE/down.sql")
        .at("down", Act::Fallback(0));
    stage
        .play(STORY, &play)
        .ended("resolved")
        .did(&["down", "down_is_done"])
        .reports(&["IrreversibleError", "run the SQL that is at hand"]);
    DJANGO.is_good_again(stage);
}

/// Nothing takes this one back, so the database is restored, by the runbook for that.
#[test]
fn the_database_is_restored_where_there_is_no_way_back() {
    let Some(stage) = DJANGO.broken() else { return };
    // Somebody dumped before the deployment: here, by going back to it once more.
    stage.sh("cd $PROJECTS/django; $VENV/python manage.py migrate --noinput shop 0001_orders >&2; pg_dump -Fc -f $STAGE/before.dump \"$PG_SHOP\"; $VENV/python manage.py migrate --noinput shop >&2");
    let later = stage.sh("sleep 1; psql -XAtq \"$PG_ADMIN\" -c 'select now()'");
    let play = DJANGO
        .play(&stage)
        .input("bad_since", &later)
        .input("dump_file", "$STAGE/before.dump")
        .answer("way", "restore: It is irreversible")
        .answer("back__scope", "whole: All tables are hit")
        .answer("back__from", "dump")
        .at(
            "back__go",
            Act::Agreed(
                "replace".to_owned(),
                "dba".to_owned(),
                "Grace has seen it".to_owned(),
            ),
        )
        .at(
            "back__app_back",
            Act::Done(vec![("back__app_version".to_owned(), "1.4.1".to_owned())]),
        );
    stage
        .play(STORY, &play)
        .ended("resolved")
        .did(&[
            "back__from_dump",
            "back__swap",
            "back__lift_fence",
            "steady",
        ])
        .did_not(&["down", "fence"]);
    DJANGO.is_good_again(stage);
}

/// A migration that only added stays: the application goes back alone.
#[test]
fn an_expansion_stays() {
    let Some(stage) = ALEMBIC.broken() else {
        return;
    };
    let play = ALEMBIC
        .play(&stage)
        .input("check_query", "select count(amount) = count(*) from orders")
        .answer("kind", "expand")
        .at(
            "app_back",
            Act::Done(vec![("app_version".to_owned(), "1.4.1".to_owned())]),
        );
    let play = play.only_done("app_back");
    stage
        .play(STORY, &play)
        .ended("resolved")
        .did(&["steady"])
        .did_not(&["fence", "down"])
        .reports(&["Plan the clean-up of the schema"]);
    stage.over();
}
