//! The values of the parameters of an address and of the environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::password_file::PasswordFile;
use super::password_source::PasswordSource;
use crate::error::{Error, Result};
use crate::server::{
    AddressHost, Host, Keepalive, Password, TlsIdentity, TlsMode, TlsOptions, checked_host, nearest, parse_port,
};

const DEFAULT_PORT: u16 = 5432;

/// The folders in which a server of this machine may have its socket.
const SOCKET_FOLDERS: [&str; 3] = ["/run/postgresql", "/var/run/postgresql", "/tmp"];

/// The parameters of an address, each with the environment variable of the same meaning.
const PARAMETERS: [(&str, Option<&str>); 22] = [
    ("host", Some("PGHOST")),
    ("port", Some("PGPORT")),
    ("user", Some("PGUSER")),
    ("password", Some("PGPASSWORD")),
    ("dbname", Some("PGDATABASE")),
    ("passfile", Some("PGPASSFILE")),
    ("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    ("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    ("application_name", Some("PGAPPNAME")),
    ("options", Some("PGOPTIONS")),
    ("search_path", None),
    ("pooler", None),
    ("sslmode", Some("PGSSLMODE")),
    ("sslrootcert", Some("PGSSLROOTCERT")),
    ("sslcert", Some("PGSSLCERT")),
    ("sslkey", Some("PGSSLKEY")),
    ("channel_binding", Some("PGCHANNELBINDING")),
    ("keepalives", None),
    ("keepalives_idle", None),
    ("keepalives_interval", None),
    ("keepalives_count", None),
];

/// Parameters of PostgreSQL's own programs that are not supported, each with the values that ask
/// for nothing else than what is done anyway.
const UNSUPPORTED: [(&str, &[&str]); 22] = [
    ("client_encoding", &["UTF8", "utf8", "UTF-8", "utf-8", "auto"]),
    ("hostaddr", &[]),
    ("service", &[]),
    ("sslpassword", &[]),
    ("sslcrl", &[]),
    ("sslcrldir", &[]),
    ("sslcertmode", &["allow"]),
    ("sslcompression", &["0"]),
    ("sslnegotiation", &["postgres"]),
    ("sslsni", &["1"]),
    ("ssl_min_protocol_version", &["TLSv1", "TLSv1.1", "TLSv1.2"]),
    ("ssl_max_protocol_version", &[]),
    ("requiressl", &[]),
    ("requirepeer", &[]),
    ("require_auth", &[]),
    ("gssencmode", &["disable", "prefer"]),
    ("gssdelegation", &["0"]),
    ("krbsrvname", &[]),
    ("gsslib", &[]),
    ("replication", &["false", "off", "no", "0"]),
    ("tcp_user_timeout", &["0"]),
    ("fallback_application_name", &[]),
];

/// The values of `sslmode`.
const TLS_MODES: [(&str, TlsMode); 4] = [
    ("disable", TlsMode::Disable),
    ("require", TlsMode::Require),
    ("verify-ca", TlsMode::VerifyCa),
    ("verify-full", TlsMode::VerifyFull),
];

/// Looks up an environment variable.
pub(super) type Variable<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// The values that the address and the environment give to the parameters.
pub(super) struct Settings {
    /// What the parameters of the address say.
    given: BTreeMap<&'static str, String>,
    /// What the environment says.
    variables: BTreeMap<&'static str, String>,
    /// The default password file, if the environment is asked.
    default_password_file: Option<PathBuf>,
}

impl Settings {
    pub(super) fn new(parameters: Vec<(String, String)>, variable: Option<&Variable<'_>>) -> Result<Settings> {
        let mut given = BTreeMap::new();
        for (name, value) in parameters {
            if let Some((known, _)) = PARAMETERS.iter().find(|(known, _)| *known == name) {
                given.insert(*known, value);
            } else {
                check_unsupported(&name, &value)?;
            }
        }
        let mut variables = BTreeMap::new();
        let lookup = |name: &str| variable.and_then(|variable| variable(name)).filter(|value| !value.is_empty());
        for (name, of_environment) in PARAMETERS {
            if let Some(value) = of_environment.and_then(lookup) {
                variables.insert(name, value);
            }
        }
        let default_password_file = lookup("HOME").map(|home| PathBuf::from(home).join(".pgpass"));
        Ok(Settings { given, variables, default_password_file })
    }

    /// Returns what the parameter of the address says, unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns what the environment says.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// Returns what the address says, or else the environment.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.text(name).or_else(|| self.variables.get(name).map(String::as_str))
    }

    /// Returns the name under which the user set a parameter: that of the parameter or of the
    /// environment variable.
    pub(super) fn shown<'a>(&self, name: &'a str) -> &'a str {
        let variable = PARAMETERS.iter().find(|(known, _)| *known == name).and_then(|(_, variable)| *variable);
        variable.filter(|_| self.text(name).is_none()).unwrap_or(name)
    }

    /// Returns one of several values by its name.
    pub(super) fn choice<T: Copy>(&self, name: &str, values: &[(&str, T)]) -> Result<Option<T>> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match values.iter().find(|(known, _)| *known == value) {
            Some((_, choice)) => Ok(Some(*choice)),
            None => {
                let known: Vec<String> = values.iter().map(|(known, _)| format!("`{known}`")).collect();
                let (shown, known) = (self.shown(name), known.join(", "));
                Err(Error::usage(format!("`{shown}` has an unknown value: there are {known}")))
            }
        }
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<i64>> {
        let number = self.value(name).map(|value| value.trim().parse::<i64>());
        number.transpose().map_err(|_| Error::usage(format!("`{}` is not a whole number", self.shown(name))))
    }

    /// Returns the absolute path that a parameter names. What is relative is below the working
    /// directory at this moment.
    fn path(&self, name: &str) -> Result<Option<PathBuf>> {
        let path = self.value(name).map(std::path::absolute);
        path.transpose().map_err(|error| {
            Error::usage(format!("`{}` is a relative path, and there is no working directory", self.shown(name)))
                .with_source(error)
        })
    }

    pub(super) fn password(&self, of_address: Option<Password>) -> PasswordSource {
        let given = self.text("password").map(str::to_owned).map(Password::new).or(of_address);
        if let Some(password) = given.or_else(|| self.variable("password").map(Password::new)) {
            return PasswordSource::Given(password);
        }
        match (self.value("passfile"), &self.default_password_file) {
            (Some(path), _) => PasswordSource::File(PasswordFile::new(PathBuf::from(path), true)),
            (None, Some(path)) => PasswordSource::File(PasswordFile::new(path.clone(), false)),
            (None, None) => PasswordSource::None,
        }
    }

    /// Returns the servers. The parameters `host` and `port` take precedence over the hosts in
    /// front of the database. `exists` says whether a file exists.
    pub(super) fn hosts(&self, of_address: Vec<AddressHost>, exists: impl Fn(&Path) -> bool) -> Result<Vec<Host>> {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let names = match self.text("host") {
            Some(names) => list(names),
            None if !of_address.is_empty() => of_address.iter().map(|host| host.name.clone()).collect(),
            None => self.variables.get("host").map(|names| list(names)).unwrap_or_default(),
        };
        let ports = |text: &str| {
            let what = format!("`{}`", self.shown("port"));
            text.split(',').map(|port| parse_port(&what, port.trim())).collect::<Result<Vec<_>>>()
        };
        let ports = match self.text("port") {
            Some(text) => ports(text)?,
            None if of_address.iter().any(|host| host.port.is_some()) => {
                of_address.iter().map(|host| host.port).collect()
            }
            None => self.variables.get("port").map(|text| ports(text)).transpose()?.unwrap_or_else(|| vec![None]),
        };
        if names.is_empty() {
            let port = ports.first().copied().flatten().unwrap_or(DEFAULT_PORT);
            return Ok(vec![default_host(port, exists)]);
        }
        if ports.len() != 1 && ports.len() != names.len() {
            let (hosts, ports) = (names.len(), ports.len());
            return Err(Error::usage(format!("there are {hosts} hosts and {ports} ports: give one port, or one each")));
        }
        let ports = ports.iter().copied().cycle();
        names.into_iter().zip(ports).map(|(name, port)| host(name, port.unwrap_or(DEFAULT_PORT))).collect()
    }

    pub(super) fn tls(&self) -> Result<TlsOptions> {
        if let Some(weak @ ("allow" | "prefer")) = self.value("sslmode") {
            return Err(Error::usage(format!(
                "`{}={weak}` would send everything in plain text if anybody on the way asks for it: write \
                 `verify-full`, or a weaker mode by its name: `verify-ca`, `require`, `disable`",
                self.shown("sslmode")
            )));
        }
        let mode = self.choice("sslmode", &TLS_MODES)?;
        let is_of_system = self.value("sslrootcert") == Some("system");
        let roots = if is_of_system { None } else { self.path("sslrootcert")? };
        let mode = match mode {
            Some(TlsMode::Require | TlsMode::VerifyCa) if is_of_system => {
                return Err(Error::usage(
                    "with `sslrootcert=system`, anybody can have a certificate that is accepted: write \
                     `sslmode=verify-full`, so that the name is checked",
                ));
            }
            Some(TlsMode::VerifyCa) if roots.is_none() => {
                return Err(Error::usage(
                    "`sslmode=verify-ca` needs `sslrootcert`, a file with the certificate of your own authority: the \
                     authorities of the system give a certificate to anybody",
                ));
            }
            // As for PostgreSQL's own programs: who names an authority wants it to be checked.
            Some(TlsMode::Require) if roots.is_some() => Some(TlsMode::VerifyCa),
            None if is_of_system => Some(TlsMode::VerifyFull),
            mode => mode,
        };
        let identity = match (self.path("sslcert")?, self.path("sslkey")?) {
            (Some(certificates), Some(key)) => Some(TlsIdentity { certificates, key }),
            (None, None) => None,
            (Some(_), None) => return Err(Error::usage("`sslcert` needs `sslkey`, the file with the private key")),
            (None, Some(_)) => return Err(Error::usage("`sslkey` needs `sslcert`, the file with the certificate")),
        };
        Ok(TlsOptions { mode, roots, identity })
    }

    pub(super) fn keepalive(&self) -> Result<Keepalive> {
        let number = |name| {
            let number = self.number(name)?.filter(|number| *number != 0).map(u32::try_from);
            number.transpose().map_err(|_| Error::usage(format!("`{name}` is not a number from 0 to {}", u32::MAX)))
        };
        let seconds = |name| number(name).map(|number| number.map(|number| Duration::from_secs(number.into())));
        Ok(Keepalive {
            is_on: self.choice("keepalives", &[("0", false), ("1", true)])?.unwrap_or(true),
            idle: seconds("keepalives_idle")?,
            interval: seconds("keepalives_interval")?,
            count: number("keepalives_count")?,
        })
    }
}

