//! The parts of a certificate that the TLS library does not show: the algorithm of its signature,
//! and when it is valid. They are read from its DER encoding (RFC 5280, section 4.1).

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::value::Civil;

/// Returns the data that bind a login to the server's certificate, by the channel binding type
/// `tls-server-end-point` (RFC 5929, section 4.1): the hash of the certificate. The hash function
/// is that of the certificate's signature, or SHA-256 if that is MD5 or SHA-1.
///
/// Returns `None` if the signature has no hash function of its own, as with Ed25519.
pub(super) fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let hash = Der(certificate).value(SEQUENCE).and_then(|content| {
        let mut content = Der(content);
        content.value(SEQUENCE)?;
        signature_hash(content.value(SEQUENCE)?)
    })?;
    Some(match hash {
        Hash::Sha256 => Sha256::digest(certificate).to_vec(),
        Hash::Sha384 => Sha384::digest(certificate).to_vec(),
        Hash::Sha512 => Sha512::digest(certificate).to_vec(),
    })
}

/// Returns the first and the last second of the time in which a certificate is valid, counted from
/// the beginning of 1970.
pub(super) fn validity(certificate: &[u8]) -> Option<(i64, i64)> {
    let mut to_be_signed = Der(Der(Der(certificate).value(SEQUENCE)?).value(SEQUENCE)?);
    to_be_signed.skip_if(VERSION);
    to_be_signed.value(INTEGER)?;
    to_be_signed.value(SEQUENCE)?;
    to_be_signed.value(SEQUENCE)?;
    let mut validity = Der(to_be_signed.value(SEQUENCE)?);
    Some((time(validity.next()?)?, time(validity.next()?)?))
}

/// The hash functions for channel binding.
#[derive(Clone, Copy)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// Object identifiers of signature algorithms, each with its hash function.
const SIGNATURES: [(&[u8], Hash); 9] = [
    // RSA with MD5, SHA-1, SHA-256, SHA-384 and SHA-512: 1.2.840.113549.1.1.
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 4], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 5], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 11], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 12], Hash::Sha384),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 13], Hash::Sha512),
    // ECDSA with SHA-1, SHA-256, SHA-384 and SHA-512: 1.2.840.10045.4.
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 1], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 3, 2], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 3, 3], Hash::Sha384),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 3, 4], Hash::Sha512),
];

/// RSASSA-PSS, which names its hash function in its parameters.
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 10];

/// Object identifiers of hash functions: SHA-1, SHA-256, SHA-384 and SHA-512.
const HASHES: [(&[u8], Hash); 4] = [
    (&[0x2b, 0x0e, 0x03, 0x02, 26], Hash::Sha256),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 1], Hash::Sha256),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 2], Hash::Sha384),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 3], Hash::Sha512),
];

/// Returns the hash function of a signature algorithm, as an `AlgorithmIdentifier`.
fn signature_hash(algorithm: &[u8]) -> Option<Hash> {
    let mut algorithm = Der(algorithm);
    let id = algorithm.value(OBJECT_IDENTIFIER)?;
    if id != RSA_PSS {
        return named(&SIGNATURES, id);
    }
    let mut parameters = Der(algorithm.value(SEQUENCE)?);
    match parameters.value(PSS_HASH) {
        Some(hash) => named(&HASHES, Der(Der(hash).value(SEQUENCE)?).value(OBJECT_IDENTIFIER)?),
        // The hash function is SHA-1 if it is not named.
        None => Some(Hash::Sha256),
    }
}

fn named(known: &[(&[u8], Hash)], id: &[u8]) -> Option<Hash> {
    known.iter().find(|(known, _)| *known == id).map(|(_, hash)| *hash)
}

const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The optional version of a certificate.
const VERSION: u8 = 0xa0;
/// The optional hash function in the parameters of RSASSA-PSS.
const PSS_HASH: u8 = 0xa0;

/// Values in DER, one after the other.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// Takes the next value, and returns its tag and its content.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // A certificate is shorter than 16 MiB: its length has at most three bytes.
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, &byte| (length << 8) | usize::from(byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// Takes the next value if it has this tag, and returns its content.
    fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        (self.0.first() == Some(&tag)).then(|| self.next()).flatten().map(|(_, content)| content)
    }

    fn skip_if(&mut self, tag: u8) {
        let _ = self.value(tag);
    }
}

