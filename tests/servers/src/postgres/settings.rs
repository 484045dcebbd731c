//! How a server is started.

use std::fmt::Write;

use super::programs::Programs;

/// How a server is started. By default it listens on a socket in its own folder only, trusts
/// everybody, and does not survive a loss of power.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub(super) programs: Option<Programs>,
    pub(super) port: Option<u16>,
    pub(super) access: String,
    pub(super) certificate: Option<[String; 2]>,
    pub(super) client_authority: Option<String>,
    lines: String,
    is_durable: bool,
}

impl Settings {
    /// Takes the programs of a certain version. Default: the first that were found.
    pub fn programs(mut self, programs: &Programs) -> Settings {
        self.programs = Some(programs.clone());
        self
    }

    /// Writes to the disk whatever the server says it has written.
    pub fn durable(mut self) -> Settings {
        self.is_durable = true;
        self
    }

    /// Listens on a port of the loopback interface also. A port of 0 is one that is free.
    pub fn port(mut self, port: u16) -> Settings {
        self.port = Some(port);
        self
    }

    /// Adds a line to `pg_hba.conf`, such as `host all all 127.0.0.1/32 scram-sha-256`. Without
    /// such a line, whoever connects to the port is refused.
    pub fn access(mut self, line: &str) -> Settings {
        let _ = writeln!(self.access, "{line}");
        self
    }

    /// Encrypts connections: the server has a certificate and its key, both as PEM.
    pub fn certificate(mut self, certificate: &str, key: &str) -> Settings {
        self.certificate = Some([certificate, key].map(ToOwned::to_owned));
        self
    }

    /// Accepts the certificates of clients that an authority has signed, whose certificate is
    /// given as PEM.
    pub fn client_authority(mut self, certificate: &str) -> Settings {
        self.client_authority = Some(certificate.to_owned());
        self
    }

    /// Adds a line to `postgresql.conf`, such as `max_connections = 5`.
    pub fn line(mut self, line: &str) -> Settings {
        let _ = writeln!(self.lines, "{line}");
        self
    }

    /// Returns what is added to `postgresql.conf` of a server in a folder.
    pub(super) fn configuration(&self, folder: &str, port: Option<u16>) -> String {
        let mut text = format!("unix_socket_directories = '{folder}'\n");
        let address = if port.is_some() { "127.0.0.1" } else { "" };
        let _ = writeln!(text, "listen_addresses = '{address}'\nport = {}", port.unwrap_or(5432));
        if !self.is_durable {
            text.push_str("fsync = off\nfull_page_writes = off\n");
        }
        if self.certificate.is_some() {
            text.push_str("ssl = on\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'\n");
        }
        if self.client_authority.is_some() {
            text.push_str("ssl_ca_file = 'clients.crt'\n");
        }
        // The zone is one that nobody would take for UTC, and changes its offset in the year.
        text.push_str("timezone = 'America/St_Johns'\nlog_timezone = 'UTC'\n");
        text.push_str("max_connections = 200\nshared_buffers = '32MB'\ndeadlock_timeout = '100ms'\n");
        text.push_str(&self.lines);
        text
    }
}
