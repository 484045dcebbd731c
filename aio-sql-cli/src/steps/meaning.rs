//! The hash of a step over its statements. Comments, white space, line ends, a byte order mark and
//! semicolons at the end do not change it.

use crate::plan::dollar_quoted_length;

/// Returns the 64 bits of FNV-1a over the tokens of a step, as 16 hexadecimal digits.
///
/// The hash tells an edited step from an unchanged one. It does not protect against somebody who
/// makes two steps with the same hash on purpose.
pub fn hash(text: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut tokens = tokens(text);
    while tokens.last() == Some(&";") {
        tokens.pop();
    }
    for token in tokens {
        token.bytes().filter(|byte| *byte != b'\r').for_each(&mut add);
        add(0);
    }
    format!("{hash:016x}")
}

/// Splits SQL into words, quoted names and texts, and other characters one by one. Leaves out
/// white space and comments.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let (length, is_token) = match first {
            c if c.is_whitespace() => (c.len_utf8(), false),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |end| end + 2), false),
            // A doubled quote ends one token and begins the next, which has the same effect here.
            '\'' | '"' | '`' => (rest[1..].find(first).map_or(rest.len(), |end| end + 2), true),
            '[' => (rest.find(']').map_or(rest.len(), |end| end + 1), true),
            '$' if let Some(length) = dollar_quoted_length(rest) => (length, true),
            // A dollar inside of a word begins no text.
            c if is_word(c) => (rest.find(|c| !is_word(c) && c != '$').unwrap_or(rest.len()), true),
            c => (c.len_utf8(), true),
        };
        let (token, after) = rest.split_at(length);
        tokens.extend(is_token.then_some(token));
        rest = after;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn line_ends_comments_white_space_and_a_last_semicolon_do_not_change_the_hash() {
        let text = "create table a (b text default 'x y');\ninsert into a values (1)";
        let same = "\u{feff}-- aio-sql: rust\r\ncreate  table a /* a */ (b text default 'x y')\r\n;insert into a values(1);\r\n;";
        assert_eq!(hash(text), hash(same));
        assert_eq!(hash("select 'a\r\nb'"), hash("select 'a\nb'"));
        assert_eq!(hash("do $$ it's $$; -- end"), hash("do $$ it's $$"));
        assert_ne!(hash("do $$ a -- b $$"), hash("do $$ a -- c $$"));
    }

    #[test]
    fn another_statement_has_another_hash() {
        let text = hash("select 'a b' from c");
        for other in
            ["select 'a  b' from c", "select 'ab' from c", "select 'a b' fromc", "select 'a b';from c", "select"]
        {
            assert_ne!(hash(other), text, "{other}");
        }
    }
}
