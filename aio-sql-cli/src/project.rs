//! The package and its workspace, as Cargo describes them.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package, PackageName, TargetKind};

use crate::args::Global;
use crate::error::{AtPath, Error, Result};
use crate::output::count;

/// The package that has the migrations, and the packages whose structs they are for.
#[derive(Debug)]
pub struct Project {
    metadata: Metadata,
    package: Package,
    with_structs: Vec<Package>,
    settings: Settings,
    features: Features,
}

/// The settings below `[package.metadata.aio-sql]` in the Cargo.toml of the package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `database`: the address of the database.
    pub database: Option<String>,
    /// `migrations`: the folder of the steps. Default: `migrations`.
    pub migrations: Option<PathBuf>,
    /// `features`: the features with which the structs are compiled.
    pub features: Vec<String>,
    /// `ignore`: paths of structs that are left out, such as `shop::models::Draft`.
    pub ignore: Vec<String>,
}

/// The features with which Cargo compiles.
#[derive(Clone, Debug, Default)]
struct Features {
    names: Vec<String>,
    all: bool,
    no_default: bool,
}

/// A library or a binary whose structs can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name of the package.
    pub package: String,
    /// The folder of the package.
    pub folder: PathBuf,
    /// The name of a binary; `None` for the library.
    pub binary: Option<String>,
    /// The features that a binary requires.
    pub required_features: Vec<String>,
    /// Whether rustc's test harness is switched off by `harness = false`, so that the structs
    /// cannot be found.
    pub has_own_harness: bool,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.binary {
            Some(binary) => write!(f, "the binary `{binary}` of `{}`", self.package),
            None => write!(f, "the library of `{}`", self.package),
        }
    }
}

/// The name of the library. Only a package that depends on it can have structs.
const LIBRARY: &str = "aio-sql";

impl Project {
    /// Finds the package of the current folder, or the one that the arguments name.
    ///
    /// # Errors
    /// If Cargo finds no package, or several and the arguments name none of them.
    pub fn find(global: &Global) -> Result<Project> {
        let mut command = MetadataCommand::new();
        command.no_deps();
        if let Some(path) = &global.manifest_path {
            command.manifest_path(path);
        }
        let metadata = command.exec().map_err(|error| match error {
            cargo_metadata::Error::CargoMetadata { stderr } => {
                let first = stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
                Error::new(first.trim_start_matches("error: "))
                    .help("run the command in the folder of a package, or name its Cargo.toml by `--manifest-path`")
            }
            error => Error::new(format!("`cargo metadata` cannot be run: {error}")),
        })?;
        let packages = chosen(&metadata, global)?;
        let mut with_structs: Vec<Package> = Vec::new();
        for package in &packages {
            for member in with_members(&metadata, package) {
                if !with_structs.iter().any(|other| other.id == member.id) {
                    with_structs.push(member);
                }
            }
        }
        let Some(package) = packages.into_iter().next() else {
            return Err(Error::new("the workspace has no package"));
        };
        let settings = Settings::of(&package)?;
        let features = Features {
            names: global.features.iter().chain(&settings.features).cloned().collect(),
            all: global.all_features,
            no_default: global.no_default_features,
        };
        Ok(Project { metadata, package, with_structs, settings, features })
    }

    /// Returns the name of the package that has the migrations.
    pub fn name(&self) -> &str {
        &self.package.name
    }

    /// Returns the folder of the package.
    pub fn folder(&self) -> &Path {
        folder_of(&self.package)
    }

