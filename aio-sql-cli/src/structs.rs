//! The structs of a package that are tables.
//!
//! Only the compiler knows which structs have `#[derive(Table)]` and what their constants are.
//! While the environment variable `AIO_SQL_DUMP` is set, the derive adds a test to each of them,
//! which writes the definition of the table to a file. The tool compiles the test harness of the
//! library and of each binary, runs these tests, and reads the files.

mod dump;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aio_sql::{Dialect, Schema};
use cargo_metadata::Message;
use cargo_metadata::diagnostic::DiagnosticLevel;
pub use dump::{ColumnHistory, Ddl, Struct};

use crate::error::{AtPath, Error, Result};
use crate::project::{Project, Target};
use crate::replay::{Replay, Script};

/// The structs of a project that are tables.
#[derive(Clone, Debug, Default)]
pub struct Structs {
    /// The structs, in the order of their paths.
    pub list: Vec<Struct>,
    /// What the tool could not see, each in one line, for the user.
    pub unseen: Vec<String>,
}

impl Structs {
    /// Compiles the library and the binaries of a project, and finds their structs.
    ///
    /// The build is that of `cargo test`, with one setting changed for the packages of the
    /// project. So it neither replaces nor uses what other builds have compiled of these packages,
    /// but shares the compiled dependencies with other builds.
    ///
    /// # Errors
    /// If the project does not compile, or two structs declare the same table.
    pub fn find(project: &Project) -> Result<Structs> {
        let mut structs = Structs::default();
        for target in project.targets()? {
            if target.has_own_harness {
                structs.unseen.push(format!("the structs of {target} are not seen, because it has `harness = false`"));
                continue;
            }
            structs.find_in(project, &target)?;
        }
        let ignored = &project.settings().ignore;
        structs.list.retain(|found| !ignored.contains(&found.path));
        structs.leave_out_tests();
        structs.list.sort_by(|one, other| one.path.cmp(&other.path));
        structs.check_tables()?;
        Ok(structs)
    }

    fn find_in(&mut self, project: &Project, target: &Target) -> Result<()> {
        let folder =
            tempfile::tempdir().map_err(|error| Error::new(format!("there is no temporary folder: {error}")))?;
        let built = build(project, target, folder.path())?;
        self.unseen.extend(
            built
                .in_functions
                .iter()
                .map(|place| format!("the struct at {place} is not seen, because it is inside of a function")),
        );
        let Some(harness) = built.harness else {
            return Err(Error::new(format!("Cargo has compiled no tests of {target}")));
        };
        let run = Command::new(&harness)
            .args(["__aio_sql_", "--quiet"])
            .current_dir(&target.folder)
            .env("AIO_SQL_DUMP", folder.path())
            .stdin(Stdio::null())
            .output()
            .at_path("run", &harness)?;
        if !run.status.success() {
            let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
            return Err(Error::new(format!("the tables of {target} cannot be written\n{}{}", out.trim(), err.trim())));
        }
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(folder.path()).at_path("read the folder", folder.path())? {
            paths.push(entry.at_path("read the folder", folder.path())?.path());
        }
        for path in paths {
            let text = std::fs::read_to_string(&path).at_path("read", &path)?;
            let found = Struct::parse(&text, project.workspace(), &target.package)?;
            // If the library and a binary both include a file, its structs are found twice.
            if !self
                .list
                .iter()
                .any(|other| other.file == found.file && other.line == found.line && other.table == found.table)
            {
                self.list.push(found);
            }
        }
        Ok(())
    }

    /// Leaves out the structs in modules called `tests`.
    fn leave_out_tests(&mut self) {
        let is_of_a_test = |found: &Struct| found.path.split("::").any(|module| module == "tests");
        for found in self.list.iter().filter(|found| is_of_a_test(found)) {
            self.unseen.push(format!("{} is left out, because it stands in a module called `tests`", found.path));
        }
        self.list.retain(|found| !is_of_a_test(found));
    }

    /// Leaves out the structs whose tables a kind of database has outside of its steps: a schema
    /// of SQLite is another file, which is attached under a name that the program chooses.
    #[must_use]
    pub fn in_steps_of(mut self, dialect: Dialect) -> Structs {
        if dialect != Dialect::Sqlite {
            return self;
        }
        for found in &self.list {
            if let Some(schema) = &found.schema {
                self.unseen.push(format!(
                    "{} is left out, because its table is in the attached file `{schema}`, which has steps of its own",
                    found.path
                ));
            }
        }
        self.list.retain(|found| found.schema.is_none());
        self
    }

