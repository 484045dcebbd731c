//! What the errors of TLS mean.

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

use crate::server::TlsOptions;
use crate::value::Civil;

/// Returns what an error of TLS means. `host` is the name of the server.
pub(super) fn words(error: &Error, host: &str, options: &TlsOptions) -> String {
    match error {
        Error::InvalidCertificate(error) => of_certificate(error, host, options),
        Error::AlertReceived(alert) => of_alert(*alert, options),
        Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            "what answers does not speak TLS".to_owned()
        }
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => "the server has only versions of TLS below 1.2, which are not safe".to_owned(),
        error => format!("TLS with the server has failed: {error}"),
    }
}

fn of_certificate(error: &CertificateError, host: &str, options: &TlsOptions) -> String {
    let its = format!("the server's certificate for `{host}`");
    match error {
        CertificateError::Expired => format!("{its} has expired"),
        CertificateError::ExpiredContext { not_after, .. } => format!("{its} has expired on {}", date(*not_after)),
        CertificateError::NotValidYet => format!("{its} is not valid yet: check the clocks of both machines"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("{its} is not valid before {}: check the clocks of both machines", date(*not_before))
        }
        CertificateError::UnknownIssuer => match &options.roots {
            Some(file) => format!("{its} is not from an authority in `{}`, the file of `sslrootcert`", file.display()),
            None => format!(
                "{its} is not from an authority of the operating system: if you have your own authority, name the file \
                 with its certificate by `sslrootcert`"
            ),
        },
        CertificateError::BadSignature => {
            format!("{its} was not signed with the key of the authority that it names, which may have been renewed")
        }
        CertificateError::NotValidForName => format!("the server's certificate is not for the name `{host}`"),
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            format!("the server's certificate is not for the name `{host}`: it names no host in its `subjectAltName`")
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<String> = presented.iter().map(|name| format!("`{}`", plain(name))).collect();
            format!("the server's certificate is not for the name `{host}`, but for {}", names.join(", "))
        }
        CertificateError::Revoked => format!("{its} was revoked"),
        // The library does not name this error: a certificate of an authority that is used as that
        // of a server, which most often has signed itself.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            format!("{its} is that of an authority: if it has signed itself, name a file with it by `sslrootcert`")
        }
        error => format!("{its} is not accepted: {error}"),
    }
}

fn of_alert(alert: AlertDescription, options: &TlsOptions) -> String {
    use AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked, CertificateUnknown,
        DecryptError, ProtocolVersion, UnknownCA, UnsupportedCertificate,
    };
    match (alert, &options.identity) {
        (CertificateRequired, None) => {
            "the server wants a certificate of the client: name its files by `sslcert` and `sslkey`".to_owned()
        }
        (
            AccessDenied
            | BadCertificate
            | CertificateExpired
            | CertificateRequired
            | CertificateRevoked
            | CertificateUnknown
            | DecryptError
            | UnknownCA
            | UnsupportedCertificate,
            Some(identity),
        ) => format!(
            "the server does not accept the certificate of the client in `{}`, the file of `sslcert`: {alert:?}",
            identity.certificates.display()
        ),
        (ProtocolVersion, _) => "the server has only versions of TLS below 1.2, which are not safe".to_owned(),
        _ => format!("the server has ended the connection with the alert {alert:?} of TLS"),
    }
}

/// Returns a name that a certificate presents, such as `DnsName("example.com")`, without its type.
fn plain(presented: &str) -> &str {
    let inner = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(presented).trim_matches('"')
}

fn date(time: UnixTime) -> String {
    let civil = i64::try_from(time.as_secs()).ok().and_then(|seconds| Civil::of_seconds(seconds, 0));
    civil.map_or_else(
        || "an unknown date".to_owned(),
        |civil| format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day),
    )
}
