//! The definition of a column.

use super::{CheckDef, Clock, Domain, Type};

/// A column: its name, its type and its constraints.
#[derive(Clone, Copy, Debug)]
pub struct ColumnDef {
    /// The name in the database.
    pub name: &'static str,
    /// The type of its values.
    pub ty: Type,
    /// The values of its type that it can have.
    pub domain: Domain,
    /// How many of the digits of an integer stand behind the point.
    pub scale: u32,
    /// Whether it can be NULL.
    pub nullable: bool,
    /// Whether and how the database generates its value.
    pub auto: Auto,
    /// The value of a new row that has none for it.
    pub default: Option<DefaultValue>,
    /// A condition on its values.
    pub check: Option<CheckDef>,
    /// The collation by which its text is compared.
    pub collate: Option<Collation>,
    /// The expression that computes its value.
    pub generated: Option<Generated>,
    /// The role that the library gives it.
    pub role: Option<Role>,
}

impl ColumnDef {
    /// Creates a column of this type without a name.
    pub const fn new(ty: Type, domain: Domain, nullable: bool) -> ColumnDef {
        ColumnDef {
            name: "",
            ty,
            domain,
            scale: 0,
            nullable,
            auto: Auto::No,
            default: None,
            check: None,
            collate: None,
            generated: None,
            role: None,
        }
    }

    /// Sets how many of the digits of an integer stand behind the point.
    #[must_use]
    pub const fn scaled(mut self, scale: u32) -> ColumnDef {
        self.scale = scale;
        self
    }

    /// Sets the name.
    pub const fn named(mut self, name: &'static str) -> ColumnDef {
        self.name = name;
        self
    }

    /// Sets how the database generates the value.
    ///
    /// # Panics
    /// At compile time, if the type is not an integer.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn auto(mut self, auto: Auto) -> ColumnDef {
        if !matches!(self.ty, Type::Integer) || self.nullable {
            panic!("`auto` is for a key that is an integer, such as `i64`");
        }
        self.auto = auto;
        self
    }

    /// Sets the default.
    ///
    /// # Panics
    /// At compile time, if the column cannot hold the value.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn default(mut self, default: DefaultValue) -> ColumnDef {
        match (default, self.ty) {
            (DefaultValue::Sql(_), _) => {}
            (DefaultValue::Now, Type::Timestamp | Type::DateTime | Type::Date | Type::Time) => {}
            (DefaultValue::Now, Type::Encoded(encoding)) if encoding.has_present() => {}
            // Whether a literal is a value of such a form cannot be said here.
            (_, Type::Encoded(_)) => panic!(
                "the default of a column in the form of another program is SQL: `default = sql(\"0\")`; that of a time may be `now`"
            ),
            (DefaultValue::Now, _) => panic!("`default = now` is for a column that holds a date or a time"),
            (DefaultValue::Bool(_), Type::Bool) => {}
            (DefaultValue::Integer(value), Type::Integer) if !self.domain.includes(value) => match self.domain {
                Domain::Integers(_) => panic!("the default is the number of no variant of the enum"),
                _ => panic!("the default is past the limits of the column's type"),
            },
            (DefaultValue::Text(text), Type::Text) if !self.domain.includes_text(text) => {
                let Domain::Texts(texts) = self.domain else { panic!("the default is no text of the column's type") };
                panic!("{}", TextsOfEnum::list(texts).as_str())
            }
            (DefaultValue::Integer(_), Type::Integer | Type::Real) => {}
            (DefaultValue::Real(_), Type::Real) => {}
            (DefaultValue::Text(_), Type::Text | Type::Decimal | Type::Json) => {}
            (DefaultValue::Text(text), Type::Timestamp) if text.len() == 30 => {}
            (DefaultValue::Text(text), Type::DateTime) if text.len() == 29 => {}
            (DefaultValue::Text(text), Type::Date) if text.len() == 10 => {}
            (DefaultValue::Text(text), Type::Time) if text.len() == 18 => {}
            (DefaultValue::Text(_), Type::Timestamp | Type::DateTime | Type::Date | Type::Time) => {
                panic!("the default is not in the stored form, such as `2013-01-01T10:00:00.000000000Z`")
            }
            (DefaultValue::Blob(_), Type::Blob) => {}
            (DefaultValue::Blob(bytes), Type::Uuid) if bytes.len() == 16 => {}
            (_, Type::Bool) => panic!("the default of a bool is `true` or `false`"),
            (_, Type::Integer) => panic!("the default of an integer is a whole number, such as `0`"),
            (_, Type::Real) => panic!("the default of a floating point number is a number, such as `0.0`"),
            (_, Type::Text | Type::Decimal | Type::Json) => {
                panic!("the default of this type is a string, such as `\"\"`")
            }
            (_, Type::Blob) => panic!("the default of bytes is a byte string, such as `b\"\"`"),
            (_, Type::Uuid) => panic!("the default of a UUID is a byte string of 16 bytes"),
            (_, _) => panic!("the default of a date or a time is `now` or a string in the stored form"),
        }
        self.default = Some(default);
        self
    }

    /// Sets the condition on its values.
    pub const fn check(mut self, check: CheckDef) -> ColumnDef {
        self.check = Some(check);
        self
    }

    /// Sets the collation.
    ///
    /// # Panics
    /// At compile time, if the column does not hold text.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn collate(mut self, collate: Collation) -> ColumnDef {
        if !matches!(self.ty, Type::Text) {
            panic!("`collate` is for a column that holds text");
        }
        self.collate = Some(collate);
        self
    }

    /// Makes it a generated column.
    pub const fn generated(mut self, generated: Generated) -> ColumnDef {
        self.generated = Some(generated);
        self
    }

    /// Sets the role.
    ///
    /// # Panics
    /// At compile time, if a version is not an integer.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn role(mut self, role: Role) -> ColumnDef {
        if matches!(role, Role::Version) && (!matches!(self.ty, Type::Integer) || self.nullable) {
            panic!("`version` is for a column that is an integer, such as `i64`");
        }
        self.role = Some(role);
        self
    }
}

