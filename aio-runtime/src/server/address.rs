//! The address of a database server, as a URL.
//!
//! `postgres://user:password@host:5432,other/database?parameter=value`
//!
//! The parts are separated before any `%` escape is decoded, and each part is decoded once. In a
//! user's name and a password, the characters `@`, `/`, `?` and `#` must be escaped. If one of
//! them is not, the address would be read in another way than it was meant, so it is refused.

use std::fmt::{self, Write as _};
use std::net::Ipv6Addr;

use super::Password;
use crate::error::{Error, Result};

/// The parts of the address of a database server. Nothing is known here about the defaults and the
/// parameters of a database.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) scheme: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Password>,
    /// The hosts in their order; empty if the address names none.
    pub(crate) hosts: Vec<AddressHost>,
    pub(crate) database: Option<String>,
    /// The parameters in their order. No name occurs twice.
    pub(crate) parameters: Vec<(String, String)>,
}

/// A host of an [`Address`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AddressHost {
    /// A name, an IP address without brackets, or an absolute path.
    pub(crate) name: String,
    pub(crate) port: Option<u16>,
}

impl Address {
    /// Parses an address.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for the first mistake. The
    /// message names the part of the address and what to write. It never contains the password,
    /// nor a part that may be a piece of a password.
    pub(crate) fn parse(text: &str) -> Result<Address> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(Error::usage("the address of a server has the form `scheme://user:password@host/database`"));
        };
        let (before_query, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = before_query.split_once('/').unwrap_or((before_query, ""));
        if path.contains('@') || query.contains('@') {
            return Err(Error::usage(
                "the address has an `@` after its host: if a user's name or a password contains `/` or `?`, write \
                 these as `%2F` and `%3F`; write an `@` that belongs to a database's name or a parameter as `%40`",
            ));
        }
        let (credentials, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        if credentials.contains('@') {
            return Err(Error::usage("the user's name or the password contains an `@`: write it as `%40`"));
        }
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        if path.contains('/') {
            return Err(Error::usage("the name of the database contains a `/`: write it as `%2F`"));
        }
        let not_empty = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(Address {
            scheme: scheme.to_ascii_lowercase(),
            user: not_empty(decoded("the user's name", user)?),
            password: not_empty(decoded("the password", password)?).map(Password::new),
            hosts: match hosts {
                "" => Vec::new(),
                hosts => hosts.split(',').map(AddressHost::parse).collect::<Result<_>>()?,
            },
            database: not_empty(decoded("the name of the database", path)?),
            parameters: parameters(query)?,
        })
    }
}

impl AddressHost {
    /// Parses a host with or without a port: `name`, `127.0.0.1:5432`, `[::1]:5432`.
    fn parse(text: &str) -> Result<AddressHost> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let Some((name, after)) = rest.split_once(']') else {
                    return Err(Error::usage("the `[` of an IPv6 address is not closed by a `]`"));
                };
                match (after, after.strip_prefix(':')) {
                    ("", _) => (name, ""),
                    (_, Some(port)) => (name, port),
                    _ => return Err(Error::usage("only a port, as in `[::1]:5432`, may follow the `]` of a host")),
                }
            }
            None => match text.split_once(':') {
                Some((_, port)) if port.contains(':') => {
                    return Err(Error::usage(
                        "a host contains several `:`: write an IPv6 address in brackets, as in `[::1]:5432`",
                    ));
                }
                Some(parts) => parts,
                None => (text, ""),
            },
        };
        let name = decoded("the host", name)?;
        if text.starts_with('[') && name.split('%').next().is_none_or(|address| address.parse::<Ipv6Addr>().is_err()) {
            return Err(Error::usage("the brackets of a host do not contain an IPv6 address"));
        }
        Ok(AddressHost { name: checked_host(name)?, port: parse_port("the port of a host", port)? })
    }
}

/// Checks the name of a host.
///
/// # Errors
/// Fails if the name is empty or has a character that no name has.
pub(crate) fn checked_host(name: String) -> Result<String> {
    if name.is_empty() {
        return Err(Error::usage("a host of the address is empty: write its name or its IP address"));
    }
    if !name.starts_with('/') && name.contains(|c: char| c.is_whitespace() || c.is_control() || "/?#@,".contains(c)) {
        return Err(Error::usage("a host of the address has a character that is not allowed in a name"));
    }
    Ok(name)
}

