//! Where the password of a login comes from.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use super::password_file::PasswordFile;
use crate::caught::{Foreign, caught};
use crate::error::{Error, ErrorKind, Result};
use crate::server::{Host, Password};

/// A closure of the user that returns the password for a new connection.
type Provide = dyn Fn() -> Result<String, Box<dyn StdError + Send + Sync>> + Send + Sync;

/// Where the password of a login comes from.
#[derive(Clone, Default)]
pub(crate) enum PasswordSource {
    /// There is no password.
    #[default]
    None,
    /// The address or an environment variable says it.
    Given(Password),
    /// A file in the format of `~/.pgpass`. It is read for each connection.
    File(PasswordFile),
    /// A closure, which is called for each connection, so that the password may expire.
    Provider(PasswordProvider),
}

impl PasswordSource {
    /// Returns the password for a new connection, or `None` if there is none. This may block, and
    /// calls code of the user.
    ///
    /// # Errors
    /// [`ErrorKind::CannotOpen`] if the file cannot be used or the closure fails,
    /// [`ErrorKind::Panic`] if the closure panics.
    pub(crate) fn password(&self, host: &Host, database: &str, user: &str) -> Result<Option<Password>> {
        match self {
            PasswordSource::None => Ok(None),
            PasswordSource::Given(password) => Ok(Some(password.clone())),
            PasswordSource::File(file) => file.password(host, database, user),
            PasswordSource::Provider(provider) => provider.password().map(Some),
        }
    }
}

impl fmt::Debug for PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PasswordSource::None => "None",
            PasswordSource::Given(_) => "Given(…)",
            PasswordSource::File(_) => "File(…)",
            PasswordSource::Provider(_) => "Provider(…)",
        })
    }
}

/// A closure of the user that returns the password for a new connection.
#[derive(Clone)]
pub(crate) struct PasswordProvider(Arc<Foreign<Box<Provide>>>);

impl PasswordProvider {
    pub(crate) fn new(
        provide: impl Fn() -> Result<String, Box<dyn StdError + Send + Sync>> + Send + Sync + 'static,
    ) -> PasswordProvider {
        PasswordProvider(Arc::new(Foreign::new(Box::new(provide))))
    }

    fn password(&self) -> Result<Password> {
        let provided = caught(|| self.0.get().map(|provide| provide()));
        match provided.map_err(|panic| panic.into_error("the closure of `password_provider`"))? {
            Some(Ok(password)) => Ok(Password::new(password)),
            Some(Err(error)) => {
                let message = "the closure of `password_provider` has failed";
                Err(Error::new(ErrorKind::CannotOpen, message).with_source(error))
            }
            None => Err(Error::new(ErrorKind::Closed, "the closure of `password_provider` was dropped")),
        }
    }
}

impl fmt::Debug for PasswordProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordProvider")
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used)]
mod tests {
    use std::path::PathBuf;

    use super::{PasswordProvider, PasswordSource};
    use crate::error::{ErrorKind, Result};
    use crate::server::Host;

    fn password(provider: PasswordProvider) -> Result<Option<String>> {
        let host = Host::Unix(PathBuf::from("/run/postgresql/.s.PGSQL.5432"));
        let password = PasswordSource::Provider(provider).password(&host, "shop", "ann")?;
        Ok(password.map(|password| password.reveal().to_owned()))
    }

    #[test]
    fn a_provider_is_called_for_each_connection() {
        let calls = std::sync::atomic::AtomicU32::new(0);
        let provider = PasswordProvider::new(move || {
            Ok(format!("token {}", calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed)))
        });
        assert_eq!(password(provider.clone()).unwrap().as_deref(), Some("token 0"));
        assert_eq!(password(provider).unwrap().as_deref(), Some("token 1"));
    }

    #[test]
    fn an_error_of_a_provider_is_the_source_and_a_panic_is_an_error() {
        let error = password(PasswordProvider::new(|| Err("the vault is sealed".into()))).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::CannotOpen);
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the vault is sealed");
        let error = password(PasswordProvider::new(|| panic!("no vault"))).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Panic);
    }
}
