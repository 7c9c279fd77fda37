//! A release deletes and overwrites orders in a real `PostgreSQL`, and they come back.

use crate::stage::{Act, Play, Stage, figure};

const STORY: &str = "database-restore";

/// A hundred good orders, then a backup of each kind and fifty more, then the moment to return to, then the damage.
fn damaged() -> Option<Stage> {
    let mut stage = Stage::with(&["postgresql"])?;
    stage.sh(r#"
        psql -XAtq -v ON_ERROR_STOP=1 "$PG_SHOP" <<'SQL'
        create table customers(id int primary key, updated_at timestamptz not null default clock_timestamp());
        create table orders(id int primary key, customer int not null references customers, total int not null, updated_at timestamptz not null default clock_timestamp());
        insert into customers select generate_series(1, 10);
        insert into orders select g, 1 + g % 10, 100 from generate_series(1, 100) g;
        SQL
        as=(); if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid=postgres --regid=postgres --init-groups); fi
        cd /
        "${as[@]}" pg_basebackup -h 127.0.0.1 -p "$PG_PORT" -U postgres -D "$PG_HOME/base/first" -X none -c fast --no-sync 2>/dev/null
        pg_dump -Fc -f "$STAGE/older.dump" "$PG_SHOP"
        psql -XAtq "$PG_SHOP" -c "insert into orders select g, 1 + g % 10, 100 from generate_series(101, 150) g"
        pg_dump -Fc -f "$STAGE/shop.dump" "$PG_SHOP"
        sleep 1.1
    "#.replace("\n        ", "\n").as_str());
    let good = stage.sh("psql -XAtq \"$PG_ADMIN\" -c 'select now()'");
    stage.also("GOOD", &good);
    stage.sh(
        r#"
        sleep 0.2
        psql -XAtq "$PG_SHOP" -c "update orders set total = 0, updated_at = clock_timestamp(); delete from orders where id > 120; insert into orders values (900, 1, 100)"
        psql -XAtq "$PG_ADMIN" -c "select pg_switch_wal()" >/dev/null
        for _ in $(seq 100); do
          left=$(psql -XAtq "$PG_ADMIN" -c "select count(*) from pg_ls_archive_statusdir() where name like '%.ready'")
          [ "$left" != 0 ] || break
          sleep 0.05
        done
    "#,
    );
    assert_eq!(orders(&stage), "121 rows, 100 in all");
    Some(stage)
}

fn orders(stage: &Stage) -> String {
    stage.sh("psql -XAtq \"$PG_SHOP\" -c \"select count(*) || ' rows, ' || sum(total) || ' in all' from orders\"")
}

fn play(stage: &Stage) -> Play {
    let good = stage.sh("echo \"$GOOD\"");
    Play::default()
        .inputs(&[
            ("host", "127.0.0.1"),
            ("port", "$PG_PORT"),
            ("database", "shop"),
            ("app_role", "shop"),
            ("check_query", "select sum(total) = 100 * count(*) from orders"),
            ("dump_file", "$STAGE/shop.dump"),
            ("older_dump_file", "$STAGE/older.dump"),
            ("base_backup", "$PG_HOME/base/first"),
            ("wal_archive", "$PG_HOME/archive"),
            ("restore_dir", "$PG_HOME/recovered"),
            ("server_bin", "$PG_BIN"),
            ("lost_limit", "5"),
        ])
        .input("bad_since", &good)
        .confirm("shop")
        .at(
            "go",
            Act::Agreed("replace".to_owned(), "dba".to_owned(), "Grace has seen it".to_owned()),
        )
        // The bad release still tries to write, and may not; it is stopped here.
        .at(
            "app_back",
            Act::Meanwhile(
                "! psql -XAtq \"$PG_SHOP\" -c 'insert into orders values (901, 1, 1)' 2>\"$STAGE/refused\"; grep -q read-only \"$STAGE/refused\"".to_owned(),
            ),
        )
        .at("app_back", Act::Done(vec![("app_version".to_owned(), "1.4.1".to_owned())]))
}