    /// Returns the folder of the workspace; for a package without one, the folder of the package.
    pub fn workspace(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Returns the folder of the steps.
    pub fn migrations(&self) -> PathBuf {
        self.folder().join(self.settings.migrations.as_deref().unwrap_or(Path::new("migrations")))
    }

    /// Returns what `[package.metadata.aio-sql]` says.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the names of the packages whose structs are found: those that were chosen, and the
    /// members of the workspace on which they depend, as far as these use aio-sql.
    pub fn packages(&self) -> impl Iterator<Item = &str> {
        self.with_structs.iter().map(|package| package.name.as_str())
    }

    /// Returns the libraries and binaries whose structs are found.
    ///
    /// # Errors
    /// If a Cargo.toml cannot be read.
    pub fn targets(&self) -> Result<Vec<Target>> {
        let mut targets = Vec::new();
        for package in &self.with_structs {
            let own_harnesses = own_harnesses(package)?;
            for target in &package.targets {
                let is_binary = target.kind.contains(&TargetKind::Bin);
                let is_library = target.kind.iter().any(|kind| {
                    use TargetKind::{CDyLib, DyLib, Lib, RLib, StaticLib};
                    matches!(kind, Lib | RLib | DyLib | CDyLib | StaticLib)
                });
                if is_binary || is_library {
                    let binary = is_binary.then(|| target.name.clone());
                    targets.push(Target {
                        package: package.name.to_string(),
                        folder: folder_of(package).to_owned(),
                        required_features: target.required_features.clone(),
                        has_own_harness: own_harnesses.contains(&binary),
                        binary,
                    });
                }
            }
        }
        Ok(targets)
    }

    /// Returns the arguments of Cargo for the features with which a target is compiled.
    pub fn feature_arguments(&self, target: &Target) -> Vec<OsString> {
        let mut arguments = Vec::new();
        let of_package = |name: &&String| {
            let Some(package) = self.with_structs.iter().find(|package| *package.name == target.package) else {
                return true;
            };
            // The features are those of the main package. Another package gets those that it has,
            // too.
            *package.name == *self.package.name || package.features.contains_key(*name)
        };
        let names: BTreeSet<&String> =
            self.features.names.iter().filter(of_package).chain(&target.required_features).collect();
        if !names.is_empty() {
            let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
            arguments.push(format!("--features={}", names.join(",")).into());
        }
        arguments.extend(self.features.all.then(|| "--all-features".into()));
        arguments.extend(self.features.no_default.then(|| "--no-default-features".into()));
        arguments
    }

    /// Returns the path of the Cargo.toml of the package.
    pub fn manifest_path(&self) -> &Path {
        self.package.manifest_path.as_std_path()
    }
}

impl Settings {
    /// Reads the settings of a package.
    fn of(package: &Package) -> Result<Settings> {
        let mut settings = Settings::default();
        let Some(table) = package.metadata.get(LIBRARY).and_then(|value| value.as_object()) else {
            return Ok(settings);
        };
        for (key, value) in table {
            let texts = || {
                let list = value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned));
                list.collect::<Option<Vec<String>>>()
            };
            let is_read = match (key.as_str(), value.as_str()) {
                ("database", Some(text)) => {
                    settings.database = Some(text.to_owned());
                    true
                }
                ("migrations", Some(text)) => {
                    settings.migrations = Some(text.into());
                    true
                }
                ("features", None) => texts().map(|list| settings.features = list).is_some(),
                ("ignore", None) => texts().map(|list| settings.ignore = list).is_some(),
                _ => false,
            };
            if !is_read {
                let message = format!(
                    "`{key}` below `[package.metadata.aio-sql]` in {} is unknown or has a value of another type",
                    package.manifest_path
                );
                return Err(Error::new(message).help(
                    "the keys are `database = \"…\"`, `migrations = \"…\"`, `features = [\"…\"]` and `ignore = [\"…\"]`",
                ));
            }
        }
        Ok(settings)
    }
}

fn folder_of(package: &Package) -> &Path {
    package.manifest_path.as_std_path().parent().unwrap_or(Path::new(""))
}

