//! Which changes of a column's type PostgreSQL makes without writing the rows anew.

/// Returns whether a change of the type of a column from `old` to `new` makes PostgreSQL write all
/// rows anew (<https://www.postgresql.org/docs/current/sql-altertable.html#id-1.9.3.35.7>). A
/// change of types that are not known here counts as one.
pub(super) fn rewrites(old: &str, new: &str) -> bool {
    let (old, new) = (Type::read(old), Type::read(new));
    if old == new {
        return false;
    }
    let is_longer = |place: usize| match (old.limits.get(place), new.limits.get(place)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(old), Some(new)) => new >= old,
    };
    match (&*old.name, &*new.name) {
        ("varchar" | "text", "varchar" | "text") => !is_longer(0),
        ("varbit", "varbit") => !is_longer(0),
        ("numeric", "numeric") => !(is_longer(0) && (new.limits.is_empty() || old.limits.get(1) == new.limits.get(1))),
        ("timestamp" | "timestamptz" | "time" | "timetz" | "interval", same) if same == old.name => !is_longer(0),
        ("cidr", "inet") => false,
        _ => true,
    }
}

/// A type: its usual name, and what is in its parentheses.
#[derive(Debug, PartialEq, Eq)]
struct Type {
    name: String,
    limits: Vec<u32>,
}

impl Type {
    fn read(text: &str) -> Type {
        let text = text.to_ascii_lowercase();
        let (before, rest) = text.split_once('(').unwrap_or((&text, ""));
        let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
        let limits = inside.split(',').filter_map(|limit| limit.trim().parse().ok()).collect();
        let words: Vec<&str> = before.split_whitespace().chain(after.split_whitespace()).collect();
        let name = match words.join(" ").as_str() {
            "character varying" => "varchar",
            "decimal" => "numeric",
            "int" | "int4" => "integer",
            "int8" => "bigint",
            "int2" => "smallint",
            "bit varying" => "varbit",
            "timestamp without time zone" => "timestamp",
            "timestamp with time zone" => "timestamptz",
            "time without time zone" => "time",
            "time with time zone" => "timetz",
            other => other,
        }
        .to_owned();
        Type { name, limits }
    }
}

#[cfg(test)]
mod tests {
    use super::rewrites;

    #[test]
    fn only_changes_that_keep_the_bytes_of_all_rows_do_not_write_them() {
        for (old, new) in [
            ("character varying(20)", "varchar(40)"),
            ("character varying(20)", "text"),
            ("text", "varchar"),
            ("numeric(10,2)", "numeric(12, 2)"),
            ("numeric(10,2)", "numeric"),
            ("integer", "int4"),
            ("timestamp(3) with time zone", "timestamptz"),
            ("cidr", "inet"),
        ] {
            assert!(!rewrites(old, new), "{old} to {new}");
        }
        for (old, new) in [
            ("integer", "bigint"),
            ("character varying(20)", "varchar(10)"),
            ("text", "varchar(10)"),
            ("numeric(10,2)", "numeric(12,3)"),
            ("numeric(10,2)", "numeric(8,2)"),
            ("timestamp without time zone", "timestamptz"),
            ("text", "jsonb"),
            ("character(3)", "character(5)"),
        ] {
            assert!(rewrites(old, new), "{old} to {new}");
        }
    }
}