/// Returns the server for an address without a host: the one that has a socket on this machine, or
/// else `localhost`.
fn default_host(port: u16, exists: impl Fn(&Path) -> bool) -> Host {
    let sockets = SOCKET_FOLDERS.into_iter().map(|folder| socket(folder, port));
    let localhost = || Host::Tcp { name: "localhost".to_owned(), port };
    sockets.into_iter().find(|path| exists(path)).map_or_else(localhost, Host::Unix)
}

fn socket(folder: &str, port: u16) -> PathBuf {
    Path::new(folder).join(format!(".s.PGSQL.{port}"))
}

fn host(name: String, port: u16) -> Result<Host> {
    if name.starts_with('/') {
        return Ok(Host::Unix(socket(&name, port)));
    }
    let name = checked_host(name)?;
    let without_brackets = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    Ok(Host::Tcp { name: without_brackets.map(str::to_owned).unwrap_or(name), port })
}

/// Fails if a parameter that is not in [`PARAMETERS`] asks for something.
fn check_unsupported(name: &str, value: &str) -> Result<()> {
    if let Some((_, values)) = UNSUPPORTED.iter().find(|(known, _)| *known == name) {
        if values.contains(&value) {
            return Ok(());
        }
        return Err(Error::usage(format!("the parameter `{name}` of PostgreSQL's own programs is not supported")));
    }
    let known = PARAMETERS.map(|(known, _)| known);
    Err(Error::usage(match nearest(name, known) {
        Some(near) => format!("the address has the unknown parameter `{name}`: did you mean `{near}`?"),
        None => format!(
            "the address has the unknown parameter `{name}`: there are {}. A setting of the server is written \
             `options=-c%20name%3Dvalue`",
            known.join(", ")
        ),
    }))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{DEFAULT_PORT, default_host};
    use crate::server::Host;

    #[test]
    fn an_address_without_a_host_is_that_of_a_socket_or_of_localhost() {
        let in_tmp = |path: &Path| path == Path::new("/tmp/.s.PGSQL.5433");
        assert_eq!(default_host(5433, in_tmp), Host::Unix(PathBuf::from("/tmp/.s.PGSQL.5433")));
        let localhost = Host::Tcp { name: "localhost".to_owned(), port: 5432 };
        assert_eq!(default_host(DEFAULT_PORT, in_tmp), localhost);
    }
}