/// Returns the packages that the arguments name; else that of the current folder; else the only
/// member of the workspace that uses aio-sql.
fn chosen(metadata: &Metadata, global: &Global) -> Result<Vec<Package>> {
    let members = metadata.workspace_packages();
    if !global.package.is_empty() {
        let find = |name: &String| {
            let known = members.iter().map(|package| format!("`{}`", package.name)).collect::<Vec<_>>().join(", ");
            members.iter().find(|package| *package.name == *name).map(|package| (*package).clone()).ok_or_else(|| {
                Error::usage(format!("the workspace has no package `{name}`")).help(format!("its packages are {known}"))
            })
        };
        return global.package.iter().map(find).collect();
    }
    let here = match &global.manifest_path {
        Some(path) => path.parent().map(Path::to_path_buf).filter(|path| !path.as_os_str().is_empty()),
        None => None,
    };
    let here = match here {
        Some(folder) => folder,
        None => std::env::current_dir().map_err(|error| Error::new(format!("there is no current folder: {error}")))?,
    };
    let here = here.canonicalize().unwrap_or(here);
    let deepest = members
        .iter()
        .filter(|package| here.starts_with(folder_of(package).canonicalize().unwrap_or_default()))
        .max_by_key(|package| package.manifest_path.as_str().len());
    if let Some(package) = deepest {
        return Ok(vec![(*package).clone()]);
    }
    let using: Vec<&&Package> = members.iter().filter(|package| uses_library(package)).collect();
    let with_migrations: Vec<&&Package> =
        using.iter().filter(|package| folder_of(package).join("migrations").is_dir()).copied().collect();
    match (&*with_migrations, &*using) {
        ([one], _) | (_, [one]) => Ok(vec![(**one).clone()]),
        (_, several) => {
            let names = several.iter().map(|package| format!("`-p {}`", package.name)).collect::<Vec<_>>();
            let found = count(names.len() as u64, "package");
            Err(Error::usage(format!("the workspace has {found} that use aio-sql")).help(match names.is_empty() {
                true => "add aio-sql to the dependencies of a package".to_owned(),
                false => format!("name the one that has the migrations: {}", names.join(", ")),
            }))
        }
    }
}

fn uses_library(package: &Package) -> bool {
    package.dependencies.iter().any(|dependency| dependency.name == LIBRARY)
}

/// Returns the package and the members of the workspace on which it depends, directly or not, but
/// not for tests alone. Leaves out those that do not use aio-sql. If none does, returns the
/// package.
fn with_members(metadata: &Metadata, package: &Package) -> Vec<Package> {
    let members = metadata.workspace_packages();
    let (mut found, mut next) = (vec![package.clone()], 0);
    while let Some(package) = found.get(next).cloned() {
        next += 1;
        let of_program = |dependency: &&Dependency| dependency.kind != DependencyKind::Development;
        for dependency in package.dependencies.iter().filter(of_program) {
            let Some(path) = &dependency.path else { continue };
            let member = members.iter().find(|member| member.manifest_path.parent() == Some(path));
            if let Some(member) = member.filter(|member| !found.iter().any(|other| other.id == member.id)) {
                found.push((*member).clone());
            }
        }
    }
    found.retain(|package| uses_library(package) && package.name != PackageName::new(LIBRARY.to_owned()));
    if found.is_empty() {
        found.push(package.clone());
    }
    found
}

/// Returns the targets of a package that have `harness = false`: the names of binaries, and `None`
/// for the library. Reads the Cargo.toml, because Cargo's metadata does not have this setting.
fn own_harnesses(package: &Package) -> Result<Vec<Option<String>>> {
    let path = package.manifest_path.as_std_path();
    let text = std::fs::read_to_string(path).at_path("read", path)?;
    let manifest: toml::Table =
        toml::from_str(&text).map_err(|error| Error::new(format!("{} cannot be read: {error}", path.display())))?;
    let is_off = |target: &toml::Value| target.get("harness").and_then(toml::Value::as_bool) == Some(false);
    let mut found = Vec::new();
    if manifest.get("lib").is_some_and(is_off) {
        found.push(None);
    }
    let binaries = manifest.get("bin").and_then(toml::Value::as_array).into_iter().flatten();
    for binary in binaries.filter(|binary| is_off(binary)) {
        found.extend(binary.get("name").and_then(toml::Value::as_str).map(|name| Some(name.to_owned())));
    }
    Ok(found)
}