/// The error of a default that is no text of an enum. It is a fixed space, for a constant has no
/// other.
struct TextsOfEnum {
    text: [u8; 240],
    length: usize,
}

impl TextsOfEnum {
    /// Lists these texts, or as many of them as there is space for.
    const fn list(texts: &[&str]) -> TextsOfEnum {
        let mut list = TextsOfEnum { text: [0; 240], length: 0 };
        list.push("the default is no variant of the enum, which is one of ");
        let mut place = 0;
        while place < texts.len() {
            if list.length + texts[place].len() + "`, `…".len() > list.text.len() {
                list.push("…");
                return list;
            }
            list.push(if place == 0 { "`" } else { ", `" });
            list.push(texts[place]);
            list.push("`");
            place += 1;
        }
        list
    }

    const fn push(&mut self, text: &str) {
        let mut place = 0;
        while place < text.len() && self.length < self.text.len() {
            self.text[self.length] = text.as_bytes()[place];
            self.length += 1;
            place += 1;
        }
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.text.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "the default is no variant of the enum",
        }
    }
}

/// How the database generates a column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auto {
    /// It does not.
    No,
    /// It takes a number that is free.
    Free,
    /// It takes a number that has never been used (`autoincrement`).
    NeverUsed,
}

/// The value of a column in a new row that has none for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// A bool.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// Text.
    Text(&'static str),
    /// Bytes.
    Blob(&'static [u8]),
    /// The current time, in the stored form of the column's type.
    Now,
    /// An expression.
    Sql(&'static str),
}

/// How text is compared (<https://sqlite.org/datatype3.html#collating_sequences>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collation {
    /// Byte by byte.
    Binary,
    /// Ignoring the case of ASCII letters: `Ä` and `ä` are two.
    NoCase,
    /// Ignoring the case of every letter, by Unicode's case folding: `ß` equals `SS`, and a letter
    /// with an accent never one without. It needs the feature `unicode`, in every program that
    /// uses the file; without it, what needs the collation fails with an error that names the
    /// feature. In SQL its name is `unicode_nocase`.
    ///
    /// A new version of Unicode may order a few letters differently: after an update that changes
    /// that of Rust or of the crate `unicase`, run `reindex`.
    ///
    /// `starts_with`, `ends_with`, `contains`, `like` and `ilike` of such text ignore the case of
    /// every letter too, and `lower` and `upper` change every letter. In a pattern, `_` is a
    /// character of the folded text.
    Unicode,
    /// Ignoring trailing spaces.
    RTrim,
    /// A collation that the user registered.
    Named(&'static str),
}

/// The expression that computes a column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generated {
    /// Computed when the column is read.
    Virtual(&'static str),
    /// Computed when the row is written.
    Stored(&'static str),
}

/// A column that the library sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Set to the time of this clock when the row is inserted.
    CreatedAt(Clock),
    /// Set to the time of this clock when the row is inserted or updated.
    UpdatedAt(Clock),
    /// The number of updates. `save` fails for a row with another number.
    Version,
}
