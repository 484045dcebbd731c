//! Finding the structs of packages.

use std::process::Command;

use aio_sql::Dialect;
use aio_sql_cli::args::Global;
use aio_sql_cli::project::Project;
use aio_sql_cli::structs::Structs;

use crate::package::{Folder, answer, dependency};

/// A workspace whose packages have structs in all places in which the tool looks for them, and in
/// some in which it cannot find them.
fn shop() -> Folder {
    let folder = Folder::workspace("[workspace]\nmembers = [\"shop\", \"models\", \"other\"]\nresolver = \"3\"\n");
    let dependency = dependency();
    let package = |name: &str, rest: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}\n[dependencies]\n{dependency}\n"
        )
    };
    folder.write(
        "shop/Cargo.toml",
        &(package("shop", "")
            + "models = { path = \"../models\" }\n\
               [dev-dependencies]\nother = { path = \"../other\" }\n\
               [features]\nadmin = []\nextra = []\n\
               [[bin]]\nname = \"shop\"\n\
               [[bin]]\nname = \"admin\"\nrequired-features = [\"admin\"]\n\
               [[bin]]\nname = \"odd\"\nharness = false\n\
               [package.metadata.aio-sql]\nignore = [\"shop::Ignored\"]\n"),
    );
    folder.write("models/Cargo.toml", &package("models", ""));
    folder.write("other/Cargo.toml", &package("other", ""));
    folder.write(
        "models/src/lib.rs",
        "#[derive(aio_sql::Table)]\n\
         pub struct Author {\n    #[column(primary_key, auto)]\n    pub id: i64,\n    pub name: String,\n}\n",
    );
    // `other` is a package on which only the tests of `shop` depend.
    folder.write("other/src/lib.rs", "#[derive(aio_sql::Table)]\npub struct Other { pub id: i64 }\n");
    folder.write(
        "shop/src/lib.rs",
        "#![deny(unnameable_test_items)]\n\
         mod posts;\n\
         pub static STEPS: aio_sql::Migrations<'static> = aio_sql::migrations!();\n\
         #[derive(aio_sql::Table)]\nstruct Ignored { id: i64 }\n\
         #[derive(aio_sql::Table)]\n#[table(migrate = false)]\nstruct Partial { id: i64 }\n\
         #[cfg(feature = \"extra\")]\n#[derive(aio_sql::Table)]\nstruct Extra { id: i64 }\n\
         fn inside() {\n    #[derive(aio_sql::Table)]\n    struct InFunction { id: i64 }\n    let _ = InFunction::select();\n}\n\
         pub fn all() { inside(); }\n\
         #[cfg(test)]\nmod tests {\n    #[derive(aio_sql::Table)]\n    struct OfATest { id: i64 }\n}\n",
    );
    folder.write(
        "shop/src/posts.rs",
        "mod deeper {\n\
             use std::time::SystemTime;\n\
             use aio_sql::{SqlType, Table};\n\
             #[derive(SqlType, Clone, Copy, Debug)]\n    enum State { Draft, Public }\n\
             #[derive(SqlType, Clone, Debug)]\n    struct Slug(String);\n\
             #[derive(Table)]\n\
             #[table(name = \"articles\", was = \"posts\", index(author_id))]\n\
             struct Post {\n\
                 #[column(primary_key, auto)]\n        id: i64,\n\
                 #[column(references = models::Author::ID)]\n        author_id: i64,\n\
                 state: State,\n\
                 #[column(was = \"title\")]\n        headline: String,\n\
                 #[column(backfill = sql(\"lower(\\\"title\\\")\"))]\n        slug: Slug,\n\
                 written: SystemTime,\n\
             }\n\
         }\n",
    );
    folder.write(
        "shop/src/main.rs",
        "#[derive(aio_sql::Table)]\nstruct OfMain { id: i64 }\n\
         fn main() { shop::all(); println!(\"{} steps\", shop::STEPS.steps().len()); }\n",
    );
    folder.write("shop/migrations/0001_init.sql", "select 1;\n");
    folder.write("shop/src/bin/admin.rs", "#[derive(aio_sql::Table)]\nstruct OfAdmin { id: i64 }\nfn main() {}\n");
    folder.write("shop/src/bin/odd.rs", "fn main() { panic!(\"the tool does not run programs\") }\n");
    folder
}

fn find(folder: &Folder, package: &str, features: &[&str]) -> aio_sql_cli::error::Result<Structs> {
    let global = Global {
        manifest_path: Some(folder.path(package).join("Cargo.toml")),
        features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        ..Global::default()
    };
    Structs::find(&Project::find(&global)?)
}

