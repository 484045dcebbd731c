//! The options of a PostgreSQL database: what its address says.
//!
//! The parameters have the meaning that they have for PostgreSQL's own programs
//! (<https://www.postgresql.org/docs/current/libpq-connect.html>), with these differences:
//!
//! - A connection to another machine is encrypted and verified unless the address says something
//!   else, and `sslmode=allow` and `prefer` are refused: with these, whoever stands between the
//!   client and the server decides whether anything is encrypted.
//! - The authorities of the operating system are accepted unless `sslrootcert` names others.
//! - `search_path` can be set directly.
//! - `pooler` says that a pooler stands between the client and the server.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::password_source::{PasswordProvider, PasswordSource};
use super::settings::{Settings, Variable};
use super::system_user::system_user;
use super::target_session::TargetSession;
use crate::error::{Error, ErrorKind, Result};
use crate::server::{Address, Escaped, Host, Keepalive, Password, TlsMode, TlsOptions, has_tls};

/// How long a connection may take to be established, unless the address says it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The time that stands for no limit.
const NO_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The parameters that a session of the server has to keep.
const OF_SESSION: [&str; 2] = ["options", "search_path"];

/// Returns what to write in place of a parameter of a session where a pooler answers.
fn instead_of(name: &str) -> &'static str {
    match name {
        "search_path" => {
            "set it for the role, `ALTER ROLE … SET search_path = …`, or name the schemas, `#[table(schema = \"…\")]`"
        }
        _ => "set it for the role, `ALTER ROLE … SET name = value`, or in a transaction by `SET LOCAL`",
    }
}

/// Whether the login proves that both ends use the same TLS connection, so that nobody stands
/// between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ChannelBinding {
    Disable,
    /// If the server supports it.
    #[default]
    Prefer,
    Require,
}

const CHANNEL_BINDINGS: [(&str, ChannelBinding); 3] =
    [("disable", ChannelBinding::Disable), ("prefer", ChannelBinding::Prefer), ("require", ChannelBinding::Require)];

/// The options of a PostgreSQL database.
#[derive(Clone, Debug)]
pub(crate) struct PostgresOptions {
    /// The servers, of which there is at least one.
    pub(crate) hosts: Vec<Host>,
    pub(crate) user: String,
    pub(crate) password: PasswordSource,
    pub(crate) database: String,
    /// How long one server may take until a connection to it can be used.
    pub(crate) connect_timeout: Duration,
    pub(crate) target: TargetSession,
    pub(crate) tls: TlsOptions,
    pub(crate) channel_binding: ChannelBinding,
    pub(crate) keepalive: Keepalive,
    /// How old a connection may become.
    pub(crate) max_lifetime: Duration,
    /// Whether each statement in a transaction gets a savepoint.
    pub(crate) statement_savepoints: bool,
    /// How long opening the database tries servers again that cannot be reached.
    pub(crate) wait_for_server: Duration,
    /// Whether the address says that a pooler stands before the servers, which may take another
    /// session for each transaction.
    pub(crate) is_pooled: bool,
    /// Whether the servers are tried in a random order.
    is_balanced: bool,
    /// The settings that are sent when a connection begins.
    pub(crate) parameters: Vec<(String, String)>,
}

