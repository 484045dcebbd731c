#[automatically_derived]
impl ::aio_sql::FromRow for Line {
    type Read = Self;
    const WIDTH: usize = 2 + <Post as ::aio_sql::FromRow>::WIDTH
        + <Option<Team> as ::aio_sql::FromRow>::WIDTH;
    const NAMES: ::core::option::Option<::aio_sql::ColumnNames> = ::core::option::Option::Some(
        ::aio_sql::ColumnNames::Parts(
            &[
                ::aio_sql::__private::nested(<Post as ::aio_sql::FromRow>::NAMES),
                ::aio_sql::ColumnNames::Each(&["author", "likes"]),
                ::aio_sql::__private::nested(
                    <Option<Team> as ::aio_sql::FromRow>::NAMES,
                ),
            ],
        ),
    );
    fn from_row(row: &mut ::aio_sql::RowRef<'_>) -> ::aio_sql::Result<Self> {
        ::core::result::Result::Ok(Self {
            post: <Post as ::aio_sql::FromRow>::from_row(row)?,
            author: <String as ::aio_sql::ColumnType>::read(row)?,
            likes: <i64 as ::aio_sql::ColumnType>::read(row)?,
            team: <Option<Team> as ::aio_sql::FromRow>::from_row(row)?,
        })
    }
    fn read_row(row: &mut ::aio_sql::RowRef<'_>) -> ::aio_sql::Result<Self> {
        <Self as ::aio_sql::FromRow>::from_row(row)
    }
}
#[automatically_derived]
impl ::aio_sql::Record for Line {
    type Fields = (Post, String, i64, Option<Team>);
    fn from_fields(fields: Self::Fields) -> Self {
        Self {
            post: fields.0,
            author: fields.1,
            likes: fields.2,
            team: fields.3,
        }
    }
}
/// It cannot name the columns of a CTE, because it has nested fields.
#[allow(dead_code, non_upper_case_globals)]
const Line: ::aio_sql::TableOf<Line> = ::aio_sql::TableOf::new();
