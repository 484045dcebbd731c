//! Each kind of part that was added, removed or changed is one difference that names it.

use super::*;

/// Checks the differences between the schemas of two scripts, as [`shown`] shows them, and that
/// the other direction has the same ones with the two sides exchanged.
async fn assert_differs(wanted: &str, found: &str, expected: &[(&str, &str)]) -> Result<()> {
    let (wanted_schema, found_schema) = (schema(wanted).await?, schema(found).await?);
    let differences = wanted_schema.differences(&found_schema)?;
    let seen: Vec<_> = differences.iter().map(|difference| (shown(difference), difference.to_string())).collect();
    let seen: Vec<_> = seen.iter().map(|(shown, text)| (shown.as_str(), text.as_str())).collect();
    assert_eq!(seen, expected, "{wanted}\n{found}");
    let back = found_schema.differences(&wanted_schema)?;
    let sides = |of: &[Difference<'_>], exchanged: bool| {
        let sides = of.iter().map(|difference| {
            let (wanted, found) = (difference.wanted().map(named), difference.found().map(named));
            if exchanged { (found, wanted) } else { (wanted, found) }
        });
        let mut sides: Vec<_> = sides.collect();
        sides.sort();
        sides
    };
    assert_eq!(sides(&back, true), sides(&differences, false), "{wanted}\n{found}");
    Ok(())
}

#[tokio::test]
async fn a_table_is_missing_or_unexpected() -> Result<()> {
    assert_differs(
        "create table t (a); create table u (a)",
        "create table t (a)",
        &[("u: +table u", "the table `u` is missing")],
    )
    .await?;
    assert_differs(
        "create table t (a)",
        "create table u (a); create table t (a)",
        &[("u: -table u", "the table `u` is unexpected")],
    )
    .await
}

#[tokio::test]
async fn a_view_takes_no_place_of_a_table() -> Result<()> {
    assert_differs(
        "create table t (a)",
        "create view t as select 1 as a",
        &[("t: +table t", "the table `t` is missing"), ("t: -view t", "the view `t` is unexpected")],
    )
    .await
}

#[tokio::test]
async fn the_options_of_a_table_have_changed() -> Result<()> {
    let options = "t: +options of t -options of t";
    assert_differs(
        "create table t (a int primary key) without rowid",
        "create table t (a int not null primary key)",
        &[(options, "the table is a plain one: expected WITHOUT ROWID")],
    )
    .await?;
    assert_differs(
        "create table t (a integer) strict",
        "create table t (a integer)",
        &[(options, "the table is a plain one: expected STRICT")],
    )
    .await?;
    assert_differs(
        "create virtual table t using fts5(a)",
        "create virtual table t using fts5(a, prefix = 2)",
        &[(
            options,
            "the table is a virtual one of fts5, create virtual table t using fts5 ( a , prefix = 2 ): \
         expected a virtual one of fts5, create virtual table t using fts5 ( a )",
        )],
    )
    .await
}

#[tokio::test]
async fn a_column_is_missing_or_unexpected() -> Result<()> {
    assert_differs(
        "create table t (a, b text not null)",
        "create table t (a)",
        &[("t: +column b", "the column `b` is missing: expected TEXT NOT NULL")],
    )
    .await?;
    assert_differs(
        "create table t (a)",
        "create table t (a, b int default 3)",
        &[("t: -column b", "the column `b` is unexpected: INT DEFAULT 3")],
    )
    .await
}

