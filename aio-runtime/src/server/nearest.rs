//! Finds the name that was probably meant by a misspelled one.

/// Returns the name in `known` that is most similar to `name`, or `None` if none is similar.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, best) = known.into_iter().map(|known| (distance(name, known), known)).min()?;
    (distance <= 1 + name.len().min(best.len()) / 5).then_some(best)
}

/// Returns the number of bytes to insert, to remove or to replace.
fn distance(a: &str, b: &str) -> usize {
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, byte) in a.bytes().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.bytes().enumerate() {
            let replaced = last[j] + usize::from(byte != other);
            row.push(replaced.min(last[j + 1] + 1).min(row[j] + 1));
        }
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelled_name_is_recognized_and_another_one_is_not() {
        let known = ["sslmode", "sslcert", "application_name"];
        assert_eq!(nearest("sslmod", known), Some("sslmode"));
        assert_eq!(nearest("sslmoed", known), Some("sslmode"));
        assert_eq!(nearest("aplication-name", known), Some("application_name"));
        assert_eq!(nearest("statement_timeout", known), None);
        assert_eq!(nearest("", known), None);
    }
}