/// Returns the seconds of a time since the beginning of 1970.
fn time((tag, content): (u8, &[u8])) -> Option<i64> {
    let number = |from: usize, digits: usize| -> Option<i32> {
        let digits = content.get(from..from + digits)?;
        digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i32::from(digit - b'0')))
    };
    let (year, rest) = match tag {
        // Two digits stand for the years 1950 to 2049.
        UTC_TIME => (number(0, 2).map(|year| year + if year < 50 { 2000 } else { 1900 })?, 2),
        GENERALIZED_TIME => (number(0, 4)?, 4),
        _ => return None,
    };
    let part = |place: usize| number(rest + 2 * place, 2).and_then(|part| u8::try_from(part).ok());
    let civil = Civil {
        year,
        month: part(0)?,
        day: part(1)?,
        hour: part(2)?,
        minute: part(3)?,
        second: part(4)?,
        nanosecond: 0,
    };
    (content.get(rest + 10..) == Some(b"Z") && (1..=12).contains(&civil.month)).then(|| civil.seconds())
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used)]
mod tests {
    use sha2::{Digest, Sha256, Sha384, Sha512};

    use super::{Der, RSA_PSS, SEQUENCE, SIGNATURES, end_point, signature_hash, time, validity};

    /// Encodes a value in DER.
    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let mut bytes = vec![tag, 0x82, length[0], length[1]];
        bytes.extend_from_slice(content);
        bytes
    }

    /// Returns what a certificate with this signature algorithm looks like, for what is read here.
    fn certificate(algorithm: &[u8]) -> Vec<u8> {
        let to_be_signed = der(SEQUENCE, &[7; 300]);
        der(SEQUENCE, &[to_be_signed, der(SEQUENCE, algorithm), der(0x03, &[1; 64])].concat())
    }

    #[test]
    fn the_hash_of_channel_binding_is_that_of_the_signature_but_at_least_sha_256() {
        for ((id, _), bits) in SIGNATURES.iter().zip([256, 256, 256, 384, 512, 256, 256, 384, 512]) {
            let certificate = certificate(&der(0x06, id));
            let expected = match bits {
                256 => Sha256::digest(&certificate).to_vec(),
                384 => Sha384::digest(&certificate).to_vec(),
                _ => Sha512::digest(&certificate).to_vec(),
            };
            assert_eq!(end_point(&certificate), Some(expected), "{id:?}");
        }
    }

    #[test]
    fn a_pss_signature_names_its_hash() {
        let sha512 = der(0x06, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 3]);
        let parameters = der(SEQUENCE, &der(0xa0, &der(SEQUENCE, &sha512)));
        let named = certificate(&[der(0x06, RSA_PSS), parameters].concat());
        assert_eq!(end_point(&named), Some(Sha512::digest(&named).to_vec()));
        let unnamed = certificate(&[der(0x06, RSA_PSS), der(SEQUENCE, &[])].concat());
        assert_eq!(end_point(&unnamed), Some(Sha256::digest(&unnamed).to_vec()));
    }

    #[test]
    fn a_signature_without_a_hash_or_a_damaged_certificate_has_no_channel_binding() {
        // Ed25519: 1.3.101.112.
        assert_eq!(end_point(&certificate(&der(0x06, &[0x2b, 0x65, 0x70]))), None);
        let whole = certificate(&der(0x06, SIGNATURES[2].0));
        for end in 0..whole.len() {
            assert_eq!(end_point(&whole[..end]), None);
            assert_eq!(validity(&whole[..end]), None);
        }
        assert!(signature_hash(&[]).is_none() && Der(&[0x30, 0x84, 1, 1, 1, 1]).next().is_none());
    }

    #[test]
    fn times_have_two_or_four_digits_of_the_year() {
        assert_eq!(time((0x17, b"700101000001Z")), Some(1));
        assert_eq!(time((0x17, b"490101000000Z")), Some(2_493_072_000));
        assert_eq!(time((0x17, b"500101000000Z")), Some(-631_152_000));
        assert_eq!(time((0x18, b"20500101000000Z")), Some(2_524_608_000));
        for damaged in [&b"7001010000Z"[..], b"70a101000001Z", b"700001000001Z", b"700101000001+0100", b""] {
            assert_eq!(time((0x17, damaged)), None);
        }
    }
}
