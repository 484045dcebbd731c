//! Queries, plans, and what the program writes in general.

use serde_json::json;

use crate::package::{Folder, answer};

fn shop() -> Folder {
    let folder = Folder::new();
    folder.run("db create --db app.db").ok();
    for sql in [
        "create table item (id integer primary key, name text, price real, picture blob)",
        "create index by_name on item (name)",
        "insert into item values (1, 'a, \"b\"', 1.5, x'00ff'), (2, null, null, null)",
    ] {
        folder.run_each(&["query", "--write", "--db", "app.db", sql]).ok();
    }
    folder
}

fn query(folder: &Folder, arguments: &[&str]) -> crate::package::Answer {
    folder.run_each(&[&["query", "--db", "app.db"], arguments].concat())
}

#[test]
fn rows_are_shown_as_a_table_as_json_and_as_csv() {
    let folder = shop();
    let shown = query(&folder, &["select * from item"]).ok().out;
    for part in ["picture", "x'00ff'", "NULL", "1.5", "2 rows"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let rows = query(&folder, &["select * from item", "--json"]).ok().json();
    let expected = json!({
        "format": 1,
        "columns": ["id", "name", "price", "picture"],
        "rows": [[1, "a, \"b\"", 1.5, { "hex": "00ff" }], [2, null, null, null]]
    });
    assert_eq!(rows, expected);
    let csv = query(&folder, &["select * from item", "--csv"]).ok().out;
    assert_eq!(csv, "id,name,price,picture\n1,\"a, \"\"b\"\"\",1.5,00ff\n2,,,\n");
    let mut tool = folder.tool();
    tool.args(["query", "--db", "app.db", "--json", "-"]).stdin(std::fs::File::open(folder.path("app.db")).unwrap());
    assert_eq!(answer(&mut tool).code, 1, "the file is no text");
    folder.write("select.sql", "select count(*) as n from item;\n");
    tool.stdin(std::fs::File::open(folder.path("select.sql")).unwrap());
    assert_eq!(answer(&mut tool).ok().json()["rows"], json!([[2]]));
}

#[test]
fn a_query_writes_only_if_it_is_told_to() {
    let folder = shop();
    for sql in ["delete from item", "delete from item returning id", "drop table item", "pragma user_version = 7"] {
        let refused = query(&folder, &[sql]);
        assert_eq!(refused.code, 1, "{refused:?}");
    }
    query(&folder, &["delete from item"]).fails(1, &["--write"]);
    assert_eq!(query(&folder, &["select count(*) from item", "--json"]).ok().json()["rows"], json!([[2]]));
    assert_eq!(query(&folder, &["--write", "delete from item", "--json"]).ok().json()["rows_affected"], 2);
    folder.run("query --db none.db select").fails(1, &["none.db", "db create"]);
    assert!(!folder.path("none.db").exists());
}

#[test]
fn a_mistake_is_shown_at_its_place() {
    let folder = shop();
    let shown = query(&folder, &["select id,\n  nmae\nfrom item"]).fails(1, &["no such column: nmae", "statement:2:3"]);
    let lines: Vec<&str> = shown.err.lines().collect();
    let at = lines.iter().position(|line| line.ends_with("  nmae")).expect("the line");
    assert!(lines[at + 1].ends_with("  ^^^^"), "{}", shown.err);
    let error = query(&folder, &["select nmae", "--json"]).fails(1, &[]).json();
    assert_eq!(error["format"], 1);
    assert!(error["error"]["message"].as_str().unwrap().contains("nmae"), "{error}");
}

#[test]
fn a_plan_is_a_tree_in_which_scans_are_marked() {
    let folder = shop();
    let explain = |arguments: &[&str]| folder.run_each(&[&["explain", "--db", "app.db"], arguments].concat()).ok();
    let sql = "select * from item where id = 1 and price in (select price from item as other)";
    let shown = explain(&[sql]).out;
    assert!(shown.contains("SEARCH item USING INTEGER PRIMARY KEY"), "{shown}");
    assert!(shown.contains("├─ SCAN other  ← reads every row"), "{shown}");
    let plan = explain(&[sql, "--json"]).json();
    assert_eq!(plan["scans"], json!(["other"]));
    let scan = plan["plan"].as_array().unwrap().iter().find(|step| step["scan"] == true).expect("a scan");
    assert_eq!((&scan["detail"], &scan["depth"]), (&json!("SCAN other"), &json!(1)));
    assert_eq!(query(&folder, &["select count(*) from item", "--json"]).ok().json()["rows"], json!([[2]]));
}

#[test]
fn the_help_of_each_command_has_examples() {
    let folder = Folder::new();
    let commands = [
        "",
        "db create",
        "db drop",
        "db reset",
        "migrate new",
        "migrate run",
        "migrate status",
        "query",
        "explain",
        "completions",
    ];
    for command in commands {
        let help = folder.run(&format!("{command} --help")).ok().out;
        assert!(help.contains("Examples:") && help.contains("aio-sql"), "{command}: {help}");
    }
    assert!(folder.run("--version").ok().out.contains(env!("CARGO_PKG_VERSION")));
    folder.run("migrate statsu").fails(2, &["statsu", "'status'"]);
    folder.run("").fails(2, &["Usage"]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = folder.run(&format!("completions {shell}")).ok().out;
        assert!(script.contains("migrate") && script.contains("aio-sql"), "{shell}");
    }
}

#[test]
fn the_program_is_a_subcommand_of_cargo() {
    let folder = shop();
    let program = env!("CARGO_BIN_EXE_cargo-aio-sql");
    let folder_of_it = std::path::Path::new(program).parent().unwrap();
    let mut cargo = folder.program(env!("CARGO"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(folder_of_it.to_owned()).chain(std::env::split_paths(&path));
    cargo.env("PATH", std::env::join_paths(paths).unwrap());
    cargo.args(["aio-sql", "query", "--db", "app.db", "--json", "select 1 as one"]);
    assert_eq!(answer(&mut cargo).ok().json()["rows"], json!([[1]]));
    let mut alone = folder.program(program);
    assert_eq!(answer(alone.args(["query", "--db", "app.db", "--json", "select 1"])).ok().json()["rows"], json!([[1]]));
}

#[test]
fn output_to_a_file_has_no_colours_unless_they_are_asked_for() {
    let folder = shop();
    let explain = |arguments: &[&str]| {
        folder.run_each(&[&["explain", "--db", "app.db", "select * from item"], arguments].concat())
    };
    assert!(!explain(&[]).ok().out.contains('\u{1b}'));
    assert!(explain(&["--color", "always"]).ok().out.contains('\u{1b}'));
    assert!(!query(&folder, &["select nmae"]).err.contains('\u{1b}'));
}
