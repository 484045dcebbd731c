//! The authorities whose certificates are accepted.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Error, ErrorKind, Result};

/// The authorities whose certificates are accepted.
#[derive(Debug)]
pub(super) struct Roots {
    pub(super) anchors: Arc<RootCertStore>,
    /// The certificates of the file that the address names; empty for the system's authorities.
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

impl Roots {
    /// Reads the authorities: those in the file, or else those of the operating system.
    pub(super) fn read(file: Option<&Path>) -> Result<Roots> {
        match file {
            Some(file) => Roots::of_file(file),
            None => Ok(Roots { anchors: of_system()?, certificates: Vec::new() }),
        }
    }

    /// Returns no authorities, for a connection whose certificate is not checked.
    pub(super) fn none() -> Roots {
        Roots { anchors: Arc::new(RootCertStore::empty()), certificates: Vec::new() }
    }

    fn of_file(file: &Path) -> Result<Roots> {
        let certificates = certificates("sslrootcert", file)?;
        let mut anchors = RootCertStore::empty();
        for certificate in &certificates {
            anchors.add(certificate.clone()).map_err(|error| {
                let message = format!("`{}`, the file of `sslrootcert`, has an invalid certificate", file.display());
                Error::new(ErrorKind::CannotOpen, message).with_source(error)
            })?;
        }
        Ok(Roots { anchors: Arc::new(anchors), certificates })
    }
}

/// Returns the authorities of the operating system. They are read once in the life of the process,
/// because this takes longer than to connect.
fn of_system() -> Result<Arc<RootCertStore>> {
    static ANCHORS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    if let Some(anchors) = ANCHORS.get() {
        return Ok(Arc::clone(anchors));
    }
    let mut anchors = RootCertStore::empty();
    // Certificates that cannot be read are left out, as other programs do it.
    anchors.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if anchors.is_empty() {
        return Err(Error::new(
            ErrorKind::CannotOpen,
            "the operating system has no certificates of authorities: install its package `ca-certificates`, or name \
             the file with the certificate of your authority by `sslrootcert`",
        ));
    }
    Ok(Arc::clone(ANCHORS.get_or_init(|| Arc::new(anchors))))
}

/// Reads the certificates of a PEM file. `parameter` is the parameter that names the file.
pub(super) fn certificates(parameter: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let path = file.display();
    match read {
        Ok(certificates) if certificates.is_empty() => {
            let message = format!("`{path}`, the file of `{parameter}`, contains no certificate in PEM format");
            Err(Error::new(ErrorKind::CannotOpen, message))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => {
            let message = format!("cannot read `{path}`, the file of `{parameter}`: {error}");
            Err(Error::new(ErrorKind::CannotOpen, message).with_source(error))
        }
    }
}
