//! Sessions with a server in the same process, whose certificates are made for each test.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{AlertDescription, RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};
use sha2::{Digest, Sha256, Sha384};

use super::TlsSession;
use crate::error::{Error, ErrorKind, Result};
use crate::server::{Host, TlsIdentity, TlsMode, TlsOptions};

/// A folder that is deleted at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("aio-sql-tls-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    named_authority("ours")
}

fn named_authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate with its key.
struct Leaf {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

fn leaf(params: CertificateParams, issuer: &Issuer<'static, KeyPair>) -> Leaf {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    Leaf { certificate: params.signed_by(&key, issuer).unwrap(), key }
}

fn names(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

/// A server with this certificate. With `clients`, it accepts only clients with a certificate of
/// this authority.
fn server(
    leaf: &Leaf,
    clients: Option<&Authority>,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConnection {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.as_ref().der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::try_from(leaf.key.serialize_der()).unwrap();
    let config = builder.with_single_cert(vec![leaf.certificate.der().clone()], key).unwrap();
    ServerConnection::new(Arc::new(config)).unwrap()
}

/// Lets the server read these bytes. What is wrong with them is told to the client.
fn give(server: &RefCell<ServerConnection>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        server.borrow_mut().read_tls(&mut bytes)?;
        let _ = server.borrow_mut().process_new_packets();
    }
    Ok(())
}

/// Receives what the server sends: all of it that fits, or a few bytes if it is little.
fn take(server: &RefCell<ServerConnection>, sent: &RefCell<Vec<u8>>, into: &mut [u8]) -> io::Result<usize> {
    let mut sent = sent.borrow_mut();
    while server.borrow().wants_write() {
        server.borrow_mut().write_tls(&mut *sent)?;
    }
    let most = if sent.len() > 20_000 { into.len() } else { 7 };
    let taken = sent.len().min(most);
    into[..taken].copy_from_slice(&sent[..taken]);
    sent.drain(..taken);
    if taken == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(taken) }
}

/// A session with a server.
struct Pair {
    client: TlsSession,
    server: RefCell<ServerConnection>,
    sent: RefCell<Vec<u8>>,
}

fn begin(options: &TlsOptions, host: &str, server: ServerConnection) -> Result<Pair> {
    let host = Host::Tcp { name: host.to_owned(), port: 5432 };
    let mut client = TlsSession::new(options, &host)?;
    let (server, sent) = (RefCell::new(server), RefCell::default());
    client.handshake(|bytes| give(&server, bytes), |into| take(&server, &sent, into))?;
    Ok(Pair { client, server, sent })
}

impl Pair {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Pair { client, server, sent } = self;
        client.read(into, |into| take(server, sent, into))
    }
}

fn options(mode: TlsMode, roots: &Path) -> TlsOptions {
    TlsOptions { mode: Some(mode), roots: Some(roots.to_owned()), identity: None }
}

fn refused(result: Result<Pair>, words: &str) -> Error {
    let error = result.map(drop).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::CannotOpen);
    assert!(error.to_string().contains(words), "{error}");
    error
}

const BOTH: &[&SupportedProtocolVersion] = rustls::ALL_VERSIONS;

#[test]
fn bytes_of_any_number_reach_the_other_end_in_either_version() {
    let (folder, authority) = (Folder::new(), authority());
    let leaf = leaf(names(&["db.example.com"]), &authority);
    let roots = folder.write("ca.pem", &authority.as_ref().pem());
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = server(&leaf, None, &[version]);
        let mut pair = begin(&options(TlsMode::VerifyFull, &roots), "db.example.com", server).unwrap();
        let sent: Vec<u8> = (0..200_000_u32).map(|number| number.to_le_bytes()[1]).collect();
        let mut received = Vec::new();
        for piece in sent.chunks(70_000) {
            let mut out = Vec::new();
            pair.client.encrypt(piece, &mut out).unwrap();
            for bytes in out.chunks(1000) {
                give(&pair.server, bytes).unwrap();
                let mut buffer = [0; 20_000];
                while let Ok(read @ 1..) = pair.server.borrow_mut().reader().read(&mut buffer) {
                    received.extend_from_slice(&buffer[..read]);
                }
            }
        }
        assert_eq!(received, sent);

        let (mut received, mut buffer) = (Vec::new(), [0; 999]);
        for piece in sent.chunks(30_000) {
            pair.server.borrow_mut().writer().write_all(piece).unwrap();
            loop {
                match pair.read(&mut buffer) {
                    Ok(read) => received.extend_from_slice(&buffer[..read]),
                    Err(error) => break assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
                }
            }
        }
        assert_eq!(received, sent);
    }
}

