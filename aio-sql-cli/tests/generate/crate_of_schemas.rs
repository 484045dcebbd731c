//! A crate outside of the workspace that holds generated structs of many schemas, and prints how
//! they differ from the databases.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crate. Its target folder is that of the tests, so that its dependencies are built once.
pub(super) struct CrateOfSchemas {
    folder: PathBuf,
    workspace: PathBuf,
    modules: String,
    calls: String,
}

const CHECK: &str = r##"
use aio_sql::inspect::Part;
use aio_sql::schema::TableDef;
use aio_sql::{Database, Schema};

/// Prints the differences of the structs from the database that the script creates, as the comments
/// of the generated source name them.
async fn check(name: &str, script: &str, tables: Vec<&'static TableDef>) -> aio_sql::Result<()> {
    println!("schema\t{name}");
    let db = Database::memory().await?;
    let connection = db.connect().await?;
    connection.execute_script(script).await?;
    let found = connection.inspect().await?;
    let wanted = Schema::of(tables)?;
    for difference in wanted.differences(&found)? {
        let line = match difference.found() {
            Some(Part::Trigger(trigger)) => format!("the trigger `{}` is not in the struct", trigger.name()),
            Some(Part::Table(table)) => format!("The table `{}` has no struct", table.name()),
            // A view has a record, or a comment where it cannot be compiled.
            Some(Part::View(view)) if view.error().is_none() => continue,
            Some(Part::View(view)) => format!("The view `{}` has no struct", view.name()),
            _ => difference
                .to_string()
                .replace(" is unexpected: there", " is not in the struct")
                .replace(" is unexpected: ", " is not in the struct: ")
                .replace(" is missing: expected there", " is in the struct only")
                .replace(" is missing: expected ", " is in the struct only: ")
                .replace(": expected ", "; the struct says "),
        };
        println!("difference\t{}", line.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    drop(connection);
    db.close().await
}
"##;

impl CrateOfSchemas {
    pub(super) fn new(workspace: &Path) -> CrateOfSchemas {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("src")).unwrap();
        CrateOfSchemas { folder, workspace: workspace.to_owned(), modules: String::new(), calls: String::new() }
    }

    /// Adds the structs of a schema, which the script creates.
    pub(super) fn add(&mut self, name: &str, script: &Path, source: &str) {
        std::fs::write(self.folder.join("src").join(format!("{name}.rs")), source).unwrap();
        let _ = writeln!(self.modules, "mod {name};");
        let mut tables = String::new();
        let mut is_table = false;
        for line in source.lines() {
            is_table |= line.starts_with("#[derive(Table,");
            if let Some(of) = line.strip_prefix("pub struct ").filter(|_| is_table) {
                let of = of.trim_end_matches(" {");
                let _ = write!(tables, "<{name}::{of} as aio_sql::Table>::TABLE, ");
                is_table = false;
            }
        }
        let _ = writeln!(self.calls, "    check({name:?}, include_str!({script:?}), vec![{tables}]).await?;");
    }

    /// Builds and runs the crate. Returns the differences by the names of the schemas.
    pub(super) fn differences(&self) -> BTreeMap<String, Vec<String>> {
        let manifest = format!(
            "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             aio-sql = {{ path = {:?}, features = [\"jiff\", \"json\", \"regexp\", \"rust_decimal\", \"unicode\", \"uuid\"] }}\n\
             jiff = \"0.2\"\nrust_decimal = \"1\"\nserde_json = \"1\"\ntokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n\
             uuid = \"1\"\n\n[lints.rust]\nwarnings = \"deny\"\ndead_code = \"allow\"\n\n[profile.dev]\ndebug = false\n",
            self.workspace
        );
        std::fs::write(self.folder.join("Cargo.toml"), manifest).unwrap();
        std::fs::copy(self.workspace.join("Cargo.lock"), self.folder.join("Cargo.lock")).unwrap();
        let main = format!(
            "{}{CHECK}\n#[tokio::main(flavor = \"current_thread\")]\nasync fn main() -> aio_sql::Result<()> {{\n{}    Ok(())\n}}\n",
            self.modules, self.calls
        );
        std::fs::write(self.folder.join("src/main.rs"), main).unwrap();
        let output = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--offline"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages"))
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut schema = String::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            match line.split_once('\t') {
                Some(("schema", name)) => {
                    schema = name.to_owned();
                    found.entry(schema.clone()).or_default();
                }
                Some((_, difference)) => found.entry(schema.clone()).or_default().push(difference.to_owned()),
                None => panic!("{line}"),
            }
        }
        found
    }
}
