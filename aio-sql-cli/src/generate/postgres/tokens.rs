//! Words and signs of expressions, as PostgreSQL itself writes them.

pub(super) use aio_sql::__private_0_1_0::tokens;

/// Returns the text of a literal, or `None` if the token is none, or has escapes.
pub(super) fn text(token: &str) -> Option<String> {
    let inner = token.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("''", "'"))
}

/// Removes the quotes around a name.
pub(super) fn name(token: &str) -> String {
    let inner = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.map_or_else(|| token.to_owned(), |inner| inner.replace("\"\"", "\""))
}

/// Removes all casts, such as `::character varying(3)[]`.
pub(super) fn without_casts<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let [token, after @ ..] = rest {
        rest = after;
        if *token == "::" {
            rest = after_type(after);
        } else {
            kept.push(*token);
        }
    }
    kept
}

/// Returns the tokens after the name of a type.
fn after_type<'a, 'b>(tokens: &'b [&'a str]) -> &'b [&'a str] {
    let goes_on = |word: &str| matches!(word, "varying" | "precision" | "without" | "with" | "time" | "zone");
    let Some(mut rest) = tokens.get(1..) else { return &[] };
    loop {
        rest = match rest {
            ["(", _, ")", after @ ..] | ["(", _, ",", _, ")", after @ ..] | ["[", "]", after @ ..] => after,
            // The name of the schema before a quoted name, such as `other."Mood"`.
            [word, after @ ..] if goes_on(word) || word.starts_with('"') => after,
            _ => return rest,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_are_removed_with_the_whole_type() {
        for (sql, expected) in [
            ("'a'::character varying(3)", "'a'"),
            ("(v)::text = ANY ((ARRAY['a'::character varying])::text[])", "( v ) = ANY ( ( ARRAY [ 'a' ] ) )"),
            ("'2020-01-01 00:00:00'::timestamp without time zone", "'2020-01-01 00:00:00'"),
            ("x::numeric(10,2) + 1", "x + 1"),
            ("'it''s'::other.\"Mo od\" = y", "'it''s' = y"),
        ] {
            assert_eq!(without_casts(&tokens(sql)).join(" "), expected);
        }
    }
}
