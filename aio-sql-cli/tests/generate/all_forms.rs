// Written by `aio-sql generate`.
//
// The types need, in Cargo.toml:
//
//     aio-sql = { version = "0.1", features = ["jiff", "json", "rust_decimal", "uuid"] }
//     jiff = "0.2"
//     serde_json = "1"
//     rust_decimal = "1"
//     uuid = "1"

use aio_sql::{Record, SqlType, Table};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "categories", strict = false)]
pub struct Category {
    #[column(primary_key, auto)]
    pub id: i64,
    #[column(references = Category::ID)]
    pub parent: Option<i64>,
    pub name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(strict = false)]
pub struct NewOption {
    #[column(primary_key, auto)]
    pub id: i64,
    pub level: String,
    #[column(default = r#"it's "quoted""#)]
    pub note: Option<String>,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "option", strict = false)]
pub struct OptionRow {
    #[column(primary_key, autoincrement)]
    pub id: i64,
    #[column(references = Type::ID, on_delete = set_null)]
    pub r#type: Option<i64>,
    #[column(name = "type id", references = Type::ID, on_update = cascade, deferred)]
    pub type_id: Option<i64>,
}

// What to know about the table `several_parents`:
// - the foreign key (b) to `categories` is left out, because its columns have another type there
// - the foreign key (b) is not in the struct: to categories (id), on delete NO ACTION, on update
//   NO ACTION
#[derive(Table, Clone, Debug, PartialEq)]
#[table(
    name = "several_parents",
    unique(b, a),
    foreign_key(columns(a), references(Type::ID)),
    strict = false
)]
pub struct SeveralParent {
    #[column(unique, references = Category::ID)]
    pub a: Option<i64>,
    pub b: Option<String>,
}

// What to know about the table `statuses`:
// - the column `code` is read as text, because there are no values that tell the type
#[derive(Table, Clone, Debug, PartialEq)]
pub struct Statuses {
    #[column(primary_key, declared_type = "ANY")]
    pub code: String,
    pub name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(
    index(
        expr = r#"lower("self") COLLATE nocase"#,
        expr = "length(uid) DESC",
        price,
        name = "by expression"
    ),
    index(
        r#unique,
        expr = "fn DESC",
        unique,
        where = r#""unique" is not null and "fn" > 0"#,
        name = "by unique"
    ),
    check(expr = "ratio >= 0 and whole > -1", name = "sane"),
    strict = false
)]
pub struct Type {
    #[column(primary_key, auto)]
    pub id: i64,
    #[column(name = "self", unique, collate = nocase)]
    pub self_: String,
    #[column(default = -7, check = r#""fn" < 100"#)]
    pub r#fn: i64,
    pub unique: Option<String>,
    #[column(name = "2fa", declared_type = "boolean", default = false)]
    pub n2fa: bool,
    #[column(declared_type = "INTEGER", default = true)]
    pub is_admin: bool,
    #[column(index, default = 0.5)]
    pub ratio: f64,
    #[column(default = sql("1"))]
    pub whole: Option<f64>,
    #[column(declared_type = "decimal(10, 2)", decimal = "real", default = 0.19)]
    pub price: rust_decimal::Decimal,
    #[column(default = "dark-red")]
    pub level: TypeLevel,
    pub size: Option<TypeSize>,
    #[column(declared_type = "timestamp", time = "datetime", default = sql("current_timestamp"))]
    pub created: jiff::Timestamp,
    #[column(time = "unix_seconds")]
    pub changed_at: Option<jiff::Timestamp>,
    #[column(time = "unix_millis")]
    pub seen_at: Option<jiff::Timestamp>,
    #[column(time = "julian")]
    pub day: Option<jiff::Timestamp>,
    #[column(time = "julian")]
    pub julian_time: Option<jiff::Timestamp>,
    #[column(time = "time(3)")]
    pub opened: Option<jiff::civil::Time>,
    #[column(declared_type = "date")]
    pub born: Option<jiff::civil::Date>,
    pub token: Option<uuid::Uuid>,
    #[column(uuid = "simple")]
    pub uid: Option<uuid::Uuid>,
    #[column(uuid = "upper")]
    pub r#ref: Option<uuid::Uuid>,
    #[column(declared_type = "json")]
    pub doc: Option<serde_json::Value>,
    #[column(default = b"\x00\xff")]
    pub raw: Option<Vec<u8>>,
    #[column(declared_type = "", default = "plain")]
    pub notes: Option<String>,
    #[column(declared_type = "numeric", decimal = "real", generated = "price * 2")]
    pub price_total: Option<rust_decimal::Decimal>,
    #[column(generated = r#"length("self")"#, stored)]
    pub length: Option<i64>,
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeLevel {
    #[sql_type(name = "dark-red")]
    DarkRed,
    Grass,
    #[sql_type(name = "BLUE")]
    Blue,
    #[sql_type(name = "")]
    Empty,
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeSize {
    Small,
    Large,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(
    name = "Vec",
    primary_key(b, a),
    unique(a, c),
    foreign_key(columns(a, b), references(VecRow::B, VecRow::A), on_delete = cascade),
    strict = false,
    without_rowid
)]
pub struct VecRow {
    pub a: String,
    pub b: String,
    pub c: Option<String>,
}

/// A row of the view `the view`.
#[derive(Record, Clone, Debug, PartialEq)]
pub struct TheView {
    pub r#fn: Option<String>,
    #[record(name = "how many")]
    pub how_many: Option<i64>,
    #[record(decimal = "real")]
    pub price: Option<rust_decimal::Decimal>,
}
