//! Hides the passwords in addresses.

/// Replaces the passwords of URLs in a text by `***`: that before the host, and the values of
/// parameters such as `password`.
pub fn without_passwords(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        shown += before;
        let end = after.find(|c: char| c.is_whitespace() || "/?#'`\"".contains(c)).unwrap_or(after.len());
        // A password may contain an `@` or a slash that was not encoded, so the last `@` before
        // white space or a quote is taken for its end.
        let word = after.find(|c: char| c.is_whitespace() || "'`\"".contains(c)).unwrap_or(after.len());
        let user = after[..word].rfind('@').filter(|at| after[..*at].contains(':') || *at < end);
        match user {
            Some(at) => {
                let name = after[..at].split_once(':').map(|(name, _)| name);
                shown += &name.map_or_else(|| after[..at].to_owned(), |name| format!("{name}:***"));
                rest = &after[at..];
            }
            None => rest = after,
        }
    }
    shown += rest;
    for parameter in ["password", "passwd", "pwd", "secret", "token", "key"] {
        shown = without_parameter(&shown, parameter);
    }
    shown
}

/// Replaces the value after `?name=` and `&name=` by `***`.
fn without_parameter(text: &str, name: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    let lower = |text: &str| text.to_ascii_lowercase();
    while let Some(at) = lower(rest).find(&format!("{name}=")) {
        let (before, after) = rest.split_at(at + name.len() + 1);
        shown += before;
        rest = after;
        if before[..at].ends_with(['?', '&']) {
            let end = after.find(|c: char| c.is_whitespace() || "&'`\"".contains(c)).unwrap_or(after.len());
            shown += "***";
            rest = &after[end..];
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::without_passwords;

    #[test]
    fn passwords_of_addresses_are_not_shown() {
        for (text, shown) in [
            ("postgres://dana:s3cret@host/db", "postgres://dana:***@host/db"),
            ("a `postgres://dana:s3:c@r/et@host/db` b", "a `postgres://dana:***@host/db` b"),
            ("mysql://host/db?user=a&PASSWORD=s3cret&x=1", "mysql://host/db?user=a&PASSWORD=***&x=1"),
            ("sqlite:app.db?key=s3cret", "sqlite:app.db?key=***"),
            ("sqlite:app.db?mode=ro", "sqlite:app.db?mode=ro"),
            ("http://host/path and dana:s3@x", "http://host/path and dana:s3@x"),
            ("postgres://dana@host/db", "postgres://dana@host/db"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }
}
