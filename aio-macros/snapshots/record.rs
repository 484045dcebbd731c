#[automatically_derived]
impl ::aio_sql::FromRow for Entry {
    const WIDTH: usize = 3;
    const NAMES: ::core::option::Option<&'static [&'static str]> = ::core::option::Option::Some(
        &["name", "how_old", "tags"],
    );
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
}
#[automatically_derived]
impl ::aio_sql::Record for Entry {
    type Fields = (
        String,
        Option<i32>,
        ::core::option::Option<::aio_sql::Json<Vec<String>>>,
    );
}
