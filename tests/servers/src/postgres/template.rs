//! The files of a new server, made once for each version of PostgreSQL.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Mutex;
use std::time::SystemTime;

use super::files;
use super::keeper::Keeper;
use super::programs::{Programs, target};
use super::user::User;

/// What `initdb` is told. Segments of 1 MiB make the files few megabytes smaller to copy.
const OPTIONS: &str = "--username=postgres --auth=trust --encoding=UTF8 --wal-segsize=1 --no-sync --no-instructions";

/// The locales of the databases, by preference: their order differs from that of the bytes, so
/// that a statement that forgets to name its collation is found out. A server without ICU has no
/// such locale of its own.
const LOCALES: [&str; 2] = ["--locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US", "--locale=C"];

/// Puts the files of a new server into the folder `data` of a keeper.
pub(super) fn unpack(programs: &Programs, keeper: &mut Keeper) {
    // Threads of one process would each make the template.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let data = keeper.folder().join("data");
    let template = path(programs);
    {
        let _guard = ONE_AT_A_TIME.lock();
        if !template.exists() {
            make(programs, keeper);
            keep(&data, &template).unwrap_or_else(|error| panic!("{}: {error}", template.display()));
            return;
        }
    }
    files::copy(&template, &data, User::of_servers())
        .unwrap_or_else(|error| panic!("{} cannot be copied: {error}", template.display()));
}

fn path(programs: &Programs) -> PathBuf {
    target().join("servers/new").join(format!("postgresql-{}-{}", programs.version(), kind(programs)))
}

/// Returns a word that tells installations of the same version apart.
fn kind(programs: &Programs) -> String {
    let path = programs.folder().to_string_lossy();
    path.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect::<String>()
        .trim_matches('-')
        .to_owned()
}

fn make(programs: &Programs, keeper: &mut Keeper) {
    let data = keeper.folder().join("data");
    for locale in LOCALES {
        if keeper.run(&format!("initdb {OPTIONS} {locale}")) {
            return;
        }
        let _ = fs::remove_dir_all(&data);
    }
    let log = fs::read_to_string(keeper.folder().join("initdb.log")).unwrap_or_default();
    panic!("initdb of PostgreSQL {} failed:\n{log}", programs.version());
}

/// Keeps a copy of the files for the next server. The name is given to a whole copy only, also
/// where several processes make one.
fn keep(data: &Path, template: &Path) -> io::Result<()> {
    let parent = template.parent().expect("a folder above");
    fs::create_dir_all(parent)?;
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    let copy = parent.join(format!(".{}-{now}", process::id()));
    files::copy(data, &copy, None)?;
    fs::rename(&copy, template).or_else(|error| {
        fs::remove_dir_all(&copy)?;
        if template.exists() { Ok(()) } else { Err(error) }
    })
}