/// The application may write again, and nothing is fenced, open or running that was not before.
fn is_open_again(stage: &Stage) {
    stage.sh("psql -XAtq \"$PG_SHOP\" -c 'insert into orders values (902, 1, 100)'");
    let settings = stage.sh("psql -XAtq \"$PG_ADMIN\" -c \"select count(*) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where datname = 'shop'\"");
    assert_eq!(settings, "0");
}

#[test]
fn the_whole_database_comes_back_to_the_second() {
    let Some(stage) = damaged() else { return };
    let began = crate::sandbox::now();
    stage
        .play(
            STORY,
            &play(&stage)
                .answer("scope", "whole: All orders are hit")
                .answer("from", "pitr"),
        )
        .ended("resolved")
        .did(&[
            "fence",
            "recover",
            "carry",
            "compare",
            "swap",
            "lift_fence",
            "stop_recovered",
        ])
        .reports(&["grace", "dba"]);
    figure(
        STORY,
        &format!(
            "recovered to the second and put in place in {:.1?}",
            began.elapsed()
        ),
    );
    assert_eq!(orders(&stage), "150 rows, 15000 in all");
    is_open_again(&stage);
    // What was live is kept aside, order 900 of an honest user among it.
    let aside = stage.sh("psql -XAtq \"$PG_ADMIN\" -c \"select datname from pg_database where datname like 'shop\\_before\\_%' and not datallowconn\"");
    assert!(aside.starts_with("shop_before_"), "{aside}");
    stage.over();
}

/// The newest segments never reached the archive: recovery ends before its moment, and goes as far as it can.
#[test]
fn the_archive_ends_too_early_and_is_taken_as_far_as_it_goes() {
    let Some(stage) = damaged() else { return };
    stage.sh("ls \"$PG_HOME\"/archive/*[0-9A-F] | sort | tail -n 1 | xargs rm --");
    stage
        .play(
            STORY,
            &play(&stage)
                .answer("scope", "whole: All orders are hit")
                .answer("from", "pitr")
                .at("recover", Act::Fallback(0)),
        )
        .ended("resolved")
        .did(&["recover", "swap"])
        .reports(&["Recover as far as it goes"]);
    assert_eq!(orders(&stage), "100 rows, 10000 in all");
    is_open_again(&stage);
    stage.over();
}

/// The dump is torn; the one before it is restored, and only one table is taken back.
#[test]
fn one_table_comes_back_from_the_older_dump() {
    let Some(stage) = damaged() else { return };
    stage.sh("size=$(stat -c %s $STAGE/shop.dump); truncate -s $((size - 200)) $STAGE/shop.dump");
    let told = stage.play(
        STORY,
        &play(&stage)
            .input("tables", "public.orders")
            .answer("scope", "tables: Only orders are hit")
            .answer("from", "dump: The base backup is kept for the audit")
            .at("from_dump", Act::Fallback(0)),
    );
    told.ended("resolved")
        .did(&["fence", "from_dump", "copy_tables", "lift_fence"])
        .did_not(&["recover", "swap"])
        .reports(&["Restore the dump before that one"]);
    assert_eq!(orders(&stage), "100 rows, 10000 in all");
    is_open_again(&stage);
    let aside = stage.sh("psql -XAtq \"$PG_SHOP\" -c \"select count(*) from pg_namespace where nspname like 'shop\\_before\\_%'\"");
    assert_eq!(aside, "1");
    stage.over();
}

/// Nobody agrees with the comparison: nothing is replaced, and the fence is gone.
#[test]
fn nothing_is_replaced_that_nobody_agreed_to() {
    let Some(stage) = damaged() else { return };
    let play = play(&stage)
        .answer("scope", "whole: All orders are hit")
        .answer("from", "dump: It is quicker")
        .answer("go", "leave: Order 900 is worth more than the others");
    stage
        .play(STORY, &play)
        .ended("resolved")
        .did(&["fence", "compare", "fence_off"])
        .did_not(&["swap"]);
    assert_eq!(orders(&stage), "121 rows, 100 in all");
    is_open_again(&stage);
    stage.over();
}
