//! Runs tests under the shim, which makes calls of the file system fail as a test orders.

use std::path::{Path, PathBuf};
use std::{env, fs};

use aio_sql::{Database, Result};

use super::{Entry, shim};

/// The connection of a test to the shim under which its process runs.
pub(crate) struct Fault {
    directory: PathBuf,
}

/// Runs the body of a test in a child process under the shim. The child process runs the calling
/// test again.
pub(crate) fn under_shim<Body: AsyncFnOnce(Fault) -> Result<()>>(body: Body) {
    if let Some(directory) = env::var_os("AIO_SQL_SHIM_DIR") {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let fault = Fault { directory: directory.into() };
        runtime.expect("a runtime").block_on(body(fault)).unwrap_or_else(|error| panic!("{error:?}"));
        return;
    }
    // The type of a body has a name such as `faults::locks::a_test::{{closure}}`. The name of the
    // test is the part between the first `::` and the closure.
    let path = std::any::type_name::<Body>();
    let test = path.split_once("::").map_or(path, |(_, path)| path).trim_end_matches("::{{closure}}");
    let directory = tempfile::tempdir().expect("a directory");
    let output = shim::again_under_shim(test, directory.path()).output().expect("a child");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    print!("{out}");
    assert!(output.status.success() && out.contains("1 passed"), "{test}: {}\n{out}\n{err}", output.status);
}

impl Fault {
    /// Returns the path of the database file.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.join("data/app.db")
    }

    /// Removes the previous database, and opens a new one with an empty table.
    pub(crate) async fn database(&self) -> Result<Database> {
        self.forget();
        // A small cache makes reads reach the file, and a few writes trigger a checkpoint.
        let db = Database::builder(self.path()).cache(40).pragma("wal_autocheckpoint", 20).open().await?;
        db.create(Entry).await?;
        // Makes the writer read the table's schema: SQLite reports an unread table as missing if
        // reading fails.
        Entry::delete().all_rows().execute(&db).await?;
        Ok(db)
    }

    /// Removes the files of the previous database, which is closed.
    fn forget(&self) {
        for entry in fs::read_dir(self.directory.join("data")).expect("a directory").flatten() {
            fs::remove_file(entry.path()).expect("a file");
        }
    }

    /// Sets the fault that occurs from now on. `shim.c` lists the possible orders.
    pub(crate) fn order(&self, order: &str) {
        fs::write(self.directory.join("control"), order).expect("the shim takes it");
    }

    /// Ends the fault.
    pub(crate) fn clear(&self) {
        self.order("clear");
    }

    /// Returns the number of calls that have failed because a test had ordered it.
    pub(crate) fn fired(&self) -> u64 {
        length(&self.directory.join("fired"))
    }

    /// Returns the number of locks that this process has not got because another process held
    /// them.
    pub(crate) fn blocked(&self) -> u64 {
        length(&self.directory.join("blocked"))
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).expect("a file").len()
}
