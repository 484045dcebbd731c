//! Why a command ended without success, and the exit codes.

use std::fmt;
use std::process::ExitCode;

/// The result of a function of the tool.
pub type Result<T> = std::result::Result<T, Error>;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The command did what it was asked for.
    Success,
    /// The command failed.
    Failure,
    /// The arguments are wrong, or one is missing.
    Usage,
    /// The command found something to do, such as a step that is not applied yet.
    SomethingToDo,
    /// The user pressed Ctrl-C.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::SomethingToDo => 3,
            Exit::Interrupted => 130,
        })
    }
}

/// Why a command failed, and what the user can do.
#[derive(Debug)]
pub struct Error {
    message: String,
    help: Vec<String>,
    excerpt: Option<String>,
    exit: Exit,
}

impl Error {
    /// Creates an error with the exit code 1.
    pub fn new(message: impl Into<String>) -> Error {
        Error { message: message.into(), help: Vec::new(), excerpt: None, exit: Exit::Failure }
    }

    /// Creates an error with the exit code 2: an argument is wrong or missing.
    pub fn usage(message: impl Into<String>) -> Error {
        Error { exit: Exit::Usage, ..Error::new(message) }
    }

    /// Creates the error for a command that Ctrl-C has ended, with the exit code 130.
    pub fn interrupted() -> Error {
        let message = "interrupted: what was not committed is rolled back";
        Error { exit: Exit::Interrupted, ..Error::new(message) }
    }

    /// Adds a line that says what the user can do.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Error {
        self.help.push(line.into());
        self
    }

    /// Sets the text that is shown in place of the message: a part of a file with the mistake
    /// marked. It contains the message.
    #[must_use]
    pub fn excerpt(mut self, text: String) -> Error {
        self.excerpt = Some(text);
        self
    }

    /// Puts a place before the message, as in `step 0002_slug: …`.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Error {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Returns what went wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the lines that say what the user can do.
    pub fn help_lines(&self) -> &[String] {
        &self.help
    }

    /// Returns the text that is shown in place of the message, if there is one.
    pub fn shown_excerpt(&self) -> Option<&str> {
        self.excerpt.as_deref()
    }

    /// Returns the exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<aio_sql::Error> for Error {
    fn from(error: aio_sql::Error) -> Error {
        Error::new(error.to_string())
    }
}

/// Adds the path to errors of the file system.
pub trait AtPath<T> {
    /// Converts the error into one that says what could not be done with this file or folder.
    ///
    /// # Errors
    /// That of the file system.
    fn at_path(self, what: &str, path: &std::path::Path) -> Result<T>;
}

impl<T> AtPath<T> for std::io::Result<T> {
    fn at_path(self, what: &str, path: &std::path::Path) -> Result<T> {
        self.map_err(|error| Error::new(format!("cannot {what} {}: {error}", path.display())))
    }
}
