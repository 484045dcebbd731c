#[automatically_derived]
#[allow(unused_qualifications)]
impl ::aio_sql::Table for Tagging {
    const TABLE: &'static ::aio_sql::schema::TableDef = &::aio_sql::schema::TableDef::new(
            "tagging",
            "Tagging",
            &[
                <i64 as ::aio_sql::ColumnType>::COLUMN.named("post_id"),
                <String as ::aio_sql::ColumnType>::COLUMN.named("tag"),
            ],
        )
        .primary_key(&["tag", "post_id"])
        .without_rowid();
    type New = Tagging;
    fn bind(&self, to: &mut ::aio_sql::Bindings) {
        <i64 as ::aio_sql::ColumnType>::bind_ref(&self.post_id, to);
        <String as ::aio_sql::ColumnType>::bind_ref(&self.tag, to);
    }
}
#[automatically_derived]
impl ::aio_sql::Keyed for Tagging {
    type Key = (String, i64);
    fn bind_key(&self, to: &mut ::aio_sql::Bindings) {
        <String as ::aio_sql::ColumnType>::bind_ref(&self.tag, to);
        <i64 as ::aio_sql::ColumnType>::bind_ref(&self.post_id, to);
    }
}
#[automatically_derived]
impl ::aio_sql::FromRow for Tagging {
    type Read = Self;
    const WIDTH: usize = 2;
    const NAMES: ::core::option::Option<::aio_sql::ColumnNames> = ::core::option::Option::Some(
        ::aio_sql::ColumnNames::Each(&["post_id", "tag"]),
    );
    const TYPES: ::aio_sql::__private::ColumnTypes = ::aio_sql::__private::types_of::<
        Tagging,
    >();
    fn from_row(row: &mut ::aio_sql::RowRef<'_>) -> ::aio_sql::Result<Self> {
        ::core::result::Result::Ok(Self {
            post_id: <i64 as ::aio_sql::ColumnType>::read(row)?,
            tag: <String as ::aio_sql::ColumnType>::read(row)?,
        })
    }
    fn read_row(row: &mut ::aio_sql::RowRef<'_>) -> ::aio_sql::Result<Self> {
        <Self as ::aio_sql::FromRow>::from_row(row)
    }
}
#[automatically_derived]
impl ::aio_sql::Insertable<Tagging> for Tagging {
    const COLUMNS: ::aio_sql::Names = &["post_id", "tag"];
    fn bind(self, to: &mut ::aio_sql::Bindings) {
        <i64 as ::aio_sql::ColumnType>::bind(self.post_id, to);
        <String as ::aio_sql::ColumnType>::bind(self.tag, to);
    }
}
#[allow(dead_code, private_bounds, private_interfaces)]
impl Tagging {
    /// The column `post_id`.
    const POST_ID: ::aio_sql::Column<Tagging, i64> = ::aio_sql::Column::new("post_id");
    /// The column `tag`.
    const TAG: ::aio_sql::Column<Tagging, String> = ::aio_sql::Column::new("tag");
}
/// The table `tagging`.
#[allow(dead_code, non_upper_case_globals)]
const Tagging: ::aio_sql::TableOf<Tagging> = ::aio_sql::TableOf::new();
