//! A connection for tests, which is not the library's own.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// A connection to a server as its superuser, over the socket of the server or of a pooler. It
/// sends scripts and reads texts. It shares no code with the library, so that it can say what the
/// library has done.
#[derive(Debug)]
pub struct Admin {
    socket: UnixStream,
}

/// An error that the server reports.
#[derive(Debug)]
pub struct Refused {
    /// The SQLSTATE, such as `57P03`.
    pub code: String,
    /// The message.
    pub message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> io::Error {
        io::Error::other(refused.to_string())
    }
}

/// A row of texts, `None` for NULL.
type Row = Vec<Option<String>>;

impl Admin {
    /// Connects to the server whose socket is at a path, and to one of its databases.
    ///
    /// # Errors
    /// Fails if the server does not run, or does not accept connections yet.
    pub(super) fn connect(socket: &Path, database: &str) -> io::Result<Admin> {
        Admin::connect_as("postgres", socket, database)
    }

    /// Connects as a user.
    ///
    /// # Errors
    /// Those of [`connect`](Admin::connect).
    pub(super) fn connect_as(user: &str, socket: &Path, database: &str) -> io::Result<Admin> {
        let mut admin = Admin { socket: UnixStream::connect(socket)? };
        let mut body = 196_608_u32.to_be_bytes().to_vec();
        for word in ["user", user, "database", database, ""] {
            body.extend(word.bytes().chain([0]));
        }
        let length = u32::try_from(body.len() + 4).expect("a short message");
        admin.socket.write_all(&[&length.to_be_bytes(), body.as_slice()].concat())?;
        admin.answer()??;
        Ok(admin)
    }

    /// Runs statements, and returns the rows of all of them.
    ///
    /// # Panics
    /// Panics if the connection is lost.
    ///
    /// # Errors
    /// Fails with the error of the server.
    pub fn run(&mut self, statements: &str) -> Result<Vec<Row>, Refused> {
        let length = u32::try_from(statements.len() + 5).expect("a short text");
        let message = [b"Q", length.to_be_bytes().as_slice(), statements.as_bytes(), b"\0"].concat();
        let answer = self.socket.write_all(&message).and_then(|()| self.answer());
        answer.expect("a server that answers")
    }

    /// Reads up to the end of an answer.
    fn answer(&mut self) -> io::Result<Result<Vec<Row>, Refused>> {
        let mut outcome = Ok(Vec::new());
        loop {
            let mut head = [0; 5];
            // A server that refuses a connection closes it after the error.
            match self.socket.read_exact(&mut head) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && outcome.is_err() => return Ok(outcome),
                read => read?,
            }
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let mut body = vec![0; length.saturating_sub(4)];
            self.socket.read_exact(&mut body)?;
            match head[0] {
                b'R' if body != [0; 4] => return Err(io::Error::other("the server wants a password")),
                b'E' => outcome = Err(refused(&body)),
                b'D' => outcome.iter_mut().for_each(|rows| rows.push(row(&body))),
                b'Z' => return Ok(outcome),
                _ => {}
            }
        }
    }
}

fn refused(body: &[u8]) -> Refused {
    let fields: Vec<_> = body.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    let field = |kind| fields.iter().find_map(|field| field.strip_prefix(kind)).unwrap_or_default().to_owned();
    Refused { code: field('C'), message: field('M') }
}

fn row(body: &[u8]) -> Row {
    let mut rest = body.get(2..).unwrap_or_default();
    let mut row = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = usize::try_from(i32::from_be_bytes(*length)).ok();
        let (value, after) = after.split_at(length.unwrap_or(0));
        row.push(length.map(|_| String::from_utf8_lossy(value).into_owned()));
        rest = after;
    }
    row
}
