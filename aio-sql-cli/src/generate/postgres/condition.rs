//! Conditions of CHECK constraints.

use super::tokens::{name, text, tokens, without_casts};

/// Returns the texts of a condition such as `rating IN ('G', 'PG')` on this column, in their
/// order. Returns `None` if the condition is another one.
///
/// PostgreSQL writes such a condition as `rating = ANY (ARRAY['G'::text, 'PG'::text])`.
pub(super) fn listed_texts(condition: &str, column: &str) -> Option<Vec<String>> {
    let tokens = tokens(condition);
    let tokens: Vec<_> = without_casts(&tokens).into_iter().filter(|token| !matches!(*token, "(" | ")")).collect();
    let [first, "=", "ANY", "ARRAY", "[", list @ .., "]"] = tokens.as_slice() else { return None };
    if name(first) != column {
        return None;
    }
    let mut texts = Vec::new();
    for (place, token) in list.iter().enumerate() {
        match place % 2 {
            0 => texts.push(text(token)?),
            _ if *token == "," => {}
            _ => return None,
        }
    }
    let is_set = texts.iter().enumerate().all(|(place, text)| !texts[..place].contains(text));
    (is_set && list.len() % 2 == 1).then_some(texts)
}

#[cfg(test)]
mod tests {
    use super::listed_texts;

    #[test]
    fn the_texts_of_a_list_are_found_whatever_the_type_of_the_column_is() {
        for condition in [
            "((v)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[]))",
            "v::text = ANY (ARRAY['a'::character varying, 'it''s'::character varying]::text[])",
            "v = ANY (ARRAY['a'::text, 'it''s'::text])",
        ] {
            assert_eq!(listed_texts(condition, "v"), Some(vec!["a".to_owned(), "it's".to_owned()]), "{condition}");
        }
        for other in [
            "w = ANY (ARRAY['a'::text])",
            "v = ANY (ARRAY[1, 2])",
            "v <> ALL (ARRAY['a'::text])",
            "v = ANY (ARRAY['a'::text, 'a'::text])",
            "(v = ANY (ARRAY['a'::text])) OR w",
            "v = 'a'::text",
        ] {
            assert_eq!(listed_texts(other, "v"), None, "{other}");
        }
    }
}
