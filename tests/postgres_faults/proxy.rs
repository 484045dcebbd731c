//! A proxy between the library and a server that knows where the messages of the protocol begin
//! and end, and cuts or holds a connection at one of them.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

/// Who has sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Server,
}

/// What the proxy does at a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Cuts the connection instead of passing the message on.
    CutBefore,
    /// Passes the message on, and cuts the connection.
    CutAfter,
    /// Passes the message on when [`Proxy::release`] is called.
    Hold,
}

/// The fault: what happens at which message. Messages are counted from 1 on, since the fault was
/// set, over all connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) from: From,
    pub(crate) number: usize,
    pub(crate) act: Act,
}

#[derive(Default)]
struct State {
    fault: Option<Fault>,
    sent_by_client: Vec<String>,
    sent_by_server: usize,
    has_struck: bool,
    is_released: bool,
}

#[derive(Default)]
struct Shared {
    is_pooler: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

pub(crate) struct Proxy {
    shared: Arc<Shared>,
    port: u16,
}

impl Proxy {
    /// Starts a proxy in front of the server at this port.
    pub(crate) fn start(server: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::<Shared>::default();
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                serve(&serving, client.unwrap(), server);
            }
        });
        Proxy { shared, port }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Answers new connections with a key for cancel requests of its own, as a pooler does.
    pub(crate) fn pretend_to_be_a_pooler(&self) {
        self.shared.is_pooler.store(true, Ordering::Relaxed);
    }

    /// Sets the fault, and counts messages from now on.
    pub(crate) fn set(&self, fault: Option<Fault>) {
        *self.shared.lock() = State { fault, ..State::default() };
    }

    /// Lets the message pass that is held.
    pub(crate) fn release(&self) {
        self.shared.lock().is_released = true;
        self.shared.changed.notify_all();
    }

    /// Waits until the fault has happened.
    pub(crate) fn wait_for_fault(&self) {
        let mut state = self.shared.lock();
        while !state.has_struck {
            state = self.shared.changed.wait(state).unwrap();
        }
    }

    /// Wakes who waits for the fault, although it has not happened.
    pub(crate) fn strike(&self) {
        self.shared.lock().has_struck = true;
        self.shared.changed.notify_all();
    }

    pub(crate) fn has_struck(&self) -> bool {
        self.shared.lock().has_struck
    }

    /// Returns the messages of clients since the fault was set: their types, with the text of a
    /// simple query.
    pub(crate) fn sent_by_client(&self) -> Vec<String> {
        self.shared.lock().sent_by_client.clone()
    }
}

fn serve(shared: &Arc<Shared>, client: TcpStream, server: TcpStream) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (client, server) = (Arc::new(client), Arc::new(server));
    for (from, source, target) in [(From::Client, &client, &server), (From::Server, &server, &client)] {
        let (source, target) = (Arc::clone(source), Arc::clone(target));
        let pump = Pump { shared: Arc::clone(shared), from, source, target, cut: false };
        thread::spawn(move || {
            let mut pump = pump;
            // The end of a connection is what this is about.
            drop(pump.run());
            pump.finish();
        });
    }
}

/// Passes on what one side of a connection sends.
struct Pump {
    shared: Arc<Shared>,
    from: From,
    source: Arc<TcpStream>,
    target: Arc<TcpStream>,
    cut: bool,
}

impl Pump {
    fn run(&mut self) -> io::Result<()> {
        let mut received = Vec::new();
        let mut is_first = self.from == From::Client;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = (&*self.source).read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            received.extend_from_slice(&buffer[..read]);
            let mut messages = Vec::new();
            while let Some(length) = length(&received, is_first) {
                let mut message: Vec<u8> = received.drain(..length).collect();
                if self.from == From::Server && message[0] == b'K' && self.shared.is_pooler.load(Ordering::Relaxed) {
                    message[5..9].copy_from_slice(&1_i32.to_be_bytes());
                }
                let name = name(&message, is_first);
                is_first = false;
                messages.push((message, name));
            }
            // All are counted before the first one is cut: what the client has sent is known then.
            let first = self.count(messages.iter().map(|(_, name)| name.clone()));
            let mut passed = Vec::new();
            for (at, (message, _)) in messages.iter().enumerate() {
                self.pass(message, first + at, &mut passed);
            }
            self.write(&mut passed);
        }
    }

    /// Counts messages. Returns the number of the first of them.
    fn count(&self, names: impl ExactSizeIterator<Item = String>) -> usize {
        let mut state = self.shared.lock();
        match self.from {
            From::Client => {
                let first = state.sent_by_client.len() + 1;
                state.sent_by_client.extend(names);
                first
            }
            From::Server => {
                let first = state.sent_by_server + 1;
                state.sent_by_server += names.len();
                first
            }
        }
    }

    /// Writes to the other side. If that has gone, what this side sends is read nevertheless, in
    /// order to know what it has sent.
    fn write(&self, passed: &mut Vec<u8>) {
        if !self.cut {
            drop((&*self.target).write_all(passed));
        }
        passed.clear();
    }

    /// Passes the message with this number on, if the fault does not say otherwise.
    fn pass(&mut self, message: &[u8], number: usize, passed: &mut Vec<u8>) {
        let fault = self.shared.lock().fault.filter(|fault| fault.from == self.from && fault.number == number);
        let act = fault.map(|fault| fault.act);
        let Some(act) = act else {
            return passed.extend_from_slice(message);
        };
        if act == Act::CutAfter {
            passed.extend_from_slice(message);
        }
        // A client that has the message asks whether the fault has happened. The lock makes it
        // wait for the end of the cut, which would otherwise hit what it sends next, too.
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        self.write(passed);
        state.has_struck = true;
        shared.changed.notify_all();
        match act {
            Act::CutBefore | Act::CutAfter => {
                self.cut = true;
                let (client, server) = match self.from {
                    From::Client => (&self.source, &self.target),
                    From::Server => (&self.target, &self.source),
                };
                drop(client.shutdown(Shutdown::Write));
                drop(server.shutdown(Shutdown::Both));
            }
            Act::Hold => {
                while !state.is_released {
                    state = shared.changed.wait(state).unwrap();
                }
                drop(state);
                passed.extend_from_slice(message);
            }
        }
    }

    fn finish(&self) {
        drop(self.target.shutdown(Shutdown::Write));
    }
}

/// Returns the length of the first message, if it was received as a whole.
fn length(received: &[u8], is_first: bool) -> Option<usize> {
    let at = if is_first { 0 } else { 1 };
    let length = received.get(at..at + 4)?;
    let length = at + u32::from_be_bytes(length.try_into().unwrap()) as usize;
    (received.len() >= length).then_some(length)
}

/// Returns the type of a message, with the text of a simple query.
fn name(message: &[u8], is_first: bool) -> String {
    match (is_first, message[0]) {
        (true, _) if message[4..8] == 80_877_102_u32.to_be_bytes() => "cancel".to_owned(),
        (true, _) => "startup".to_owned(),
        (false, b'Q') => format!("Q {}", String::from_utf8_lossy(&message[5..message.len() - 1])),
        (false, tag) => char::from(tag).to_string(),
    }
}
