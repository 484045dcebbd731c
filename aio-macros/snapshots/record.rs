#[automatically_derived]
impl ::aio_sql::FromRow for Entry {
    type Read = Self;
    const WIDTH: usize = 3;
    const NAMES: ::core::option::Option<::aio_sql::ColumnNames> = ::core::option::Option::Some(
        ::aio_sql::ColumnNames::Each(&["name", "how_old", "tags"]),
    );
    const TYPES: ::aio_sql::__private::ColumnTypes = ::aio_sql::__private::types_of::<
        Entry,
    >();
    fn from_row(row: &mut ::aio_sql::RowRef<'_>) -> ::aio_sql::Result<Self> {
        ::core::result::Result::Ok(Self {
            name: <String as ::aio_sql::ColumnType>::read(row)?,
            age: <Option<i32> as ::aio_sql::ColumnType>::read(row)?,
            tags: <::core::option::Option<
                ::aio_sql::Json<Vec<String>>,
            > as ::aio_sql::Wrapped<Option<Vec<String>>>>::read_field(row)?,
            seen: <bool as ::core::default::Default>::default(),
        })
    }
    fn read_row(row: &mut ::aio_sql::RowRef<'_>) -> ::aio_sql::Result<Self> {
        <Self as ::aio_sql::FromRow>::from_row(row)
    }
}
#[automatically_derived]
impl ::aio_sql::Record for Entry {
    type Fields = (String, Option<i32>, Option<Vec<String>>);
    fn from_fields(fields: Self::Fields) -> Self {
        Self {
            name: fields.0,
            age: fields.1,
            tags: fields.2,
            seen: <bool as ::core::default::Default>::default(),
        }
    }
}
#[automatically_derived]
impl ::aio_sql::Source for Entry {
    type Row = Self;
    const DEFINITION: &'static ::aio_sql::schema::TableDef = &::aio_sql::schema::TableDef::new(
        "entry",
        "Entry",
        &[
            <String as ::aio_sql::ColumnType>::COLUMN.named("name"),
            <Option<i32> as ::aio_sql::ColumnType>::COLUMN.named("how_old"),
            <::core::option::Option<
                ::aio_sql::Json<Vec<String>>,
            > as ::aio_sql::ColumnType>::COLUMN
                .named("tags"),
        ],
    );
    const ALIAS: ::core::option::Option<&'static str> = ::core::option::Option::None;
}
#[automatically_derived]
impl ::aio_sql::__private::NamesColumns for Entry {
    type Columns = (
        String,
        Option<i32>,
        ::core::option::Option<::aio_sql::Json<Vec<String>>>,
    );
}
#[allow(dead_code, private_bounds, private_interfaces)]
impl Entry {
    /// The column `name`.
    pub const NAME: ::aio_sql::Column<Entry, String> = ::aio_sql::Column::new("name");
    /// The column `how_old`.
    const AGE: ::aio_sql::Column<Entry, Option<i32>> = ::aio_sql::Column::new("how_old");
    /// The column `tags`.
    const TAGS: ::aio_sql::Column<
        Entry,
        ::core::option::Option<::aio_sql::Json<Vec<String>>>,
    > = ::aio_sql::Column::new("tags");
}
#[allow(dead_code)]
const _: fn(&Entry) = |record| {
    let _ = &record.name;
    let _ = &record.age;
    let _ = &record.tags;
    let _ = &record.seen;
};
/// The CTE with the name `entry`, in the FROM clause of a query.
#[allow(dead_code, non_upper_case_globals)]
pub const Entry: ::aio_sql::TableOf<Entry> = ::aio_sql::TableOf::new();