    /// Fails if two structs declare the same table.
    fn check_tables(&self) -> Result<()> {
        let mut tables: BTreeMap<(Option<String>, String), &Struct> = BTreeMap::new();
        for found in &self.list {
            let schema = found.schema.as_ref().map(|schema| schema.to_lowercase());
            if let Some(other) = tables.insert((schema, found.table.to_lowercase()), found) {
                let place = |found: &Struct| format!("{} ({})", found.path, found.place());
                let message =
                    format!("two structs are the table `{}`: {} and {}", found.full_name(), place(other), place(found));
                return Err(Error::new(message).help(
                    "write `#[table(migrate = false)]` on the one that has only some of the columns, or that belongs to a test",
                ));
            }
        }
        Ok(())
    }

    /// Returns the struct of a table in the default schema. The case of ASCII letters is ignored.
    pub fn of_table(&self, table: &str) -> Option<&Struct> {
        self.list.iter().find(|found| found.schema.is_none() && found.table.eq_ignore_ascii_case(table))
    }

    /// Returns the schema that the structs declare, in the kind of database in which the steps
    /// were run.
    ///
    /// With SQLite, functions and collations that the structs name and the tool does not know are
    /// stubs.
    ///
    /// # Errors
    /// If a statement is wrong, such as a CHECK that names an unknown column, or if the database
    /// cannot have a table. The error names the struct.
    pub async fn schema(&self, replay: &Replay) -> Result<Schema> {
        let (mut tables, mut keys) = (Vec::new(), Vec::new());
        for found in &self.list {
            let ddl = found.ddl(replay.dialect())?;
            let origin = format!("{} ({})", found.path, found.place());
            let script =
                |text: &String| Script { name: found.path.clone(), origin: origin.clone(), text: text.clone() };
            tables.push(script(&ddl.table));
            keys.push(script(&ddl.keys));
        }
        let mut schemas: Vec<&str> = self.list.iter().filter_map(|found| found.schema.as_deref()).collect();
        schemas.sort_unstable();
        schemas.dedup();
        replay.declared(tables, keys, &schemas).await
    }
}

/// What Cargo has built.
#[derive(Default)]
struct Built {
    harness: Option<PathBuf>,
    /// The places of structs inside functions, whose tests cannot be run.
    in_functions: Vec<String>,
}

/// The lint by which rustc says that a test is inside a function.
const UNREACHABLE_TEST: &str = "unnameable_test_items";

fn build(project: &Project, target: &Target, folder: &Path) -> Result<Built> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.arg("rustc").arg("--manifest-path").arg(project.manifest_path()).args(["--package", &target.package]);
    // Cargo reads its configuration from the current folder upwards.
    command.current_dir(project.folder());
    match &target.binary {
        Some(binary) => command.args(["--bin", binary]),
        None => command.arg("--lib"),
    };
    let shows_colours = std::io::stderr().is_terminal();
    let format = if shows_colours { "json-diagnostic-rendered-ansi" } else { "json" };
    command.args(["--profile", "test", &format!("--message-format={format}")]);
    if !shows_colours {
        command.arg("--quiet");
    }
    for package in project.packages() {
        // Cargo does not know that the derives and `migrations!()` look at AIO_SQL_DUMP. An
        // unusual setting keeps this build apart from others: without it, a library that was
        // compiled for the dump could end up in the user's program.
        command.arg("--config").arg(format!("profile.dev.package.\"{package}\".codegen-units=251"));
    }
    command.args(project.feature_arguments(target));
    command.args(["--", "--cfg", "aio_sql_dump", "--cap-lints", "warn"]);
    command.env("AIO_SQL_DUMP", folder);
    command.env("AIO_SQL_DUMP_PACKAGES", project.packages().collect::<Vec<_>>().join(" "));
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| Error::new(format!("`cargo` cannot be run: {error}")))?;
    let mut built = Built::default();
    let mut mistakes = Vec::new();
    if let Some(out) = child.stdout.take() {
        for message in Message::parse_stream(BufReader::new(out)) {
            match message.map_err(|error| Error::new(format!("the output of Cargo cannot be read: {error}")))? {
                Message::CompilerArtifact(artifact) if artifact.profile.test => {
                    built.harness = artifact.executable.map(PathBuf::from).or(built.harness);
                }
                Message::CompilerMessage(message) => {
                    let message = message.message;
                    let code = message.code.as_ref().map(|code| code.code.as_str());
                    if matches!(message.level, DiagnosticLevel::Error | DiagnosticLevel::Ice) {
                        mistakes.push(message.rendered.unwrap_or(message.message));
                    } else if code == Some(UNREACHABLE_TEST) {
                        let span = message.spans.iter().find(|span| span.is_primary);
                        let place = span.map(|span| format!("{}:{}", span.file_name, span.line_start));
                        built.in_functions.extend(place.filter(|place| !built.in_functions.contains(place)));
                    }
                }
                _ => {}
            }
        }
    }
    let status = child.wait().map_err(|error| Error::new(format!("`cargo` cannot be run: {error}")))?;
    if status.success() {
        return Ok(built);
    }
    Err(Error::new(format!("{target} does not compile\n{}", mistakes.concat().trim_end()).trim_end().to_owned()))
}
