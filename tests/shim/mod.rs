//! The C shim between a child process and the file system; `shim.c` describes it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

/// Compiles the shim when it is called first, with the C compiler that the bundled SQLite needs
/// anyway. Returns the path of the library.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/shim.c");
        // The library is built under another name and then renamed, because another test binary
        // may load it at the same time.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let built = folder.join(format!("shim-{}.so", std::process::id()));
        let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
        let status = Command::new(compiler)
            .args(["-O1", "-Wall", "-Wextra", "-shared", "-fPIC", "-o"])
            .args([&built, &source])
            .status()
            .expect("a C compiler");
        assert!(status.success(), "the shim is not compiled");
        let library = folder.join("shim.so");
        fs::rename(&built, &library).expect("a library");
        library
    })
}

/// Returns a command that runs one test of this binary again.
pub(crate) fn again(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("a test binary"));
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    command
}

/// Creates the subdirectory `data` of `directory`, and returns a command that runs one test of
/// this binary again under the shim, which watches the files in `data`.
pub(crate) fn again_under_shim(test: &str, directory: &Path) -> Command {
    let directory = directory.canonicalize().expect("a directory");
    fs::create_dir(directory.join("data")).expect("a directory");
    let mut command = again(test);
    command.env("LD_PRELOAD", library()).env("AIO_SQL_SHIM_DIR", directory);
    command
}
