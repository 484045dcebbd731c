//! A path to a value inside a JSON document.

/// A path from a document to a value inside it, as a list of steps.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Order {
///     #[column(primary_key)]
///     id: i64,
///     #[column(json)]
///     lines: Vec<String>,
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
///
/// // Methods take a path as text: `$` is the document, `#-1` is the last element of an array.
/// db.create(Order).await?;
/// Order::insert(Order { id: 1, lines: vec!["tea".into(), "pot".into()] }).execute(&db).await?;
/// let last = Order::LINES.json_extract::<String>("$[#-1]");
/// assert_eq!(Order::select().columns(last).one(&db).await?, Some("pot".into()));
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath(Vec<JsonStep>);

/// A step into an object or an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonStep {
    /// The member of an object with this name.
    Member(String),
    /// The element of an array at this index, from 0.
    Element(u32),
    /// The element of an array at this index from the end: 1 is the last element, and 0 is the
    /// position after it.
    FromEnd(u32),
}

impl JsonPath {
    /// Parses a path such as `$.address.city`, `$.tags[0]`, `$.tags[#-1]` or `$."a.b"`. Returns
    /// `None` if the text is not a path.
    pub(crate) fn parse(text: &str) -> Option<JsonPath> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let step;
            if let Some(quoted) = rest.strip_prefix(".\"") {
                (step, rest) = quoted.split_once('"')?;
                steps.push(JsonStep::Member(step.to_owned()));
            } else if let Some(name) = rest.strip_prefix('.') {
                (step, rest) = name.split_at(name.find(['.', '[']).unwrap_or(name.len()));
                steps.push(JsonStep::Member((!step.is_empty()).then(|| step.to_owned())?));
            } else {
                (step, rest) = rest.strip_prefix('[')?.split_once(']')?;
                steps.push(match step.strip_prefix('#') {
                    None => JsonStep::Element(step.parse().ok()?),
                    Some("") => JsonStep::FromEnd(0),
                    Some(offset) => JsonStep::FromEnd(offset.strip_prefix('-')?.parse().ok()?),
                });
            }
        }
        Some(JsonPath(steps))
    }

    /// Returns the steps, of which the first begins at the whole document.
    pub fn steps(&self) -> &[JsonStep] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::JsonPath;
    use super::JsonStep::{Element, FromEnd, Member};

    #[test]
    fn a_path_is_parsed_into_its_steps() {
        let member = |name: &str| Member(name.to_owned());
        let steps = |path| JsonPath::parse(path).map(|path| path.0);
        assert_eq!(steps("$"), Some(vec![]));
        let all = vec![member("a"), member("b"), Element(0), FromEnd(1), FromEnd(0), member("c.d"), member("")];
        assert_eq!(steps("$.a.b[0][#-1][#].\"c.d\".\"\""), Some(all));
        for invalid in ["", "a", "$.", "$a", "$[x]", "$[1", "$[#1]", "$[-1]", "$.\"a", "$.\"a\"b", "$..a"] {
            assert_eq!(steps(invalid), None, "{invalid}");
        }
    }
}