/// Parses a port. An empty text stands for the default port.
///
/// # Errors
/// Fails if the text is not a number from 1 to 65535. The text is not shown, because it may be a
/// piece of a password.
pub(crate) fn parse_port(what: &str, text: &str) -> Result<Option<u16>> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
    match number {
        Some(port) if port > 0 => Ok(Some(port)),
        _ => Err(Error::usage(format!("{what} is not a number from 1 to 65535"))),
    }
}

fn parameters(query: &str) -> Result<Vec<(String, String)>> {
    let mut parameters: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(Error::usage(
                "a parameter of the address has no value: write `name=value`, and a `?` of the password as `%3F`",
            ));
        };
        let name = decoded("the name of a parameter", name)?;
        let value = decoded(&format!("the parameter `{name}`"), value)?;
        if parameters.iter().any(|(known, _)| *known == name) {
            return Err(Error::usage(format!("the address has the parameter `{name}` twice")));
        }
        parameters.push((name, value));
    }
    Ok(parameters)
}

/// Decodes the `%` escapes of a part of an address. `what` names the part in errors.
fn decoded(what: &str, text: &str) -> Result<String> {
    if text.contains('#') {
        return Err(Error::usage(format!("{what} contains a `#`: write it as `%23`")));
    }
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let byte = piece
            .get(..2)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let Some(byte) = byte else {
            return Err(Error::usage(format!(
                "{what} contains a `%` that two hexadecimal digits do not follow: write a `%` as `%25`"
            )));
        };
        bytes.push(byte);
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => Err(Error::usage(format!("{what} contains a NUL character"))),
        Ok(text) => Ok(text),
        Err(_) => Err(Error::usage(format!("{what} is not UTF-8 when its `%` escapes are decoded"))),
    }
}

/// A part of an address, with `%` escapes for the characters that separate parts.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() || c.is_whitespace() || "%@:/?#&=,[]".contains(c) {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    write!(f, "%{byte:02X}")?;
                }
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

/// Shows the address without the password and without the parameters, which may contain one.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        if let Some(user) = &self.user {
            write!(f, "{}@", Escaped(user))?;
        }
        for (place, host) in self.hosts.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            if host.name.contains(':') {
                write!(f, "{comma}[{}]", host.name.replace('%', "%25"))?;
            } else {
                write!(f, "{comma}{}", Escaped(&host.name))?;
            }
            if let Some(port) = host.port {
                write!(f, ":{port}")?;
            }
        }
        match &self.database {
            Some(database) => write!(f, "/{}", Escaped(database)),
            None => Ok(()),
        }
    }
}

/// Shows the same as `Display`.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used)]
mod tests {
    use super::{Address, AddressHost};
    use crate::error::ErrorKind;

    fn parse(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    fn host(name: &str, port: Option<u16>) -> AddressHost {
        AddressHost { name: name.to_owned(), port }
    }

    fn mistake(text: &str) -> String {
        let error = Address::parse(text).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage);
        assert!(!error.to_string().contains(text), "the whole address is shown: {error}");
        error.to_string()
    }

