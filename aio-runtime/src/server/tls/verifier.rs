//! Decides whether a server's certificate is accepted.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::certificate::validity;
use super::roots::Roots;
use crate::server::TlsMode;

/// Decides whether a server's certificate is accepted. In each mode, the server has to prove that
/// it has the key of its certificate.
#[derive(Debug)]
pub(super) struct Verifier {
    mode: TlsMode,
    roots: Arc<RootCertStore>,
    /// Certificates that are accepted as they are. With a certificate that is signed by itself,
    /// the certificate of the authority is that of the server.
    accepted: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(mode: TlsMode, roots: Roots, algorithms: WebPkiSupportedAlgorithms) -> Verifier {
        Verifier { mode, roots: roots.anchors, accepted: roots.certificates, algorithms }
    }

    fn check_issuer(
        &self,
        end_entity: &CertificateDer<'_>,
        parsed: &ParsedCertificate<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        if !self.accepted.contains(end_entity) {
            let algorithms = self.algorithms.all;
            return verify_server_cert_signed_by_trust_anchor(parsed, &self.roots, intermediates, now, algorithms);
        }
        let (first, last) = validity(end_entity).ok_or(CertificateError::BadEncoding)?;
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if seconds < first {
            return Err(CertificateError::NotValidYet.into());
        }
        if seconds > last {
            return Err(CertificateError::Expired.into());
        }
        Ok(())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if matches!(self.mode, TlsMode::VerifyCa | TlsMode::VerifyFull) {
            let parsed = ParsedCertificate::try_from(end_entity)?;
            self.check_issuer(end_entity, &parsed, intermediates, now)?;
            if self.mode == TlsMode::VerifyFull {
                verify_server_name(&parsed, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
