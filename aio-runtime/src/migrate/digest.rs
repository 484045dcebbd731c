//! A number that stands for the steps that were run, so that their texts need not be read where
//! no step is pending.

use crate::sql::with_plain_line_ends;

/// A digest of steps in their order: of their names, of their texts as they are recorded, and of
/// which of them are functions.
///
/// Steps with the same digest are the same steps. Steps with different digests may have the same
/// meaning, because comments and white space change the digest; then their texts are compared. To
/// leave these out, every text would have to be split into tokens in each program that starts,
/// which takes longer than to read the texts from the database.
///
/// Databases store the digest. If another version of the library computed another one, each
/// database would be read in full until its next step is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digest {
    /// The digest of the even ones among the groups of eight bytes of each text.
    even: u64,
    /// The digest of the odd ones. Neither number depends on the other, so the processor computes
    /// both at the same time.
    odd: u64,
}

impl Digest {
    /// The digest of no steps.
    pub(super) const NONE: Digest = Digest { even: 0x9e37_79b9_7f4a_7c15, odd: 0xc2b2_ae3d_27d4_eb4f };

    /// Returns the digest of these steps and one more.
    pub(super) fn with(mut self, name: &str, sql: &str, is_function: bool) -> Digest {
        self.add(name.as_bytes());
        self.add(with_plain_line_ends(sql).as_bytes());
        self.add(&[u8::from(is_function)]);
        self
    }

    /// Adds bytes and their number. Without the number, the digest would not show where one text
    /// ends and the next begins.
    fn add(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<16>();
        for block in blocks {
            self.add_block(*block);
        }
        let mut last = [0; 16];
        last[..rest.len()].copy_from_slice(rest);
        self.add_block(last);
        self.even = mixed(self.even, bytes.len() as u64);
    }

    fn add_block(&mut self, block: [u8; 16]) {
        let both = u128::from_le_bytes(block);
        self.even = mixed(self.even, both as u64);
        self.odd = mixed(self.odd, (both >> 64) as u64);
    }

    /// Returns the digest as a database stores it.
    pub(super) fn stored(self) -> i64 {
        mixed(self.even, self.odd).cast_signed()
    }
}

/// Adds eight bytes to a digest. Each operation can be inverted, so texts that differ in only one
/// group of eight bytes never have the same digest.
fn mixed(digest: u64, bytes: u64) -> u64 {
    let product = (digest ^ bytes).wrapping_mul(0x9fb2_1c65_1e98_df25);
    product ^ (product >> 32)
}

#[cfg(test)]
mod tests {
    use super::Digest;

    fn of(steps: &[(&str, &str)]) -> i64 {
        steps.iter().fold(Digest::NONE, |digest, (name, sql)| digest.with(name, sql, false)).stored()
    }

    #[test]
    fn steps_that_differ_have_different_digests() {
        let steps = [("0001_init", "create table note (id integer, text text)"), ("0002_more", "select 1")];
        let digest = of(&steps);
        let [init, more] = steps;
        for others in [
            &[init][..],
            &[more, init],
            &[init, more, more],
            &[init, ("0002_more", "select 2")],
            &[init, ("0002_mor", "eselect 1")],
            &[init, ("0002_more", "select 1 ")],
            &[init, ("0002_more", "select 1\0")],
            &[("0001_init", "create table note (id integer, text text)0002_more"), ("", "select 1")],
        ] {
            assert_ne!(of(others), digest, "{others:?}");
        }
        let is_function = Digest::NONE.with(init.0, init.1, true);
        assert_ne!(is_function, Digest::NONE.with(init.0, init.1, false));
    }

    #[test]
    fn no_change_of_one_letter_is_missed() {
        let text = "create table note (id integer primary key, text text not null)";
        let mut digests = std::collections::HashSet::from([of(&[("a", text)])]);
        for place in 0..text.len() {
            for letter in ["~", "Z", " "] {
                let mut changed = text.to_owned();
                changed.replace_range(place..=place, letter);
                assert!(changed == text || digests.insert(of(&[("a", &changed)])), "{changed}");
            }
        }
    }

    #[test]
    fn the_form_of_line_ends_does_not_count() {
        assert_eq!(of(&[("a", "\u{feff}select\r\n1")]), of(&[("a", "select\n1")]));
    }

    /// Databases have stored these digests.
    #[test]
    fn a_digest_stays_the_same_in_all_versions() {
        let digest = Digest::NONE.with("0001_init", "create table note (id integer primary key)", false);
        assert_eq!(digest.stored(), 3_136_500_389_783_567_794);
        assert_eq!(digest.with("0002_fill", "-- aio-sql: rust", true).stored(), -1_165_600_556_388_926_221);
    }
}
