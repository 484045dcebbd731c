//! Converts names to other cases, and finds the most similar of several names.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use crate::errors::Errors;

/// Converts the name of a type or a variant to snake case, as is usual in SQL: `UserAccount` to
/// `user_account`, `HTTPServer` to `http_server`.
pub(crate) fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(index + 1);
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before != '_' && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()))
            });
        if starts_word {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// A case of names, as in serde's `rename_all`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Case {
    Lower,
    Upper,
    /// The case in which Rust's variants are written, which leaves a name unchanged.
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// Each case with its name in `rename_all`.
    pub(crate) const NAMES: [(&'static str, Case); 8] = [
        ("lowercase", Case::Lower),
        ("UPPERCASE", Case::Upper),
        ("PascalCase", Case::Pascal),
        ("camelCase", Case::Camel),
        ("snake_case", Case::Snake),
        ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
        ("kebab-case", Case::Kebab),
        ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
    ];

    /// Returns the case with this name, or `None` if there is none.
    pub(crate) fn named(name: &str) -> Option<Case> {
        Case::NAMES.iter().find(|(known, _)| *known == name).map(|(_, case)| *case)
    }

    /// Converts `name`, the name of a variant in Rust, to this case of letters.
    pub(crate) fn apply(self, name: &str) -> String {
        match self {
            Case::Lower => name.to_lowercase(),
            Case::Upper => name.to_uppercase(),
            Case::Pascal => name.to_owned(),
            Case::Camel => {
                let snake = snake_case(name);
                let mut words = snake.split('_').filter(|word| !word.is_empty());
                let first = words.next().unwrap_or_default().to_owned();
                words.fold(first, |name, word| {
                    let mut letters = word.chars();
                    let initial = letters.next().map(char::to_uppercase);
                    name + &initial.into_iter().flatten().collect::<String>() + letters.as_str()
                })
            }
            Case::Snake => snake_case(name),
            Case::ScreamingSnake => snake_case(name).to_uppercase(),
            Case::Kebab => snake_case(name).replace('_', "-"),
            Case::ScreamingKebab => snake_case(name).to_uppercase().replace('_', "-"),
        }
    }
}

/// Returns the name in `known` that the user probably meant by `name`: the most similar name, or
/// the only name that begins with `name`. Returns `None` if there is no such name.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str, IntoIter: Clone>) -> Option<&'a str> {
    let known = known.into_iter();
    let best = known.clone().min_by_key(|candidate| distance(name, candidate))?;
    if distance(name, best) <= 1 + name.len().min(best.len()) / 5 {
        return Some(best);
    }
    let mut longer = known.filter(|candidate| name.len() > 2 && candidate.starts_with(name));
    longer.next().filter(|_| longer.next().is_none())
}

/// Returns the edit distance: the number of characters to insert, remove, replace or swap with
/// their neighbor.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut min = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                min = min.min(rows[i - 2][j - 2] + 1);
            }
            row.push(min);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// Lists names for an error message: "`a`, `b`".
pub(crate) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Returns the name of the column's constant: the field's name in upper case. If that cannot be a
/// name, reports an error and returns `None`.
pub(crate) fn constant(field: &Ident, errors: &mut Errors<'_>) -> Option<Ident> {
    let upper = field.unraw().to_string().to_uppercase();
    match syn::parse_str::<Ident>(&upper) {
        Ok(name) => Some(Ident::new(&name.to_string(), field.span())),
        Err(_) => {
            errors.push(
                field.span(),
                format_args!("the column's constant would be `{upper}`, which is not a valid name: rename the field"),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, nearest, snake_case};

    #[test]
    fn the_words_of_a_type_name_are_separated() {
        let pairs = [
            ("User", "user"),
            ("UserAccount", "user_account"),
            ("HTTPServer", "http_server"),
            ("Utf8Text", "utf8_text"),
            ("already_snake", "already_snake"),
            ("Mixed_Case", "mixed_case"),
            ("A", "a"),
            ("ÄußereForm", "äußere_form"),
        ];
        for (name, snake) in pairs {
            assert_eq!(snake_case(name), snake);
        }
    }

    #[test]
    fn each_case_is_that_of_serde() {
        let cases = [
            ("lowercase", "inreview"),
            ("UPPERCASE", "INREVIEW"),
            ("PascalCase", "InReview"),
            ("camelCase", "inReview"),
            ("snake_case", "in_review"),
            ("SCREAMING_SNAKE_CASE", "IN_REVIEW"),
            ("kebab-case", "in-review"),
            ("SCREAMING-KEBAB-CASE", "IN-REVIEW"),
        ];
        for (case, name) in cases {
            assert_eq!(Case::named(case).map(|case| case.apply("InReview")).as_deref(), Some(name));
        }
        assert_eq!(cases.map(|(case, _)| case), Case::NAMES.map(|(case, _)| case));
        assert_eq!(Case::named("Kebab-Case"), None);
    }

    /// The names of tables are made in the same way. serde differs: in snake case, it writes
    /// `h_t_t_p_server`.
    #[test]
    fn capital_letters_in_a_row_are_one_word_in_every_case() {
        let cases = [
            ("lowercase", "httpserver"),
            ("UPPERCASE", "HTTPSERVER"),
            ("PascalCase", "HTTPServer"),
            ("camelCase", "httpServer"),
            ("snake_case", "http_server"),
            ("SCREAMING_SNAKE_CASE", "HTTP_SERVER"),
            ("kebab-case", "http-server"),
            ("SCREAMING-KEBAB-CASE", "HTTP-SERVER"),
        ];
        for (case, name) in cases {
            assert_eq!(Case::named(case).map(|case| case.apply("HTTPServer")).as_deref(), Some(name));
        }
    }

    #[test]
    fn only_a_similar_name_is_suggested() {
        let known = ["unique", "primary_key", "json", "name"];
        assert_eq!(nearest("uniqe", known), Some("unique"));
        assert_eq!(nearest("primarykey", known), Some("primary_key"));
        assert_eq!(nearest("jsno", known), Some("json"));
        assert_eq!(nearest("prim", known), Some("primary_key"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("x", []), None);
    }
}