#[tokio::test]
async fn a_column_has_changed_in_anything_that_it_has() -> Result<()> {
    for (wanted, found, text) in [
        ("a text", "a int", "INT: expected TEXT"),
        ("a text not null", "a text", "TEXT: expected TEXT NOT NULL"),
        ("a text collate nocase", "a text", "TEXT: expected TEXT COLLATE NOCASE"),
        ("a default 1", "a default 2", "DEFAULT 2: expected DEFAULT 1"),
        ("a default 1", "a default '1'", "DEFAULT '1': expected DEFAULT 1"),
        ("a default x'0001'", "a default x'0002'", "DEFAULT x'0002': expected DEFAULT x'0001'"),
        ("a default 0.3", "a default 0.30000000000000004", "DEFAULT 0.30000000000000004: expected DEFAULT 0.3"),
        ("a default 'x'", "a default 'X'", "DEFAULT 'X': expected DEFAULT 'x'"),
        (
            "a int as (b + 1)",
            "a int as (b + 2)",
            "INT, generated as (b + 2) and not stored: expected INT, generated as (b + 1) and not stored",
        ),
        (
            "a int as (b) stored",
            "a int as (b)",
            "INT, generated as (b) and not stored: expected INT, generated as (b) and stored",
        ),
        (
            "a integer not null primary key",
            "a int not null primary key",
            "INT NOT NULL, part 1 of the primary key: expected INTEGER NOT NULL, part 1 of the primary key, numbered by the database",
        ),
        (
            "a integer primary key autoincrement",
            "a integer primary key",
            "INTEGER NOT NULL, part 1 of the primary key, numbered by the database: \
             expected INTEGER NOT NULL, part 1 of the primary key with AUTOINCREMENT",
        ),
        ("a int primary key", "a int", "INT: expected INT, part 1 of the primary key"),
    ] {
        let script = |column: &str| format!("create table t ({column}, b int)");
        let text = format!("the column `a` is {text}");
        assert_differs(&script(wanted), &script(found), &[("t: +column a -column a", &text)]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_order_of_a_primary_key_has_changed() -> Result<()> {
    assert_differs(
        "create table t (a, b, primary key (a, b))",
        "create table t (a, b, primary key (b, a))",
        &[
            (
                "t: +column a -column a",
                "the column `a` is part 2 of the primary key: expected part 1 of the primary key",
            ),
            (
                "t: +column b -column b",
                "the column `b` is part 1 of the primary key: expected part 2 of the primary key",
            ),
        ],
    )
    .await?;
    for (order, name) in [("desc", "DESC"), ("collate nocase", "COLLATE NOCASE")] {
        let text = format!("the PRIMARY KEY (a, b {name}) is missing");
        assert_differs(
            &format!("create table t (a, b, primary key (a, b {order}))"),
            "create table t (a, b, primary key (a, b))",
            &[("t: +primary key a b", &text)],
        )
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_foreign_key_is_missing_unexpected_or_has_changed() -> Result<()> {
    let script =
        |key: &str| format!("create table p (id integer primary key, n int unique); create table t (a int {key})");
    let plain = "references p";
    let words = "the foreign key (a) is to p (id), on delete NO ACTION, on update NO ACTION: expected";
    assert_differs(
        &script(plain),
        &script(""),
        &[(
            "t: +foreign key a",
            "the foreign key (a) is missing: expected to p (id), on delete NO ACTION, on update NO ACTION",
        )],
    )
    .await?;
    for (wanted, text) in [
        ("references p on delete cascade", "to p (id), on delete CASCADE, on update NO ACTION"),
        ("references p on update set null", "to p (id), on delete NO ACTION, on update SET NULL"),
        ("references p on delete restrict", "to p (id), on delete RESTRICT, on update NO ACTION"),
        ("references p (n)", "to p (n), on delete NO ACTION, on update NO ACTION"),
        ("references q", "to q (), on delete NO ACTION, on update NO ACTION"),
        ("references p deferrable initially deferred", "to p (id), on delete NO ACTION, on update NO ACTION, deferred"),
    ] {
        let text = format!("{words} {text}");
        assert_differs(&script(wanted), &script(plain), &[("t: +foreign key a -foreign key a", &text)]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_unique_constraint_is_missing_unexpected_or_has_changed() -> Result<()> {
    assert_differs(
        "create table t (a unique, b)",
        "create table t (a, b)",
        &[("t: +unique a", "the UNIQUE (a) is missing")],
    )
    .await?;
    assert_differs(
        "create table t (a, b, unique (a, b))",
        "create table t (a, b, unique (b, a))",
        &[("t: +unique a b", "the UNIQUE (a, b) is missing"), ("t: -unique b a", "the UNIQUE (b, a) is unexpected")],
    )
    .await
}

#[tokio::test]
async fn a_unique_index_is_not_a_unique_constraint() -> Result<()> {
    assert_differs(
        "create table t (a unique)",
        "create table t (a); create unique index i on t (a)",
        &[("t: +unique a", "the UNIQUE (a) is missing"), ("t: -index i", "the index `i` is unexpected: unique on (a)")],
    )
    .await
}

#[tokio::test]
async fn a_check_is_missing_unexpected_or_has_changed() -> Result<()> {
    assert_differs(
        "create table t (a, check (a > 1))",
        "create table t (a)",
        &[("t: +check a > 1", "the check (a > 1) is missing")],
    )
    .await?;
    for (one, other) in [
        ("a > 1", "a > 2"),
        ("a = x'0001'", "a = x'0002'"),
        ("a > 0.3", "a > 0.30000000000000004"),
        ("a in ('x', 'y')", "a in ('x', 'y', 'z')"),
        ("a = 'A b'", "a = 'a b'"),
    ] {
        let (missing, more) = (format!("the check ({one}) is missing"), format!("the check ({other}) is unexpected"));
        assert_differs(
            &format!("create table t (a check ({one}))"),
            &format!("create table t (a check ({other}))"),
            &[(&format!("t: +check {one}"), &missing), (&format!("t: -check {other}"), &more)],
        )
        .await?;
    }
    assert_differs(
        "create table t (a, constraint small check (a < 9))",
        "create table t (a, constraint small check (a < 8))",
        &[("t: +check a < 9 -check a < 8", "the check `small` is (a < 8): expected (a < 9)")],
    )
    .await
}

#[tokio::test]
async fn an_index_is_missing_unexpected_or_has_changed() -> Result<()> {
    let script = |index: &str| format!("create table t (a text, b int); {index}");
    assert_differs(
        &script("create index i on t (a, b desc)"),
        &script(""),
        &[("t: +index i", "the index `i` is missing: expected on (a, b DESC)")],
    )
    .await?;
    for (wanted, text) in [
        ("create unique index i on t (a)", "unique on (a)"),
        ("create index i on t (a, b)", "on (a, b)"),
        ("create index i on t (b)", "on (b)"),
        ("create index i on t (a desc)", "on (a DESC)"),
        ("create index i on t (a collate nocase)", "on (a COLLATE NOCASE)"),
        ("create index i on t (lower(a))", "on (lower(a))"),
        ("create index i on t (a) where b > 1", "on (a) where b > 1"),
    ] {
        let text = format!("the index `i` is on (a): expected {text}");
        assert_differs(&script(wanted), &script("create index i on t (a)"), &[("t: +index i -index i", &text)]).await?;
    }
    assert_differs(
        &script("create index i on t (a) where b > 0.3"),
        &script("create index i on t (a) where b > 0.30000000000000004"),
        &[(
            "t: +index i -index i",
            "the index `i` is on (a) where b > 0.30000000000000004: expected on (a) where b > 0.3",
        )],
    )
    .await
}

#[tokio::test]
async fn a_conflict_clause_is_missing_or_belongs_to_another_constraint() -> Result<()> {
    assert_differs(
        "create table t (a unique on conflict ignore, b)",
        "create table t (a unique, b)",
        &[("t: +conflict clauses of t", "the clause ON CONFLICT IGNORE of UNIQUE (a) is missing")],
    )
    .await?;
    assert_differs(
        "create table t (a not null on conflict replace, b not null)",
        "create table t (a not null, b not null on conflict replace)",
        &[
            ("t: +conflict clauses of t", "the clause ON CONFLICT REPLACE of NOT NULL (a) is missing"),
            ("t: -conflict clauses of t", "the clause ON CONFLICT REPLACE of NOT NULL (b) is unexpected"),
        ],
    )
    .await
}

#[tokio::test]
async fn a_trigger_is_missing_unexpected_or_has_changed() -> Result<()> {
    let script = |body: &str| format!("create table t (a); create trigger g after insert on t begin {body}; end");
    assert_differs(&script("select 1"), "create table t (a)", &[("t: +trigger g", "the trigger `g` is missing")])
        .await?;
    assert_differs(
        &script("select 'a'"),
        &script("select 'A'"),
        &[("t: +trigger g -trigger g", "the trigger `g` has another text")],
    )
    .await?;
    assert_differs(
        &script("select \"a b\""),
        &script("select a b"),
        &[("t: +trigger g -trigger g", "the trigger `g` has another text")],
    )
    .await
}

#[tokio::test]
async fn a_view_or_its_trigger_is_missing_unexpected_or_has_changed() -> Result<()> {
    let view = "create view v as select 1 as a";
    assert_differs(view, "", &[("v: +view v", "the view `v` is missing")]).await?;
    assert_differs(view, "create view v as select 2 as a", &[("v: +view v -view v", "the view `v` has another text")])
        .await?;
    let with = |body: &str| format!("{view}; create trigger g instead of insert on v begin {body}; end");
    assert_differs(&with("select 1"), view, &[("v: +trigger g", "the trigger `g` is missing")]).await?;
    assert_differs(
        &with("select 1"),
        &with("select 2"),
        &[("v: +trigger g -trigger g", "the trigger `g` has another text")],
    )
    .await
}
