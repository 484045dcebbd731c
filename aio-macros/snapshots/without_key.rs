#[automatically_derived]
#[allow(unused_qualifications)]
impl ::aio_sql::Table for LogLine {
    const TABLE: &'static ::aio_sql::schema::TableDef = &::aio_sql::schema::TableDef::new(
        "log_line",
        "LogLine",
        &[<String as ::aio_sql::ColumnType>::COLUMN.named("line")],
    );
    type New = LogLine;
    fn bind(&self, to: &mut ::aio_sql::Bindings) {
        <String as ::aio_sql::ColumnType>::bind_ref(&self.line, to);
    }
}
#[automatically_derived]
impl ::aio_sql::FromRow for LogLine {
    type Read = Self;
    const WIDTH: usize = 1;
    const NAMES: ::core::option::Option<::aio_sql::ColumnNames> = ::core::option::Option::Some(
        ::aio_sql::ColumnNames::Each(&["line"]),
    );
    const TYPES: ::aio_sql::__private::ColumnTypes = ::aio_sql::__private::types_of::<
        LogLine,
    >();
    fn from_row(row: &mut ::aio_sql::RowRef<'_>) -> ::aio_sql::Result<Self> {
        ::core::result::Result::Ok(Self {
            line: <String as ::aio_sql::ColumnType>::read(row)?,
        })
    }
    fn read_row(row: &mut ::aio_sql::RowRef<'_>) -> ::aio_sql::Result<Self> {
        <Self as ::aio_sql::FromRow>::from_row(row)
    }
}
#[automatically_derived]
impl ::aio_sql::Insertable<LogLine> for LogLine {
    const COLUMNS: ::aio_sql::Names = &["line"];
    fn bind(self, to: &mut ::aio_sql::Bindings) {
        <String as ::aio_sql::ColumnType>::bind(self.line, to);
    }
}
#[allow(dead_code, private_bounds, private_interfaces)]
impl LogLine {
    /// The column `line`.
    const LINE: ::aio_sql::Column<LogLine, String> = ::aio_sql::Column::new("line");
    /// Selects rows from the table.
    fn select() -> ::aio_sql::Select<LogLine> {
        ::aio_sql::Select::new()
    }
    /// Inserts a row.
    fn insert(row: LogLine) -> ::aio_sql::Insert<LogLine> {
        ::aio_sql::Insert::one_row(row)
    }
    /// Inserts several rows in one transaction.
    fn insert_all<'a>(
        rows: impl ::core::iter::IntoIterator<
            Item = LogLine,
            IntoIter: ::core::marker::Send + 'a,
        >,
    ) -> ::aio_sql::InsertAll<'a, LogLine> {
        ::aio_sql::InsertAll::new(rows)
    }
    /// Inserts the rows of a stream in chunks, each in one transaction.
    fn insert_stream<'a>(
        rows: impl ::aio_sql::Stream<Item = LogLine> + ::core::marker::Send + 'a,
    ) -> ::aio_sql::InsertStream<'a, LogLine> {
        ::aio_sql::InsertStream::new(rows)
    }
    /// Updates rows.
    fn update() -> ::aio_sql::Update<LogLine> {
        ::aio_sql::Update::new()
    }
    /// Deletes rows.
    fn delete() -> ::aio_sql::Delete<LogLine> {
        ::aio_sql::Delete::new()
    }
    /// Selects the rows of another table that foreign keys connect with this row.
    fn related<R, P, S: ::aio_sql::Rows>(&self, other: R) -> ::aio_sql::Related<S>
    where
        Self: ::aio_sql::Relates<R, P, Of = S>,
    {
        ::aio_sql::__private::related(self, other)
    }
    #[doc(hidden)]
    fn find<K, P>(_key: K) -> ::aio_sql::Select<Self>
    where
        Self: ::aio_sql::HasKey<P>,
    {
        ::aio_sql::Select::new()
    }
    #[doc(hidden)]
    fn save<P>(
        &self,
        _on: &::aio_sql::Executor,
    ) -> ::core::future::Ready<::aio_sql::Result<()>>
    where
        Self: ::aio_sql::HasKey<P>,
    {
        ::core::future::ready(::core::result::Result::Ok(()))
    }
    #[doc(hidden)]
    fn remove<P>(
        &self,
        _on: &::aio_sql::Executor,
    ) -> ::core::future::Ready<::aio_sql::Result<()>>
    where
        Self: ::aio_sql::HasKey<P>,
    {
        ::core::future::ready(::core::result::Result::Ok(()))
    }
    #[doc(hidden)]
    fn refresh<P>(
        &self,
        _on: &::aio_sql::Executor,
    ) -> ::core::future::Ready<::aio_sql::Result<()>>
    where
        Self: ::aio_sql::HasKey<P>,
    {
        ::core::future::ready(::core::result::Result::Ok(()))
    }
}
/// The table `log_line`.
#[allow(dead_code, non_upper_case_globals)]
const LogLine: ::aio_sql::TableOf<LogLine> = ::aio_sql::TableOf::new();
