//! A package of a user in a temporary folder, and the tool that is run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder with the files of a user.
pub(crate) struct Folder {
    folder: TempDir,
}

/// What a command wrote, and how it ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    /// Returns the JSON that the command wrote.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that the command has ended with the exit code 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Answer {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// Checks that the command failed with this exit code, and that its message has these words.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) -> Answer {
        assert_eq!(self.code, code, "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in {self:?}");
        }
        self
    }
}

impl Folder {
    /// Creates an empty folder.
    pub(crate) fn new() -> Folder {
        Folder { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Creates a folder with a workspace, whose dependencies are compiled once for all tests.
    pub(crate) fn workspace(manifest: &str) -> Folder {
        let folder = Folder::new();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
        folder.write("Cargo.toml", manifest);
        folder.write(
            ".cargo/config.toml",
            &format!("[build]\ntarget-dir = {target:?}\n[net]\noffline = true\n[profile.dev]\ndebug = false\n"),
        );
        // The versions that this workspace uses need not be downloaded.
        fs::copy(repository().join("Cargo.lock"), folder.path("Cargo.lock")).expect("the lock file");
        folder
    }

    /// Returns the path of a file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and creates its folder.
    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// Returns the content of a file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Returns the tool, to be run in this folder without the variables of the caller.
    pub(crate) fn tool(&self) -> Command {
        self.program(env!("CARGO_BIN_EXE_aio-sql"))
    }

    /// Returns a program, to be run in this folder without the variables of the caller.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        for variable in ["DATABASE_URL", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "AIO_SQL_DUMP", "RUSTFLAGS"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs the tool with these arguments, separated by blanks.
    pub(crate) fn run(&self, arguments: &str) -> Answer {
        self.run_each(&arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs the tool with these arguments.
    pub(crate) fn run_each(&self, arguments: &[&str]) -> Answer {
        answer(self.tool().args(arguments))
    }
}

/// Runs a command to its end.
pub(crate) fn answer(command: &mut Command) -> Answer {
    let output = command.output().expect("the command runs");
    Answer {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Returns the folder of aio-sql.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// Returns the line of a Cargo.toml by which a package depends on this aio-sql.
pub(crate) fn dependency() -> String {
    format!("aio-sql = {{ path = {:?} }}", repository())
}