impl PostgresOptions {
    /// Parses an address, such as `postgres://user:password@host/database`.
    ///
    /// With `variable`, which looks up an environment variable, what the address does not say is
    /// taken from the environment variables of PostgreSQL's own programs and from `~/.pgpass`.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) if the address or a variable
    /// is invalid, or if it asks for TLS and this build has none. The message names the part, and
    /// does not contain the password.
    pub(crate) fn parse(address: &str, variable: Option<&Variable<'_>>) -> Result<PostgresOptions> {
        let Address { user, password, hosts, database, parameters, .. } = Address::parse(address)?;
        let settings = Settings::new(parameters, variable)?;
        let user = match settings.text("user").map(str::to_owned).or(user).or_else(|| settings.variable("user")) {
            Some(user) => user,
            None => system_user(|name| std::env::var(name).ok()).ok_or_else(|| {
                Error::usage(
                    "the address names no user, and the user of the operating system has no name: write \
                     `postgres://user@host/database`",
                )
            })?,
        };
        let database = settings.text("dbname").map(str::to_owned).or(database).or_else(|| settings.variable("dbname"));
        let options = PostgresOptions {
            hosts: settings.hosts(hosts, |path| path.exists())?,
            database: database.unwrap_or_else(|| user.clone()),
            password: settings.password(password),
            user,
            connect_timeout: match settings.number("connect_timeout")? {
                None => CONNECT_TIMEOUT,
                Some(seconds @ 1..) => Duration::from_secs(seconds.unsigned_abs()).min(NO_LIMIT),
                Some(_) => NO_LIMIT,
            },
            target: settings.choice("target_session_attrs", &TargetSession::NAMES)?.unwrap_or_default(),
            tls: settings.tls()?,
            channel_binding: settings.choice("channel_binding", &CHANNEL_BINDINGS)?.unwrap_or_default(),
            keepalive: settings.keepalive()?,
            max_lifetime: Duration::MAX,
            statement_savepoints: false,
            wait_for_server: Duration::ZERO,
            is_pooled: settings.choice("pooler", &[("transaction", true)])?.unwrap_or_default(),
            is_balanced: settings.choice("load_balance_hosts", &[("disable", false), ("random", true)])? == Some(true),
            parameters: ["application_name", "options", "search_path"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), settings.value(name)?.to_owned())))
                .collect(),
        };
        options.check_tls()?;
        if options.is_pooled
            && let Some(name) = OF_SESSION.into_iter().find(|name| settings.value(name).is_some())
        {
            return Err(Error::usage(format!(
                "`{}` sets something for a session, and with `pooler=transaction` each transaction may have another \
                 one: {}",
                settings.shown(name),
                instead_of(name)
            )));
        }
        Ok(options)
    }

    /// Takes the passwords from a closure of the user.
    ///
    /// # Errors
    /// Fails if the address contains a password.
    pub(crate) fn set_password_provider(&mut self, provider: PasswordProvider) -> Result<()> {
        if matches!(self.password, PasswordSource::Given(_)) {
            return Err(Error::usage("the address has a password and the builder a `password_provider`: use one"));
        }
        self.password = PasswordSource::Provider(provider);
        Ok(())
    }

    /// Returns the password for a new connection to this host, or `None` if there is none. This
    /// may block, and calls code of the user.
    ///
    /// # Errors
    /// Those of [`PasswordSource::password`].
    pub(crate) fn password_for(&self, host: &Host) -> Result<Option<Password>> {
        self.password.password(host, &self.database, &self.user)
    }

    /// Returns the servers in the order in which a new connection tries them.
    pub(crate) fn hosts_to_try(&self) -> Vec<&Host> {
        let mut hosts: Vec<&Host> = self.hosts.iter().collect();
        if self.is_balanced {
            // Each state hashes with random keys of its own.
            let random = RandomState::new();
            hosts.sort_by_cached_key(|host| random.hash_one(host.to_string()));
        }
        hosts
    }

    /// Checks that the address asks for nothing that a session has to keep. Called when a pooler
    /// answers, of which the address may not know.
    ///
    /// # Errors
    /// Fails if a setting of the address would be without effect in some transactions.
    pub(crate) fn check_pooled(&self) -> Result<()> {
        let of_session = |(name, _): &&(String, String)| OF_SESSION.contains(&name.as_str());
        match self.parameters.iter().find(of_session) {
            Some((name, _)) => Err(Error::new(
                ErrorKind::CannotOpen,
                format!(
                    "a pooler answers there, behind which each transaction may have another session, so that `{name}` \
                     of the address may be without effect: {}",
                    instead_of(name)
                ),
            )),
            None => Ok(()),
        }
    }

    fn check_tls(&self) -> Result<()> {
        for host in &self.hosts {
            if self.tls.mode_for(host) != TlsMode::Disable {
                if has_tls() {
                    continue;
                }
                let asked = match self.tls.mode {
                    Some(_) => "the address asks for TLS".to_owned(),
                    None => format!("a connection to `{host}` is encrypted by default"),
                };
                return Err(Error::usage(format!(
                    "{asked}: enable the feature `tls` of aio-sql, or write `sslmode=disable` if nobody else can \
                     read what is sent"
                )));
            }
            if self.channel_binding == ChannelBinding::Require {
                return Err(Error::usage(format!(
                    "`channel_binding=require` needs TLS, which a connection to `{host}` does not use: write \
                     `sslmode=verify-full`"
                )));
            }
        }
        Ok(())
    }
}

