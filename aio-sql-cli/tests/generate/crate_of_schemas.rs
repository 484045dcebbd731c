//! A crate outside the workspace that holds generated structs of many schemas, and prints how they
//! differ from the databases.

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
use aio_sql::future::Save;
use aio_sql::inspect::Part;
use aio_sql::rusqlite::types::Value;
use aio_sql::schema::TableDef;
use aio_sql::{Database, Executor, Inspect, Keyed, Result, Schema, Select, Table};

/// Reads all rows of a table.
async fn read<T: Table>(ex: &Executor) -> Result<Vec<T>> {
    Select::<T>::new().all(ex).await
}

/// Reads all rows of a table and writes each of them again.
async fn save<T: Keyed>(ex: &Executor) -> Result<()> {
    if T::TABLE.columns.len() > T::TABLE.primary_key.len() {
        for row in &mut read::<T>(ex).await? {
            Save::new(row, ex).await?;
        }
    }
    Ok(())
}

/// Returns all values of these tables.
async fn values(ex: &Executor, tables: &[&'static TableDef]) -> Result<Vec<Vec<Value>>> {
    let names: Vec<_> = tables.iter().map(|table| table.name).collect();
    let all = move |raw: &aio_sql::rusqlite::Connection| {
        let mut values = Vec::new();
        for name in names {
            let mut statement = raw.prepare(&format!("select * from \"{}\"", name.replace('"', "\"\"")))?;
            let width = statement.column_count();
            let row = |row: &aio_sql::rusqlite::Row<'_>| (0..width).map(|place| row.get(place)).collect();
            values.extend(statement.query_map([], row)?.collect::<Result<Vec<Vec<Value>>, _>>()?);
        }
        Ok::<_, aio_sql::rusqlite::Error>(values)
    };
    Ok(ex.run_read(move |raw| all(raw)).await?.expect("the tables can be read"))
}

/// Prints the values that the structs cannot read, or do not write as they were.
macro_rules! check_values {
    ($script:expr, $tables:expr, [$($read:ty)*], [$($saved:ty)*]) => {{
        let db = Database::memory().await?;
        let connection = db.connect().await?;
        connection.execute_script($script).await?;
        let before = values(&connection, &$tables).await?;
        $(if let Err(error) = read::<$read>(&connection).await {
            println!("difference\t{error}");
        })*
        $(if let Err(error) = save::<$saved>(&connection).await {
            println!("difference\t{error}");
        })*
        let after = values(&connection, &$tables).await?;
        before.iter().zip(&after).filter(|(before, after)| before != after).for_each(|pair| println!("difference\t{pair:?}"));
        drop(connection);
        db.close().await?;
    }};
}

/// Prints how the structs differ from the database that the script creates, in the words of the
/// comments in the generated source.
async fn check(name: &str, script: &str, tables: Vec<&'static TableDef>) -> Result<()> {
    println!("schema\t{name}");
    let db = Database::memory().await?;
    let connection = db.connect().await?;
    connection.execute_script(script).await?;
    let found = connection.inspect().await?;
    let wanted = Schema::of(tables)?;
    report(&wanted, &found)?;
    drop(connection);
    db.close().await
}

/// Prints the same for a database of a server, in which the tables are. Tries to read each struct
/// of `read` from it.
macro_rules! check_server {
    ($name:expr, $address:expr, $tables:expr, [$($read:ty)*]) => {{
        println!("schema\t{}", $name);
        let db = Database::open($address).await?;
        let found = db.inspect_with(Inspect::new().all_schemas()).await?;
        let wanted = db.schema_of($tables).await?;
        report(&wanted, &found)?;
        $(if let Err(error) = read::<$read>(&db).await {
            println!("difference\t{error}");
        })*
        db.close().await?;
    }};
}

fn report(wanted: &Schema, found: &Schema) -> Result<()> {
    for difference in wanted.differences(found)? {
        let line = match difference.found() {
            Some(Part::Trigger(trigger)) => format!("the trigger `{}` is not in the struct", trigger.name()),
            Some(Part::Table(table)) => format!("The table `{}` has no struct", table.name()),
            // A view has a record, or a comment where it cannot be compiled.
            Some(Part::View(view)) if view.error().is_none() => continue,
            Some(Part::View(view)) => format!("The view `{}` has no struct", view.name()),
            // What a server has beside its tables and views.
            Some(Part::Enum(_) | Part::Domain(_) | Part::Sequence(_)) => continue,
            _ => difference
                .to_string()
                .replace(" is unexpected", " is not in the struct")
                .replace(" is missing: expected ", " is in the struct only: ")
                .replace(" is missing", " is in the struct only")
                .replace(": expected ", "; the struct says "),
        };
        println!("difference\t{}", line.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    Ok(())
}
"##;

impl CrateOfSchemas {
    pub(super) fn new(workspace: &Path) -> CrateOfSchemas {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("src")).unwrap();
        CrateOfSchemas { folder, workspace: workspace.to_owned(), modules: String::new(), calls: String::new() }
    }

    /// Adds the structs of the schema that the script creates. `is_sampled` says that the types
    /// were chosen by looking at the values, so that the structs can read all of these.
    pub(super) fn add(&mut self, name: &str, script: &Path, source: &str, is_sampled: bool) {
        let (tables, saved, read) = self.add_module(name, source);
        let script = format!("include_str!({script:?})");
        let _ = writeln!(self.calls, "    check({name:?}, {script}, vec![{tables}]).await?;");
        if is_sampled {
            let _ = writeln!(self.calls, "    check_values!({script}, [{tables}], [{read}], [{saved}]);");
        }
    }

    /// Adds the structs of the database with this address.
    pub(super) fn add_server(&mut self, name: &str, address: &str, source: &str) {
        let (tables, saved, read) = self.add_module(name, source);
        let _ = writeln!(self.calls, "    check_server!({name:?}, {address:?}, vec![{tables}], [{saved}{read}]);");
    }

    /// Adds a module. Returns the definitions of its tables, the structs with a primary key, and
    /// the others.
    fn add_module(&mut self, name: &str, source: &str) -> (String, String, String) {
        std::fs::write(self.folder.join("src").join(format!("{name}.rs")), source).unwrap();
        let _ = writeln!(self.modules, "mod {name};");
        let (mut tables, mut saved, mut read) = (String::new(), String::new(), String::new());
        for block in source.split("\n\n") {
            let Some((_, of)) = block.split_once("#[derive(Table,") else { continue };
            let (_, of) = of.split_once("pub struct ").expect("the derive is on a struct");
            let (of, _) = of.split_once(" {").expect("a struct has fields");
            let _ = write!(tables, "<{name}::{of} as aio_sql::Table>::TABLE, ");
            let _ = write!(if block.contains("primary_key") { &mut saved } else { &mut read }, "{name}::{of} ");
        }
        (tables, saved, read)
    }

    /// Builds and runs the crate. Returns the printed differences, by the name of the schema.
    pub(super) fn differences(&self) -> BTreeMap<String, Vec<String>> {
        let manifest = format!(
            "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             aio-sql = {{ path = {:?}, features = [\"jiff\", \"json\", \"postgres\", \"regexp\", \"rust_decimal\", \"unicode\", \"uuid\"] }}\n\
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