#[test]
fn the_end_of_a_session_is_told_apart_from_a_damaged_record() {
    let (folder, authority) = (Folder::new(), authority());
    let leaf = leaf(names(&["db.example.com"]), &authority);
    let options = options(TlsMode::VerifyFull, &folder.write("ca.pem", &authority.as_ref().pem()));
    let mut pair = begin(&options, "db.example.com", server(&leaf, None, BOTH)).unwrap();
    let mut out = Vec::new();
    pair.client.close_notify(&mut out).unwrap();
    give(&pair.server, &out).unwrap();
    assert_eq!(pair.server.borrow_mut().reader().read(&mut [0; 8]).unwrap(), 0);
    pair.server.borrow_mut().send_close_notify();
    assert_eq!(pair.read(&mut [0; 8]).unwrap(), 0);

    let mut pair = begin(&options, "db.example.com", server(&leaf, None, BOTH)).unwrap();
    pair.server.borrow_mut().writer().write_all(b"row").unwrap();
    pair.server.borrow_mut().write_tls(&mut *pair.sent.borrow_mut()).unwrap();
    *pair.sent.borrow_mut().last_mut().unwrap() ^= 1;
    assert_eq!(pair.read(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::InvalidData);
}

#[test]
fn a_server_is_verified_by_its_name_and_its_authority() {
    let (folder, authority) = (Folder::new(), authority());
    let leaf = leaf(names(&["db.example.com", "*.shop.example.com", "10.0.0.1", "fe80::1"]), &authority);
    let full = options(TlsMode::VerifyFull, &folder.write("ca.pem", &authority.as_ref().pem()));
    for host in ["db.example.com", "DB.example.com", "a.shop.example.com", "10.0.0.1", "fe80::1", "fe80::1%eth0"] {
        begin(&full, host, server(&leaf, None, BOTH)).unwrap();
    }
    for host in ["example.com", "a.b.shop.example.com", "10.0.0.2", "localhost"] {
        let words = format!("the server's certificate is not for the name `{host}`, but for `db.example.com`");
        refused(begin(&full, host, server(&leaf, None, BOTH)), &words);
    }
    let other = named_authority("others");
    let unknown = options(TlsMode::VerifyFull, &folder.write("other.pem", &other.as_ref().pem()));
    let words = format!("is not from an authority in `{}`", folder.0.join("other.pem").display());
    refused(begin(&unknown, "db.example.com", server(&leaf, None, BOTH)), &words);
    let renewed = options(TlsMode::VerifyFull, &folder.write("renewed.pem", &self::authority().as_ref().pem()));
    let words = "was not signed with the key of the authority that it names";
    refused(begin(&renewed, "db.example.com", server(&leaf, None, BOTH)), words);
    let both = folder.write("both.pem", &format!("{}\n{}", other.as_ref().pem(), authority.as_ref().pem()));
    begin(&options(TlsMode::VerifyFull, &both), "db.example.com", server(&leaf, None, BOTH)).unwrap();
}

#[test]
fn a_server_has_to_prove_that_it_has_the_key_of_its_certificate() {
    let (folder, authority) = (Folder::new(), authority());
    let leaf = leaf(names(&["db.example.com"]), &authority);
    let roots = folder.write("ca.pem", &authority.as_ref().pem());
    let key = PrivateKeyDer::try_from(KeyPair::generate().unwrap().serialize_der()).unwrap();
    let other_key = ring::sign::any_supported_type(&key).unwrap();
    let resolver = SingleCertAndKey::from(CertifiedKey::new(vec![leaf.certificate.der().clone()], other_key));
    let resolver = Arc::new(resolver);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        for mode in [TlsMode::VerifyFull, TlsMode::VerifyCa, TlsMode::Require] {
            let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
            let builder = builder.with_protocol_versions(&[version]).unwrap().with_no_client_auth();
            let server = ServerConnection::new(Arc::new(builder.with_cert_resolver(resolver.clone()))).unwrap();
            assert!(begin(&options(mode, &roots), "db.example.com", server).is_err());
        }
    }
}

