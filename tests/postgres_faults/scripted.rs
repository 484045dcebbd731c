//! A server that speaks the protocol and answers as a test says, for what no real server does on
//! request.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What a server does next.
pub(crate) enum Then {
    /// What servers usually do.
    Usual,
    /// Sends this instead.
    Send(Vec<u8>),
    /// Sends this, and closes the connection.
    Close(Vec<u8>),
    /// Sends nothing until the client closes the connection.
    Silence,
}

/// What a test says about a server. Connections are counted from 1 on.
pub(crate) trait Script: Send + Sync + 'static {
    /// Answers the startup message. The default lets everybody in.
    fn log_in(&self, _session: &mut Session) -> io::Result<Then> {
        Ok(Then::Usual)
    }

    /// Answers a statement when it is executed.
    fn execute(&self, _connection: usize, _text: &str) -> Then {
        Then::Usual
    }

    /// Answers the end of a statement: the Sync after it.
    fn sync(&self, _connection: usize, _text: &str) -> Then {
        Then::Usual
    }

    /// Answers a cancel request.
    fn cancel(&self) {}

    /// Returns what is sent before each message.
    fn between(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Returns the key of a connection, as a message.
    fn key(&self, connection: usize) -> Vec<u8> {
        message(b'K', &[(connection as u32).to_be_bytes(), 7_u32.to_be_bytes()].concat())
    }
}

/// Starts a server, and returns its port. It ends with the process.
pub(crate) fn start(script: Arc<impl Script>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let next = Arc::new(AtomicUsize::new(1));
        for stream in listener.incoming() {
            let (script, next) = (Arc::clone(&script), Arc::clone(&next));
            thread::spawn(move || {
                let stream = stream.unwrap();
                let mut session =
                    Session { stream, connection: 0, prepared: HashMap::new(), text: String::new(), status: b'I' };
                // The end of the connection is the end of the session.
                drop(session.serve(&*script, &next));
                drop(session.stream.shutdown(Shutdown::Both));
            });
        }
    });
    port
}

/// One connection, as the server sees it.
pub(crate) struct Session {
    pub(crate) stream: TcpStream,
    pub(crate) connection: usize,
    /// The texts of the prepared statements, by their names.
    prepared: HashMap<String, String>,
    /// The text of the statement under way.
    text: String,
    status: u8,
}

impl Session {
    fn serve(&mut self, script: &dyn Script, next: &AtomicUsize) -> io::Result<()> {
        let startup = self.read_startup()?;
        if startup.starts_with(&80_877_102_u32.to_be_bytes()) {
            script.cancel();
            return Ok(());
        }
        self.connection = next.fetch_add(1, Ordering::Relaxed);
        match script.log_in(self)? {
            Then::Usual => {}
            then => return self.obey(then).map(drop),
        }
        let version = parameter("server_version", "15.0");
        let key = script.key(self.connection);
        for part in [authentication(0, b""), version, key, ready(b'I')] {
            self.send(&[script.between(), part].concat())?;
        }
        let mut skips = false;
        let mut executed = String::new();
        loop {
            let (tag, content) = self.read()?;
            let answers: Vec<Vec<u8>> = match tag {
                b'P' if !skips => {
                    let [name, text] = texts(&content);
                    self.prepared.insert(name, text);
                    vec![message(b'1', b"")]
                }
                b'D' if !skips => {
                    self.text = self.prepared[&texts::<1>(&content[1..])[0]].clone();
                    let parameters = self.text.matches('$').count() as u16;
                    let types =
                        [&parameters.to_be_bytes()[..], &20_u32.to_be_bytes().repeat(parameters.into())].concat();
                    let columns = if self.is_query() { columns() } else { message(b'n', b"") };
                    vec![message(b't', &types), columns]
                }
                b'B' if !skips => {
                    let [_, name] = texts(&content);
                    self.text = self.prepared[&name].clone();
                    vec![message(b'2', b"")]
                }
                b'E' if !skips => {
                    executed.clone_from(&self.text);
                    match script.execute(self.connection, &self.text) {
                        Then::Usual => self.usual(),
                        Then::Send(bytes) => {
                            skips = bytes[0] == b'E';
                            vec![bytes]
                        }
                        then => return self.obey(then),
                    }
                }
                b'S' => {
                    let then = if skips { Then::Usual } else { script.sync(self.connection, &executed) };
                    skips = false;
                    executed.clear();
                    match then {
                        Then::Usual => vec![ready(self.status)],
                        Then::Send(bytes) => vec![bytes],
                        then => return self.obey(then),
                    }
                }
                // The client asks whether a pooler has answered. None has.
                b'Q' if texts::<1>(&content)[0] == "SELECT pg_backend_pid()" => {
                    let key = script.key(self.connection);
                    let process = key.get(5..9).map_or(0, |process| u32::from_be_bytes(process.try_into().unwrap()));
                    vec![text_row(&process.to_string()), complete("SELECT 1"), ready(b'I')]
                }
                b'Q' => {
                    [self.text] = texts(&content);
                    match script.execute(self.connection, &self.text.clone()) {
                        Then::Usual => {
                            let mut answers = self.usual();
                            answers.push(ready(self.status));
                            answers
                        }
                        Then::Send(bytes) => {
                            self.status = b'I';
                            vec![bytes, ready(b'I')]
                        }
                        then => return self.obey(then),
                    }
                }
                b'X' => return Ok(()),
                _ => Vec::new(),
            };
            for answer in answers {
                self.send(&[script.between(), answer].concat())?;
            }
        }
    }

