//! The databases of a server: the parts of their addresses, creating and dropping them.
//!
//! An address is `postgres://user@host/name?parameter=value`.

use aio_sql::{Database, query};

use super::{decoded, is_missing};
use crate::error::{Error, Result};

/// The address of a database of a server, in parts that are still percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerAddress<'a> {
    /// The scheme, the user and the hosts.
    server: &'a str,
    name: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

/// Lets each transaction be READ ONLY that does not say something else, percent-encoded.
const READ_ONLY: &str = "-c%20default_transaction_read_only%3Don";

impl<'a> ServerAddress<'a> {
    /// Separates the parts. What is wrong in them is said when the address is opened.
    pub(super) fn of(text: &'a str) -> ServerAddress<'a> {
        let (before, query) = text.split_once('?').unwrap_or((text, ""));
        let after_scheme = before.find("://").map_or(0, |at| at + 3);
        let end = before[after_scheme..].find('/').map_or(before.len(), |at| after_scheme + at);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        ServerAddress {
            server: &before[..end],
            name: before[end..].trim_start_matches('/'),
            parameters: pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect(),
        }
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// Returns the name of the database.
    ///
    /// # Errors
    /// If the address does not say it, so that the name would be that of the user.
    pub(super) fn name(&self) -> Result<String> {
        match self.parameter("dbname").unwrap_or(self.name) {
            "" => Err(Error::usage("the address names no database").help("write it as `postgres://user@host/name`")),
            name => Ok(decoded(name)),
        }
    }

    /// Returns the address with which sessions can only read.
    ///
    /// # Errors
    /// If the address is that of a pooler, behind which no session stays read-only.
    pub(super) fn read_only(&self) -> Result<String> {
        if self.parameter("pooler").is_some() {
            let message = "the command opens a session that can only read, which a pooler does not keep";
            return Err(Error::usage(message).help("give the address of the server itself, without `pooler`"));
        }
        let given = self.parameter("options");
        Ok(self.with("options", &given.map_or(READ_ONLY.to_owned(), |given| format!("{given}%20{READ_ONLY}"))))
    }

    /// Returns the address with another value of a parameter.
    pub(super) fn with(&self, parameter: &str, value: &str) -> String {
        let others = self.parameters.iter().filter(|(name, _)| *name != parameter);
        let mut text = format!("{}/{}?{parameter}={value}", self.server, self.name);
        for (name, value) in others {
            text += &format!("&{name}={value}");
        }
        text
    }

    /// Creates the database, with the encoding and the collation that the server has chosen for
    /// new ones.
    pub(super) async fn create(&self) -> Result<()> {
        let name = self.name()?;
        self.run(&name, &format!("CREATE DATABASE {}", quoted(&name))).await
    }

    /// Drops the database.
    pub(super) async fn drop(&self) -> Result<()> {
        let name = self.name()?;
        self.run(&name, &format!("DROP DATABASE {}", quoted(&name))).await
    }

    /// Runs a statement about a database in another database of the server.
    async fn run(&self, name: &str, statement: &str) -> Result<()> {
        let db = self.open_another(name).await?;
        let outcome = query(statement).execute(&db).await;
        db.close().await?;
        outcome.map(drop).map_err(|error| {
            let help = match error.code() {
                Some("42501") => {
                    "the user of the address may not do that: name another one, or let an administrator do it"
                }
                Some("55006") => "end the programs that are connected to the database, and try again",
                _ => return error.into(),
            };
            Error::from(error).help(help)
        })
    }

    /// Opens a database that every server has, unless somebody has dropped it.
    async fn open_another(&self, name: &str) -> Result<Database> {
        let mut others = ["postgres", "template1"].into_iter().filter(|other| *other != name).peekable();
        while let Some(other) = others.next() {
            match Database::open(self.with("dbname", other)).await {
                Err(error) if is_missing(&error) && others.peek().is_some() => {}
                opened => return opened.map_err(|error| Error::from(error).at(format_args!("the database `{other}`"))),
            }
        }
        Err(Error::new("the server has neither a database `postgres` nor `template1`"))
    }
}

/// Returns a name in quotes, as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::ServerAddress;

    #[test]
    fn sessions_that_only_read_keep_the_other_parameters() {
        for (text, expected) in [
            ("postgres://h", "postgres://h/?options=-c%20default_transaction_read_only%3Don"),
            ("postgres://a:b%2F@h/d?", "postgres://a:b%2F@h/d?options=-c%20default_transaction_read_only%3Don"),
            (
                "postgres:///d?host=/tmp&options=-c%20jit%3Doff&search_path=a,b",
                "postgres:///d?options=-c%20jit%3Doff%20-c%20default_transaction_read_only%3Don&host=/tmp&search_path=a,b",
            ),
        ] {
            assert_eq!(ServerAddress::of(text).read_only().ok().as_deref(), Some(expected));
        }
    }
}