#[test]
fn a_server_is_told_why_it_is_refused() {
    let host = Host::Tcp { name: "db.example.com".to_owned(), port: 5432 };
    let (folder, roots) = (Folder::new(), named_authority("others"));
    let full = options(TlsMode::VerifyFull, &folder.write("ca.pem", &roots.as_ref().pem()));
    let server = RefCell::new(server(&leaf(names(&["db.example.com"]), &authority()), None, BOTH));
    let (sent, mut told) = (RefCell::default(), None);
    let send = |mut bytes: &[u8]| {
        server.borrow_mut().read_tls(&mut bytes)?;
        told = server.borrow_mut().process_new_packets().err().or(told.take());
        Ok(())
    };
    let mut client = TlsSession::new(&full, &host).unwrap();
    client.handshake(send, |into| take(&server, &sent, into)).unwrap_err();
    assert_eq!(told, Some(rustls::Error::AlertReceived(AlertDescription::UnknownCA)));
}

#[test]
fn weaker_modes_check_the_authority_alone_or_nothing() {
    let (folder, authority, other) = (Folder::new(), authority(), named_authority("others"));
    let leaf = leaf(names(&["db.example.com"]), &authority);
    let own = folder.write("ca.pem", &authority.as_ref().pem());
    let others = folder.write("other.pem", &other.as_ref().pem());
    begin(&options(TlsMode::VerifyCa, &own), "10.0.0.1", server(&leaf, None, BOTH)).unwrap();
    refused(
        begin(&options(TlsMode::VerifyCa, &others), "db.example.com", server(&leaf, None, BOTH)),
        "is not from an authority",
    );
    let require = TlsOptions { mode: Some(TlsMode::Require), roots: None, identity: None };
    begin(&require, "10.0.0.1", server(&leaf, None, BOTH)).unwrap();
}

#[test]
fn the_authorities_of_the_system_do_not_know_a_certificate_that_was_made_here() {
    let leaf = leaf(names(&["db.example.com"]), &authority());
    let options = TlsOptions::default();
    match begin(&options, "db.example.com", server(&leaf, None, BOTH)) {
        Err(error) => assert!(error.to_string().contains("`sslrootcert`"), "{error}"),
        Ok(_) => panic!("the certificate was accepted"),
    }
}

#[test]
fn a_certificate_counts_only_in_its_time() {
    let (folder, authority) = (Folder::new(), authority());
    let full = options(TlsMode::VerifyFull, &folder.write("ca.pem", &authority.as_ref().pem()));
    let mut expired = names(&["db.example.com"]);
    (expired.not_before, expired.not_after) = (date_time_ymd(2001, 2, 3), date_time_ymd(2002, 3, 4));
    let expired = leaf(expired, &authority);
    refused(
        begin(&full, "db.example.com", server(&expired, None, BOTH)),
        "for `db.example.com` has expired on 2002-03-04",
    );
    let mut future = names(&["db.example.com"]);
    (future.not_before, future.not_after) = (date_time_ymd(3001, 2, 3), date_time_ymd(3002, 3, 4));
    let future = leaf(future, &authority);
    refused(begin(&full, "db.example.com", server(&future, None, BOTH)), "is not valid before 3001-02-03");
}

#[test]
fn a_certificate_that_signed_itself_is_accepted_if_it_is_named() {
    let folder = Folder::new();
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let own = |params: CertificateParams| {
            let key = KeyPair::generate().unwrap();
            Leaf { certificate: params.self_signed(&key).unwrap(), key }
        };
        let mut params = names(&["db.example.com"]);
        params.is_ca = is_ca;
        let leaf = own(params.clone());
        let full = options(TlsMode::VerifyFull, &folder.write("own.pem", &leaf.certificate.pem()));
        begin(&full, "db.example.com", server(&leaf, None, BOTH)).unwrap();
        refused(begin(&full, "example.com", server(&leaf, None, BOTH)), "is not for the name `example.com`");
        // Another one that has the same name and signed itself, too.
        refused(begin(&full, "db.example.com", server(&own(params.clone()), None, BOTH)), "the server's certificate");
        (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
        let expired = own(params);
        let full = options(TlsMode::VerifyFull, &folder.write("own.pem", &expired.certificate.pem()));
        refused(begin(&full, "db.example.com", server(&expired, None, BOTH)), "has expired");
    }
}