    /// Returns the usual answer to the execution of a statement.
    fn usual(&mut self) -> Vec<Vec<u8>> {
        let word = self.text.split(' ').next().unwrap_or_default().to_uppercase();
        match &*word {
            "BEGIN" => self.status = b'T',
            "COMMIT" | "ROLLBACK" => self.status = b'I',
            _ => {}
        }
        let tag = if word == "INSERT" { "INSERT 0 1".to_owned() } else { word };
        match self.is_query() {
            true => vec![row(1), row(2), row(3), complete("SELECT 3")],
            false => vec![complete(&tag)],
        }
    }

    fn is_query(&self) -> bool {
        self.text.to_lowercase().starts_with("select")
    }

    fn obey(&mut self, then: Then) -> io::Result<()> {
        match then {
            Then::Close(bytes) => self.send(&bytes),
            Then::Send(bytes) => {
                self.send(&bytes)?;
                self.wait_for_end()
            }
            Then::Usual | Then::Silence => self.wait_for_end(),
        }
    }

    fn wait_for_end(&mut self) -> io::Result<()> {
        let mut buffer = [0; 1024];
        while self.stream.read(&mut buffer)? > 0 {}
        Ok(())
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    fn read_startup(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut content = vec![0; u32::from_be_bytes(length) as usize - 4];
        self.stream.read_exact(&mut content)?;
        Ok(content)
    }

    /// Reads a message: its type and its content.
    pub(crate) fn read(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut tag = [0];
        self.stream.read_exact(&mut tag)?;
        Ok((tag[0], self.read_startup()?))
    }
}

/// Reads the texts at the beginning of a message.
fn texts<const N: usize>(content: &[u8]) -> [String; N] {
    let mut texts = content.split(|byte| *byte == 0);
    std::array::from_fn(|_| String::from_utf8_lossy(texts.next().unwrap_or_default()).into_owned())
}

pub(crate) fn message(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag][..], &(content.len() as u32 + 4).to_be_bytes(), content].concat()
}

pub(crate) fn authentication(kind: u32, content: &[u8]) -> Vec<u8> {
    message(b'R', &[&kind.to_be_bytes()[..], content].concat())
}

pub(crate) fn parameter(name: &str, value: &str) -> Vec<u8> {
    message(b'S', format!("{name}\0{value}\0").as_bytes())
}

pub(crate) fn ready(status: u8) -> Vec<u8> {
    message(b'Z', &[status])
}

pub(crate) fn complete(tag: &str) -> Vec<u8> {
    message(b'C', format!("{tag}\0").as_bytes())
}

/// Returns an error or, with the tag `N`, a notice.
pub(crate) fn error(tag: u8, severity: &str, code: &str) -> Vec<u8> {
    message(tag, format!("S{severity}\0V{severity}\0C{code}\0Mas the test says\0\0").as_bytes())
}

/// Returns a row of one integer.
pub(crate) fn row(number: i64) -> Vec<u8> {
    message(b'D', &[&1_u16.to_be_bytes()[..], &8_u32.to_be_bytes(), &number.to_be_bytes()].concat())
}

/// Returns a row of one text.
fn text_row(text: &str) -> Vec<u8> {
    message(b'D', &[&1_u16.to_be_bytes()[..], &(text.len() as u32).to_be_bytes(), text.as_bytes()].concat())
}

/// Returns the description of rows of one integer.
fn columns() -> Vec<u8> {
    let numbers = [&0_u32.to_be_bytes()[..], &[0, 0], &20_u32.to_be_bytes(), &[0, 8], &[255; 4], &[0, 1]].concat();
    message(b'T', &[&[0, 1][..], b"number\0", &numbers].concat())
}