    #[test]
    fn an_address_has_a_user_a_password_hosts_a_database_and_parameters() {
        let address = parse("Postgres://ann:secret@db.example.com:5433/shop?sslmode=require&application_name=till%201");
        assert_eq!(address.scheme, "postgres");
        assert_eq!(address.user.as_deref(), Some("ann"));
        assert_eq!(address.password.as_ref().map(|password| password.reveal()), Some("secret"));
        assert_eq!(address.hosts, [host("db.example.com", Some(5433))]);
        assert_eq!(address.database.as_deref(), Some("shop"));
        let parameters = [("sslmode", "require"), ("application_name", "till 1")];
        assert_eq!(address.parameters, parameters.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn every_part_but_the_scheme_may_be_missing() {
        for text in ["postgres://", "postgres:///", "postgres://@/?", "postgres://:@/?&"] {
            let address = parse(text);
            assert_eq!((&address.user, &address.password, &address.database), (&None, &None, &None), "{text}");
            assert_eq!((address.hosts.len(), address.parameters.len()), (0, 0), "{text}");
        }
        assert_eq!(parse("mysql://h").hosts, [host("h", None)]);
        assert_eq!(parse("mysql://h:?a=").parameters, [("a".to_owned(), String::new())]);
    }

    #[test]
    fn there_may_be_several_hosts_and_ipv6_addresses_are_in_brackets() {
        let address = parse("postgres://u@one:1,two,[::1]:3,[fe80::1%25eth0],127.0.0.1:5/d");
        let hosts = [("one", Some(1)), ("two", None), ("::1", Some(3)), ("fe80::1%eth0", None), ("127.0.0.1", Some(5))];
        assert_eq!(address.hosts, hosts.map(|(name, port)| host(name, port)));
        assert_eq!(address.to_string(), "postgres://u@one:1,two,[::1]:3,[fe80::1%25eth0],127.0.0.1:5/d");
    }

    #[test]
    fn the_folder_of_a_socket_is_an_escaped_host() {
        assert_eq!(parse("postgres://%2Frun%2Fpostgresql:5433/d").hosts, [host("/run/postgresql", Some(5433))]);
    }

    #[test]
    fn escapes_are_decoded_exactly_once() {
        let address = parse("postgres://a%40b:p%2525%2f%3a%23%3F+%C3%A4@h/d%2Fb?x=%26%3D+%252F");
        assert_eq!(address.user.as_deref(), Some("a@b"));
        assert_eq!(address.password.unwrap().reveal(), "p%25/:#?+ä");
        assert_eq!(address.database.as_deref(), Some("d/b"));
        assert_eq!(address.parameters[0].1, "&=+%2F");
    }

    #[test]
    fn a_colon_may_stand_in_a_password() {
        assert_eq!(parse("postgres://u:a:b@h").password.unwrap().reveal(), "a:b");
    }

    #[test]
    fn a_mistake_names_the_part_and_what_to_write() {
        let mistakes = [
            ("postgres:shop", "`scheme://user:password@host/database`"),
            ("postgres://u:p@s@h/d", "the password contains an `@`: write it as `%40`"),
            ("postgres://u:pa/ss@h/d", "write these as `%2F` and `%3F`"),
            ("postgres://u:pa?ss@h/d", "write these as `%2F` and `%3F`"),
            ("postgres://u:1?ss=x@h/d", "write these as `%2F` and `%3F`"),
            ("postgres://h/d?user=a@b", "as `%40`"),
            ("postgres://u:pa#ss@h/d", "the password contains a `#`: write it as `%23`"),
            ("postgres://u#:ss@h/d", "the user's name contains a `#`"),
            ("postgres://u:50%@h/d", "the password contains a `%`"),
            ("postgres://u:50%+1@h/d", "write a `%` as `%25`"),
            ("postgres://u:5%ä@h/d", "write a `%` as `%25`"),
            ("postgres://u:%ff@h/d", "the password is not UTF-8"),
            ("postgres://u:%00@h/d", "the password contains a NUL"),
            ("postgres://h:0/d", "the port of a host is not a number from 1 to 65535"),
            ("postgres://h:65536/d", "the port of a host"),
            ("postgres://h:+5432/d", "the port of a host"),
            ("postgres://::1/d", "in brackets"),
            ("postgres://[::1/d", "not closed"),
            ("postgres://[::1]5432/d", "`[::1]:5432`"),
            ("postgres://[db]/d", "do not contain an IPv6 address"),
            ("postgres://a,,b/d", "a host of the address is empty"),
            ("postgres://a%20b/d", "a character that is not allowed"),
            ("postgres://h/d/e", "the name of the database contains a `/`: write it as `%2F`"),
            ("postgres://h/d?sslmode", "a parameter of the address has no value: write `name=value`"),
            ("postgres://h/d?a=1&a=2", "the parameter `a` twice"),
            ("postgres://h/d?a=%zz", "the parameter `a` contains a `%`"),
        ];
        for (text, words) in mistakes {
            let message = mistake(text);
            assert!(message.contains(words), "{text}: {message}");
        }
    }

    #[test]
    fn neither_an_error_nor_the_shown_address_contains_the_password() {
        // Wherever a password with this character is cut, no piece of it is shown.
        for c in "@/:?#%&=,[] ".chars() {
            let text = format!("postgres://ann:horse{c}battery@example.com/shop");
            let shown = match Address::parse(&text) {
                Ok(address) => format!("{address} {address:?} {:?}", address.password),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains("horse") && !shown.contains("battery"), "{shown}");
        }
        let shown = parse("postgres://a%40b:horse@h:1/d%2Fb?password=battery").to_string();
        assert_eq!(shown, "postgres://a%40b@h:1/d%2Fb");
    }
}