#[test]
fn a_client_shows_its_certificate_if_the_server_asks_for_one() {
    let (folder, authority, other) = (Folder::new(), authority(), authority());
    let leaf = leaf(names(&["db.example.com"]), &authority);
    let full = options(TlsMode::VerifyFull, &folder.write("ca.pem", &authority.as_ref().pem()));
    let identity = |name: &str, issuer: &Authority| {
        let client = self::leaf(names(&["ann"]), issuer);
        let certificates = folder.write(&format!("{name}.pem"), &client.certificate.pem());
        let key = folder.write(&format!("{name}.key"), &client.key.serialize_pem());
        TlsOptions { identity: Some(TlsIdentity { certificates, key }), ..full.clone() }
    };
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        // In TLS 1.3, the client learns from the first answer that it was not accepted.
        let first_answer = |options: &TlsOptions| {
            let server = server(&leaf, Some(&authority), &[version]);
            match begin(options, "db.example.com", server) {
                Ok(mut pair) => {
                    let error = pair.read(&mut [0; 8]).unwrap_err();
                    if error.kind() == io::ErrorKind::WouldBlock { None } else { Some(error.to_string()) }
                }
                Err(error) => Some(error.to_string()),
            }
        };
        assert_eq!(first_answer(&identity("own", &authority)), None);
        let words = first_answer(&identity("other", &other)).unwrap();
        assert!(
            words.contains("does not accept the certificate of the client") && words.contains("other.pem"),
            "{words}"
        );
        let words = first_answer(&full).unwrap();
        assert!(words.contains("TLS") || words.contains("name its files by `sslcert` and `sslkey`"), "{words}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_its_parameter() {
    let (folder, authority) = (Folder::new(), authority());
    let leaf = leaf(names(&["ann"]), &authority);
    let roots = folder.write("ca.pem", &authority.as_ref().pem());
    let certificates = folder.write("ann.pem", &leaf.certificate.pem());
    let key = folder.write("ann.key", &leaf.key.serialize_pem());
    let empty = folder.write("empty.pem", "");
    let other_key = folder.write("other.key", &KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap().serialize_pem());
    let fails = |roots: &Path, certificates: &Path, key: &Path, words: &str| {
        let identity = Some(TlsIdentity { certificates: certificates.to_owned(), key: key.to_owned() });
        let options = TlsOptions { identity, ..options(TlsMode::VerifyFull, roots) };
        refused(begin(&options, "db.example.com", server(&leaf, None, BOTH)), words);
    };
    let missing = folder.0.join("missing.pem");
    fails(&missing, &certificates, &key, "missing.pem`, the file of `sslrootcert`");
    fails(&empty, &certificates, &key, "empty.pem`, the file of `sslrootcert`, contains no certificate");
    fails(&roots, &key, &key, "ann.key`, the file of `sslcert`, contains no certificate");
    fails(&roots, &certificates, &certificates, "ann.pem`, the file of `sslkey`, as a private key");
    fails(&roots, &certificates, &other_key, "cannot be used together");
}

#[test]
fn the_channel_binding_is_the_hash_of_the_servers_certificate() {
    let (folder, ours) = (Folder::new(), authority());
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "with SHA-384");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let sha384: Authority = CertifiedIssuer::self_signed(params, key).unwrap();
    let roots = folder.write("ca.pem", &format!("{}{}", ours.as_ref().pem(), sha384.as_ref().pem()));
    let full = options(TlsMode::VerifyFull, &roots);
    let bound = |leaf: &Leaf| begin(&full, "db.example.com", server(leaf, None, BOTH)).unwrap().client.end_point();
    let leaves = [&ours, &sha384].map(|authority| leaf(names(&["db.example.com"]), authority));
    assert_eq!(bound(&leaves[0]), Some(Sha256::digest(leaves[0].certificate.der()).to_vec()));
    assert_eq!(bound(&leaves[1]), Some(Sha384::digest(leaves[1].certificate.der()).to_vec()));
}

#[test]
fn what_does_not_speak_tls_or_ends_at_once_is_an_error_in_words() {
    let host = Host::Tcp { name: "db.example.com".to_owned(), port: 5432 };
    let mut session =
        TlsSession::new(&TlsOptions { mode: Some(TlsMode::Require), ..TlsOptions::default() }, &host).unwrap();
    let answer = |into: &mut [u8]| {
        let text = b"HTTP/1.1 400 Bad Request\r\n";
        into[..text.len()].copy_from_slice(text);
        Ok(text.len())
    };
    let error = session.handshake(|_| Ok(()), answer).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::CannotOpen);
    assert!(error.to_string().contains("what answers does not speak TLS"), "{error}");

    let mut session =
        TlsSession::new(&TlsOptions { mode: Some(TlsMode::Require), ..TlsOptions::default() }, &host).unwrap();
    let error = session.handshake(|_| Ok(()), |_| Ok(0)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Disconnected);
}