/// Shows the address without the password and the parameters.
impl fmt::Display for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}@", Escaped(&self.user))?;
        for (place, host) in self.hosts.iter().enumerate() {
            write!(f, "{}{host}", if place == 0 { "" } else { "," })?;
        }
        write!(f, "/{}", Escaped(&self.database))
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;
    use std::time::Duration;

    use super::{ChannelBinding, NO_LIMIT, PostgresOptions};
    use crate::error::{ErrorKind, Result};
    use crate::postgres::password_source::PasswordProvider;
    use crate::postgres::target_session::TargetSession;
    use crate::server::{Host, Keepalive, TlsMode, has_tls};

    fn parse(text: &str) -> PostgresOptions {
        PostgresOptions::parse(text, None).unwrap()
    }

    fn with_environment(text: &str, variables: &[(&str, &str)]) -> Result<PostgresOptions> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        PostgresOptions::parse(text, Some(&variable))
    }

    fn tcp(name: &str, port: u16) -> Host {
        Host::Tcp { name: name.to_owned(), port }
    }

    fn password(options: &PostgresOptions) -> Option<String> {
        options.password_for(&options.hosts[0]).unwrap().map(|password| password.reveal().to_owned())
    }

    fn mistake(result: Result<PostgresOptions>) -> String {
        let error = result.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage);
        error.to_string()
    }

    #[test]
    fn what_an_address_does_not_say_has_the_defaults_of_postgresql() {
        let options = parse("postgres://ann@localhost");
        assert_eq!(options.hosts, [tcp("localhost", 5432)]);
        assert_eq!((options.user.as_str(), options.database.as_str()), ("ann", "ann"));
        assert_eq!(password(&options), None);
        assert_eq!(options.connect_timeout, Duration::from_secs(10));
        assert_eq!(options.target, TargetSession::Any);
        assert_eq!(options.channel_binding, ChannelBinding::Prefer);
        assert_eq!(options.keepalive, Keepalive::default());
        assert!(options.parameters.is_empty());
        // The user of the operating system, whoever that is.
        assert!(!parse("postgres://localhost").user.is_empty());
    }

    #[test]
    fn an_address_without_a_host_may_have_a_port() {
        assert!(matches!(&parse("postgres://ann@/shop?port=1").hosts[..], [Host::Tcp { port: 1, .. }]));
    }

    #[test]
    fn the_folder_of_a_socket_is_a_parameter_or_an_escaped_host() {
        let socket = |port: u16| Host::Unix(PathBuf::from(format!("/run/postgresql/.s.PGSQL.{port}")));
        for (text, port) in [
            ("postgres://ann@/shop?host=/run/postgresql", 5432),
            ("postgres://ann@localhost:5433/shop?host=/run/postgresql", 5433),
            ("postgres://ann@%2Frun%2Fpostgresql/shop", 5432),
            ("postgres://ann@%2Frun%2Fpostgresql:5434/shop", 5434),
            ("postgres://ann@/shop?host=%2Frun%2Fpostgresql&port=5435", 5435),
        ] {
            assert_eq!(parse(text).hosts, [socket(port)], "{text}");
        }
    }

    #[test]
    fn several_hosts_have_one_port_or_one_each() {
        assert_eq!(parse("postgres://u@a,b:1/d?sslmode=disable").hosts, [tcp("a", 5432), tcp("b", 1)]);
        assert_eq!(parse("postgres://u@/d?host=a,::1&port=7&sslmode=disable").hosts, [tcp("a", 7), tcp("::1", 7)]);
        assert_eq!(
            parse("postgres://u@/d?host=a,[::1]&port=7,&sslmode=disable").hosts,
            [tcp("a", 7), tcp("::1", 5432)]
        );
        let message = mistake(PostgresOptions::parse("postgres://u@/d?host=a,b,c&port=1,2&sslmode=disable", None));
        assert!(message.contains("3 hosts and 2 ports"), "{message}");
    }

    #[test]
    fn parameters_may_say_what_stands_before_them() {
        let options = parse("postgres://ann:one@localhost:1/shop?user=bob&password=two&dbname=store&port=2");
        assert_eq!((options.user.as_str(), options.database.as_str()), ("bob", "store"));
        assert_eq!(options.hosts, [tcp("localhost", 2)]);
        assert_eq!(password(&options).as_deref(), Some("two"));
        assert_eq!(options.to_string(), "postgres://bob@localhost:2/store");
    }

    #[test]
    fn the_settings_of_a_session_are_sent_when_it_begins() {
        let options = parse(
            "postgres://ann@localhost/shop?application_name=till&options=-c%20work_mem%3D8MB&search_path=app,public",
        );
        let parameters = [("application_name", "till"), ("options", "-c work_mem=8MB"), ("search_path", "app,public")];
        assert_eq!(options.parameters, parameters.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn times_and_keepalive_are_those_of_postgresqls_own_programs() {
        let timeout = |text: &str| parse(&format!("postgres://u@localhost?connect_timeout={text}")).connect_timeout;
        assert_eq!(timeout("7"), Duration::from_secs(7));
        for without_limit in ["0", "-1", "9223372036854775807"] {
            assert_eq!(timeout(without_limit), NO_LIMIT);
        }
        let options = parse("postgres://u@localhost?keepalives_idle=9&keepalives_interval=0&keepalives_count=3");
        let keepalive = Keepalive { is_on: true, idle: Some(Duration::from_secs(9)), interval: None, count: Some(3) };
        assert_eq!(options.keepalive, keepalive);
        assert!(!parse("postgres://u@localhost?keepalives=0").keepalive.is_on);
    }

    #[test]
    fn a_server_is_chosen_by_its_state() {
        for (name, target) in TargetSession::NAMES {
            assert_eq!(parse(&format!("postgres://u@localhost?target_session_attrs={name}")).target, target);
        }
    }

    #[test]
    fn balanced_hosts_are_tried_in_a_random_order() {
        let orders = |text: &str| {
            let options = parse(text);
            let orders: BTreeSet<Vec<String>> =
                (0..200).map(|_| options.hosts_to_try().iter().map(ToString::to_string).collect()).collect();
            orders.len()
        };
        assert_eq!(orders("postgres://u@localhost:1,localhost:2,localhost:3/d"), 1);
        assert_eq!(orders("postgres://u@localhost:1,localhost:2,localhost:3/d?load_balance_hosts=random"), 6);
    }

    #[test]
    fn a_mistake_in_a_parameter_names_it_and_what_there_is() {
        let mistakes = [
            ("sslmod=require", "the unknown parameter `sslmod`: did you mean `sslmode`?"),
            ("statement_timeout=5", "`options=-c%20name%3Dvalue`"),
            (
                "sslmode=full",
                "`sslmode` has an unknown value: there are `disable`, `require`, `verify-ca`, `verify-full`",
            ),
            ("sslmode=prefer", "`sslmode=prefer` would send everything in plain text"),
            ("sslmode=allow", "`sslmode=allow` would send everything in plain text"),
            ("sslmode=verify-ca", "`sslmode=verify-ca` needs `sslrootcert`"),
            ("sslmode=require&sslrootcert=system", "`sslmode=verify-full`"),
            ("sslcert=a.pem", "`sslcert` needs `sslkey`"),
            ("sslkey=a.pem", "`sslkey` needs `sslcert`"),
            ("channel_binding=yes", "`channel_binding` has an unknown value"),
            ("pooler=session", "`pooler` has an unknown value: there are `transaction`"),
            ("pooler=transaction&search_path=app", "`search_path` sets something for a session"),
            ("pooler=transaction&search_path=app", "`ALTER ROLE … SET search_path = …`"),
            ("pooler=transaction&options=-c%20jit%3Doff", "`options` sets something for a session"),
            ("channel_binding=require", "`channel_binding=require` needs TLS"),
            ("target_session_attrs=writable", "`read-write`, `read-only`"),
            ("load_balance_hosts=yes", "`disable`, `random`"),
            ("connect_timeout=soon", "`connect_timeout` is not a whole number"),
            ("keepalives=on", "`keepalives` has an unknown value: there are `0`, `1`"),
            ("keepalives_idle=-1", "`keepalives_idle` is not a number from 0"),
            ("port=x", "`port` is not a number from 1 to 65535"),
            ("hostaddr=127.0.0.1", "the parameter `hostaddr` of PostgreSQL's own programs is not supported"),
            ("gssencmode=require", "`gssencmode`"),
            ("host=a%20b", "not allowed in a name"),
            ("host=a,", "a host of the address is empty"),
        ];
        for (parameter, words) in mistakes {
            let text = format!("postgres://ann:secret@localhost/shop?{parameter}");
            let message = mistake(PostgresOptions::parse(&text, None));
            assert!(message.contains(words), "{text}: {message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_parameter_that_asks_for_what_is_done_anyway_is_accepted() {
        for parameter in ["client_encoding=UTF8", "gssencmode=disable", "sslnegotiation=postgres"] {
            parse(&format!("postgres://ann@localhost/shop?{parameter}"));
        }
    }

    #[test]
    fn a_connection_is_verified_unless_it_stays_on_the_machine_or_the_address_says_otherwise() {
        let cases = [
            ("postgres://u@db.example.com/d", TlsMode::VerifyFull),
            ("postgres://u@10.0.0.1/d", TlsMode::VerifyFull),
            ("postgres://u@localhost.example.com/d", TlsMode::VerifyFull),
            ("postgres://u@localhost/d", TlsMode::Disable),
            ("postgres://u@127.0.0.1/d", TlsMode::Disable),
            ("postgres://u@127.9.9.9/d", TlsMode::Disable),
            ("postgres://u@[::1]/d", TlsMode::Disable),
            ("postgres://u@/d?host=/run/postgresql", TlsMode::Disable),
            ("postgres://u@/d?host=/run/postgresql&sslmode=verify-full", TlsMode::Disable),
            ("postgres://u@localhost/d?sslrootcert=ca.pem", TlsMode::VerifyFull),
            ("postgres://u@localhost/d?sslcert=a.pem&sslkey=a.key", TlsMode::VerifyFull),
            ("postgres://u@localhost/d?sslrootcert=system", TlsMode::VerifyFull),
            ("postgres://u@localhost/d?sslmode=require", TlsMode::Require),
            ("postgres://u@h/d?sslmode=require&sslrootcert=ca.pem", TlsMode::VerifyCa),
            ("postgres://u@h/d?sslmode=verify-ca&sslrootcert=ca.pem", TlsMode::VerifyCa),
            ("postgres://u@h/d?sslmode=verify-full", TlsMode::VerifyFull),
            ("postgres://u@h/d?sslmode=disable", TlsMode::Disable),
        ];
        for (text, mode) in cases {
            if mode == TlsMode::Disable || has_tls() {
                let options = parse(text);
                assert_eq!(options.tls.mode_for(&options.hosts[0]), mode, "{text}");
            } else {
                // A build without TLS never sends in plain text what was to be encrypted.
                let message = mistake(PostgresOptions::parse(text, None));
                assert!(message.contains("enable the feature `tls`"), "{message}");
            }
        }
        if has_tls() {
            let options = parse("postgres://u@localhost,db.example.com/d");
            let modes: Vec<_> = options.hosts.iter().map(|host| options.tls.mode_for(host)).collect();
            assert_eq!(modes, [TlsMode::Disable, TlsMode::VerifyFull]);
        }
    }

    #[test]
    fn the_environment_counts_only_where_it_is_asked_for_and_after_the_address() {
        let variables = [
            ("PGHOST", "127.0.0.1,localhost"),
            ("PGPORT", "7"),
            ("PGUSER", "bob"),
            ("PGPASSWORD", "of the environment"),
            ("PGDATABASE", "store"),
            ("PGAPPNAME", "till"),
            ("PGCONNECT_TIMEOUT", "3"),
            ("PGTARGETSESSIONATTRS", "primary"),
            ("PGOPTIONS", ""),
        ];
        let options = with_environment("postgres://", &variables).unwrap();
        assert_eq!(options.hosts, [tcp("127.0.0.1", 7), tcp("localhost", 7)]);
        assert_eq!((options.user.as_str(), options.database.as_str()), ("bob", "store"));
        assert_eq!(password(&options).as_deref(), Some("of the environment"));
        assert_eq!(options.connect_timeout, Duration::from_secs(3));
        assert_eq!(options.target, TargetSession::Primary);
        assert_eq!(options.parameters, [("application_name".to_owned(), "till".to_owned())]);

        let address = "postgres://ann:secret@localhost:8/shop?application_name=desk";
        for options in [with_environment(address, &variables).unwrap(), parse(address)] {
            assert_eq!(options.hosts, [tcp("localhost", 8)]);
            assert_eq!((options.user.as_str(), options.database.as_str()), ("ann", "shop"));
            assert_eq!(password(&options).as_deref(), Some("secret"));
            assert_eq!(options.parameters, [("application_name".to_owned(), "desk".to_owned())]);
        }
        let message = mistake(with_environment("postgres://ann@localhost", &[("PGPORT", "x")]));
        assert!(message.contains("`PGPORT` is not a number"), "{message}");
        let message = mistake(with_environment("postgres://ann@localhost", &[("PGSSLMODE", "on")]));
        assert!(message.contains("`PGSSLMODE` has an unknown value"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn a_password_file_is_read_where_the_address_or_the_environment_names_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("aio-sql-options-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, password: &str| {
            let path = folder.join(name);
            std::fs::write(&path, format!("localhost:5432:shop:ann:{password}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (home, other) = (folder.to_str().unwrap(), write("other", "other"));
        write(".pgpass", "home");
        let address = "postgres://ann@localhost/shop";
        assert_eq!(password(&parse(address)), None);
        assert_eq!(password(&parse(&format!("{address}?passfile={other}"))).as_deref(), Some("other"));
        let of_home = with_environment(address, &[("HOME", home)]).unwrap();
        assert_eq!(password(&of_home).as_deref(), Some("home"));
        let of_variable = with_environment(address, &[("HOME", home), ("PGPASSFILE", &other)]).unwrap();
        assert_eq!(password(&of_variable).as_deref(), Some("other"));
        let of_address = with_environment("postgres://ann:own@localhost/shop", &[("HOME", home)]).unwrap();
        assert_eq!(password(&of_address).as_deref(), Some("own"));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn passwords_come_from_the_address_or_from_a_closure_and_are_never_shown() {
        let mut options = parse("postgres://ann@localhost/shop");
        options.set_password_provider(PasswordProvider::new(|| Ok("token".to_owned()))).unwrap();
        assert_eq!(password(&options).as_deref(), Some("token"));
        let mut options = parse("postgres://ann:secret@localhost/shop?password=secret");
        assert!(!format!("{options} {options:?}").contains("secret"));
        assert!(options.set_password_provider(PasswordProvider::new(|| Ok(String::new()))).is_err());
    }
}
