#[automatically_derived]
#[allow(unused_qualifications)]
impl ::aio_sql::Table for User {
    const TABLE: &'static ::aio_sql::schema::TableDef = &::aio_sql::schema::TableDef::new(
            "users",
            "User",
            &[
                ::aio_sql::schema::ColumnDef::auto(
                    <i64 as ::aio_sql::ColumnType>::COLUMN.named("id"),
                    ::aio_sql::schema::Auto::Free,
                ),
                <String as ::aio_sql::ColumnType>::COLUMN.named("email"),
                <String as ::aio_sql::ColumnType>::COLUMN.named("name"),
                <Option<i32> as ::aio_sql::ColumnType>::COLUMN.named("age"),
                <SystemTime as ::aio_sql::ColumnType>::COLUMN.named("joined"),
                ::aio_sql::schema::ColumnDef::default(
                    <i64 as ::aio_sql::ColumnType>::COLUMN.named("karma"),
                    ::aio_sql::schema::DefaultValue::Integer(0),
                ),
            ],
        )
        .primary_key(&["id"])
        .uniques(&[&["email"]]);
    type New = NewUser;
    fn bind(&self, to: &mut ::aio_sql::Bindings) {
        <i64 as ::aio_sql::ColumnType>::bind_ref(&self.id, to);
        <String as ::aio_sql::ColumnType>::bind_ref(&self.email, to);
        <String as ::aio_sql::ColumnType>::bind_ref(&self.name, to);
        <Option<i32> as ::aio_sql::ColumnType>::bind_ref(&self.age, to);
        <SystemTime as ::aio_sql::ColumnType>::bind_ref(&self.joined, to);
        <i64 as ::aio_sql::ColumnType>::bind_ref(&self.karma, to);
    }
}
#[automatically_derived]
impl ::aio_sql::Keyed for User {
    type Key = i64;
    fn bind_key(&self, to: &mut ::aio_sql::Bindings) {
        <i64 as ::aio_sql::ColumnType>::bind_ref(&self.id, to);
    }
}
#[automatically_derived]
impl ::aio_sql::FromRow for User {
    type Read = Self;
    const WIDTH: usize = 6;
    const NAMES: ::core::option::Option<::aio_sql::ColumnNames> = ::core::option::Option::Some(
        ::aio_sql::ColumnNames::Each(&["id", "email", "name", "age", "joined", "karma"]),
    );
    const TYPES: ::aio_sql::__private::ColumnTypes = ::aio_sql::__private::types_of::<
        User,
    >();
    fn from_row(row: &mut ::aio_sql::RowRef<'_>) -> ::aio_sql::Result<Self> {
        ::core::result::Result::Ok(Self {
            id: <i64 as ::aio_sql::ColumnType>::read(row)?,
            email: <String as ::aio_sql::ColumnType>::read(row)?,
            name: <String as ::aio_sql::ColumnType>::read(row)?,
            age: <Option<i32> as ::aio_sql::ColumnType>::read(row)?,
            joined: <SystemTime as ::aio_sql::ColumnType>::read(row)?,
            karma: <i64 as ::aio_sql::ColumnType>::read(row)?,
        })
    }
    fn read_row(row: &mut ::aio_sql::RowRef<'_>) -> ::aio_sql::Result<Self> {
        <Self as ::aio_sql::FromRow>::from_row(row)
    }
}
#[automatically_derived]
impl ::aio_sql::Insertable<User> for NewUser {
    const COLUMNS: ::aio_sql::Names = &["email", "name", "age", "joined", "karma"];
    fn bind(self, to: &mut ::aio_sql::Bindings) {
        <String as ::aio_sql::ColumnType>::bind(self.email, to);
        <String as ::aio_sql::ColumnType>::bind(self.name, to);
        <Option<i32> as ::aio_sql::ColumnType>::bind(self.age, to);
        <SystemTime as ::aio_sql::ColumnType>::bind(self.joined, to);
        <i64 as ::aio_sql::ColumnType>::bind_or_default(self.karma, to);
    }
}
#[allow(dead_code, private_bounds, private_interfaces)]
impl User {
    /// The column `id`.
    pub const ID: ::aio_sql::Column<User, i64> = ::aio_sql::Column::new("id");
    /// The address for notifications.
    pub const EMAIL: ::aio_sql::Column<User, String> = ::aio_sql::Column::new("email");
    /// The column `name`.
    pub const NAME: ::aio_sql::Column<User, String> = ::aio_sql::Column::new("name");
    /// The column `age`.
    pub const AGE: ::aio_sql::Column<User, Option<i32>> = ::aio_sql::Column::new("age");
    /// The column `joined`.
    pub const JOINED: ::aio_sql::Column<User, SystemTime> = ::aio_sql::Column::new(
        "joined",
    );
    /// The column `karma`.
    pub const KARMA: ::aio_sql::Column<User, i64> = ::aio_sql::Column::new("karma");
    /// Selects rows from the table.
    pub fn select() -> ::aio_sql::Select<User> {
        ::aio_sql::Select::new()
    }
    /// Inserts a row.
    pub fn insert(row: NewUser) -> ::aio_sql::Insert<User> {
        ::aio_sql::Insert::one_row(row)
    }
    /// Inserts several rows in one transaction.
    pub fn insert_all<'a>(
        rows: impl ::core::iter::IntoIterator<
            Item = NewUser,
            IntoIter: ::core::marker::Send + 'a,
        >,
    ) -> ::aio_sql::InsertAll<'a, User> {
        ::aio_sql::InsertAll::new(rows)
    }
    /// Inserts the rows of a stream in chunks, each in one transaction.
    pub fn insert_stream<'a>(
        rows: impl ::aio_sql::Stream<Item = NewUser> + ::core::marker::Send + 'a,
    ) -> ::aio_sql::InsertStream<'a, User> {
        ::aio_sql::InsertStream::new(rows)
    }
    /// Updates rows.
    pub fn update() -> ::aio_sql::Update<User> {
        ::aio_sql::Update::new()
    }
    /// Deletes rows.
    pub fn delete() -> ::aio_sql::Delete<User> {
        ::aio_sql::Delete::new()
    }
    /// Selects the rows of another table that foreign keys connect with this row.
    pub fn related<R, P, S: ::aio_sql::Rows>(&self, other: R) -> ::aio_sql::Related<S>
    where
        Self: ::aio_sql::Relates<R, P, Of = S>,
    {
        ::aio_sql::__private::related(self, other)
    }
    /// Selects the row with this primary key.
    #[doc(alias("find_by_id", "get", "get_by_id", "by_id"))]
    pub fn find(key: impl ::aio_sql::KeyValue<i64>) -> ::aio_sql::Select<User> {
        ::aio_sql::Select::find(key)
    }
    /// Writes the values of this struct to the row with its primary key.
    #[doc(alias("update", "save_changes", "into_active_model", "persist"))]
    pub fn save(&mut self, on: &::aio_sql::Executor) -> ::aio_sql::Save<'_, User> {
        ::aio_sql::Save::new(self, on)
    }
    /// Deletes the row with the primary key of this struct.
    #[doc(alias("delete", "destroy"))]
    pub fn remove(&self, on: &::aio_sql::Executor) -> ::aio_sql::Remove<User> {
        ::aio_sql::Remove::new(self, on)
    }
    /// Reads the row with this struct's primary key again, and replaces the struct's values.
    #[doc(alias("reload", "refresh_from_db"))]
    pub fn refresh(&mut self, on: &::aio_sql::Executor) -> ::aio_sql::Refresh<'_, User> {
        ::aio_sql::Refresh::new(self, on)
    }
}
/// The table `users`.
#[allow(dead_code, non_upper_case_globals)]
pub const User: ::aio_sql::TableOf<User> = ::aio_sql::TableOf::new();
/// A new row of `users`.
#[allow(dead_code)]
pub struct NewUser {
    /// The address for notifications.
    pub email: String,
    /// The column `name`.
    pub name: String,
    /// The column `age`.
    pub age: Option<i32>,
    /// The column `joined`.
    pub joined: SystemTime,
    /// The column `karma`; `None` leaves it to its default.
    karma: ::core::option::Option<i64>,
}