fn paths(structs: &Structs) -> Vec<&str> {
    structs.list.iter().map(|found| found.path.as_str()).collect()
}

#[test]
fn structs_of_libraries_and_binaries_are_found_with_their_definitions() {
    let folder = shop();
    // The structs are found whatever is wrong with the files that the program embeds.
    let conflict = "<<<<<<< ours\n-- aio-sql: step 0001_init 1\n=======\n>>>>>>> theirs\n";
    folder.write("shop/migrations/schema.sql", conflict);
    let structs = find(&folder, "shop", &[]).unwrap();
    assert_eq!(paths(&structs), ["admin::OfAdmin", "models::Author", "shop::OfMain", "shop::posts::deeper::Post"]);

    let post = structs.of_table("ARTICLES").expect("the table");
    assert_eq!((post.place().as_str(), post.package.as_str()), ("shop/src/posts.rs:8", "shop"));
    assert_eq!(post.file, folder.path("shop/src/posts.rs").canonicalize().unwrap());
    assert_eq!(post.was.as_deref(), Some("posts"));
    assert_eq!(post.column("headline").unwrap().was.as_deref(), Some("title"));
    assert_eq!(post.column("slug").unwrap().backfill.as_deref(), Some("lower(\"title\")"));
    assert_eq!(post.columns.len(), 2);
    // What only the compiler knows: the values of the enum, and the type of the newtype.
    let ddl = &post.ddl(Dialect::Sqlite).unwrap().table;
    for part in ["'draft'", "\"slug\" TEXT NOT NULL", "REFERENCES \"author\"", "CREATE INDEX"] {
        assert!(ddl.contains(part), "{part} is not in {ddl}");
    }
    // PostgreSQL needs the other tables before the foreign keys.
    let ddl = post.ddl(Dialect::Postgres).unwrap();
    assert!(!ddl.table.contains("REFERENCES") && ddl.keys.starts_with("ALTER TABLE \"articles\" ADD"), "{ddl:?}");

    let seen = |words: &[&str]| structs.unseen.iter().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(seen(&["shop/src/lib.rs:13", "inside of a function"]), "{:?}", structs.unseen);
    assert!(seen(&["binary `odd`", "harness = false"]), "{:?}", structs.unseen);
    assert!(seen(&["shop::tests::OfATest", "`tests`"]), "{:?}", structs.unseen);
    assert_eq!(structs.unseen.len(), 3, "{:?}", structs.unseen);

    // With the feature `extra`, there is one more struct.
    let structs = find(&folder, "shop", &["extra"]).unwrap();
    assert!(paths(&structs).contains(&"shop::Extra"), "{:?}", paths(&structs));

    let cargo = |arguments: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        answer(cargo.current_dir(folder.path("shop")).args(["--quiet"]).args(arguments))
    };
    let refused = cargo(&["run", "--bin", "shop"]);
    assert!(refused.code != 0 && refused.err.contains("schema.sql"), "{refused:?}");
    // What was compiled for the tool is not in the program.
    std::fs::remove_file(folder.path("shop/migrations/schema.sql")).unwrap();
    assert_eq!(cargo(&["run", "--bin", "shop"]).ok().out, "1 steps\n");
    let tests = cargo(&["test", "--lib", "--", "--list"]).ok();
    assert!(!tests.out.contains("__aio_sql_"), "{tests:?}");
}

#[test]
fn two_structs_of_one_table_are_an_error_with_both_places() {
    let folder = Folder::workspace(&format!(
        "[package]\nname = \"twice\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{}\n",
        dependency()
    ));
    folder.write(
        "src/lib.rs",
        "#[derive(aio_sql::Table)]\npub struct Post { pub id: i64 }\n\
         mod other {\n    #[derive(aio_sql::Table)]\n    #[table(name = \"POST\")]\n    pub struct Entry { pub id: i64 }\n}\n",
    );
    let error = find(&folder, "", &[]).unwrap_err();
    for part in ["twice::Post (src/lib.rs:1)", "twice::other::Entry (src/lib.rs:4)"] {
        assert!(error.message().contains(part), "{error}");
    }
    assert!(error.help_lines().concat().contains("#[table(migrate = false)]"), "{error:?}");

    folder.write("src/lib.rs", "#[derive(aio_sql::Table)]\npub struct Post { pub id: Nothing }\n");
    let error = find(&folder, "", &[]).unwrap_err();
    assert!(error.message().contains("the library of `twice` does not compile"), "{error}");
    assert!(error.message().contains("cannot find type `Nothing`"), "{error}");
}
