//! Programs that embed the files of the steps are built again when these change.

use std::fs;

use crate::package::{Answer, Folder, answer, dependency};

/// Creates a package with a program that prints its steps. No other test may use the name.
fn program(name: &str) -> Folder {
    let folder = Folder::workspace(&format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{}\n[workspace]\n",
        dependency()
    ));
    folder.write(
        "src/main.rs",
        "static STEPS: aio_sql::Migrations<'static> = aio_sql::migrations!();\n\
         fn main() { for step in STEPS.steps() { println!(\"{}: {}\", step.name(), step.sql().trim()); } }\n",
    );
    folder
}

/// Builds the program if cargo finds that it has to, and runs it.
fn run(folder: &Folder) -> Answer {
    answer(folder.program(env!("CARGO")).args(["run", "--quiet"]))
}

#[test]
fn a_program_is_built_again_when_a_step_is_added_changed_or_removed() {
    let folder = program("built_again");
    folder.run("migrate new init").ok();
    folder.write("migrations/0001_init.sql", "create table a (x)");
    assert_eq!(run(&folder).ok().out, "0001_init: create table a (x)\n");
    folder.write("migrations/0001_init.sql", "create table b (x)");
    assert_eq!(run(&folder).ok().out, "0001_init: create table b (x)\n");
    folder.run("migrate new more").ok();
    folder.write("migrations/0002_more.sql", "select 2");
    assert_eq!(run(&folder).ok().out, "0001_init: create table b (x)\n0002_more: select 2\n");
    fs::remove_file(folder.path("migrations/0002_more.sql")).unwrap();
    run(&folder).fails(101, &["`migrations/schema.sql` lists the step `0002_more`"]);
    fs::remove_file(folder.path("migrations/schema.sql")).unwrap();
    assert_eq!(run(&folder).ok().out, "0001_init: create table b (x)\n");
}

#[test]
fn a_build_script_lets_cargo_see_steps_that_were_added_by_hand() {
    let folder = program("built_by_script");
    folder.write("build.rs", "fn main() {\n    println!(\"cargo::rerun-if-changed=migrations\");\n}\n");
    folder.write("migrations/0001_init.sql", "select 1");
    assert_eq!(run(&folder).ok().out, "0001_init: select 1\n");
    folder.write("migrations/0002_more.sql", "select 2");
    assert_eq!(run(&folder).ok().out, "0001_init: select 1\n0002_more: select 2\n");
}
