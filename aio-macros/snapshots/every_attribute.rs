#[automatically_derived]
#[allow(unused_qualifications)]
impl crate::sql::Table for Member {
    const TABLE: &'static crate::sql::schema::TableDef = &crate::sql::schema::TableDef::new(
            "members",
            "Member",
            &[
                crate::sql::schema::ColumnDef::auto(
                    <i64 as crate::sql::ColumnType>::COLUMN.named("member_id"),
                    crate::sql::schema::Auto::NeverUsed,
                ),
                crate::sql::schema::ColumnDef::collate(
                    <String as crate::sql::ColumnType>::COLUMN.named("email"),
                    crate::sql::schema::Collation::NoCase,
                ),
                crate::sql::schema::ColumnDef::collate(
                    <String as crate::sql::ColumnType>::COLUMN
                        .named("name")
                        .check(crate::sql::schema::CheckDef::new("length(name) > 0"))
                        .declared_type("VARCHAR(20)"),
                    crate::sql::schema::Collation::Named("german"),
                ),
                crate::sql::schema::ColumnDef::default(
                    <i64 as crate::sql::ColumnType>::COLUMN
                        .named("karma")
                        .comment("of all games")
                        .was("points")
                        .backfill("points / 10"),
                    crate::sql::schema::DefaultValue::Integer(-1),
                ),
                crate::sql::schema::ColumnDef::default(
                    <f64 as crate::sql::ColumnType>::COLUMN.named("weight"),
                    crate::sql::schema::DefaultValue::Number("0.5"),
                ),
                crate::sql::schema::ColumnDef::default(
                    <Option<String> as crate::sql::ColumnType>::COLUMN.named("text"),
                    crate::sql::schema::DefaultValue::Text("a \"quoted\" text"),
                ),
                crate::sql::schema::ColumnDef::default(
                    <bool as crate::sql::ColumnType>::COLUMN.named("active"),
                    crate::sql::schema::DefaultValue::Bool(true),
                ),
                crate::sql::schema::ColumnDef::default(
                    <Vec<u8> as crate::sql::ColumnType>::COLUMN.named("bytes"),
                    crate::sql::schema::DefaultValue::Blob(b"\0"),
                ),
                crate::sql::schema::ColumnDef::default(
                    <SystemTime as crate::sql::ColumnType>::COLUMN.named("joined"),
                    crate::sql::schema::DefaultValue::Now,
                ),
                crate::sql::schema::ColumnDef::default(
                    <i64 as crate::sql::ColumnType>::COLUMN.named("random"),
                    crate::sql::schema::DefaultValue::Sql("random()"),
                ),
                <Option<i64> as crate::sql::ColumnType>::COLUMN.named("team_id"),
                <Option<i64> as crate::sql::ColumnType>::COLUMN.named("parent"),
                crate::sql::schema::ColumnDef::default(
                    <crate::sql::Json<Settings> as crate::sql::Wrapped<Settings>>::COLUMN
                        .named("settings"),
                    crate::sql::schema::DefaultValue::Text("{}"),
                ),
                <::core::option::Option<
                    crate::sql::Json<Vec<String>>,
                > as crate::sql::Wrapped<Option<Vec<String>>>>::COLUMN
                    .named("tags"),
                <crate::sql::Scaled<2> as crate::sql::Wrapped<Decimal>>::COLUMN
                    .named("balance"),
                <Option<i64> as crate::sql::ColumnType>::COLUMN
                    .named("double")
                    .generated(crate::sql::schema::Generated::Virtual("karma * 2")),
                <Option<i64> as crate::sql::ColumnType>::COLUMN
                    .named("triple")
                    .generated(crate::sql::schema::Generated::Stored("karma * 3")),
                crate::sql::schema::ColumnDef::role(
                    <SystemTime as crate::sql::ColumnType>::COLUMN.named("created"),
                    crate::sql::schema::Role::CreatedAt(
                        crate::sql::__private::current_time::<SystemTime>(),
                    ),
                ),
                crate::sql::schema::ColumnDef::role(
                    <SystemTime as crate::sql::ColumnType>::COLUMN.named("updated"),
                    crate::sql::schema::Role::UpdatedAt(
                        crate::sql::__private::current_time::<SystemTime>(),
                    ),
                ),
                crate::sql::schema::ColumnDef::role(
                    <i64 as crate::sql::ColumnType>::COLUMN.named("version"),
                    crate::sql::schema::Role::Version,
                ),
                <String as crate::sql::ColumnType>::COLUMN.named("type"),
            ],
        )
        .schema("club", "club.members")
        .primary_key(&["member_id"])
        .uniques(&[&["email"], &["email", "name"]])
        .indexes(
            &[
                crate::sql::schema::IndexDef::new(
                    &[crate::sql::schema::IndexPart::Column("email")],
                ),
                crate::sql::schema::IndexDef::new(
                        &[crate::sql::schema::IndexPart::Column("name")],
                    )
                    .condition("karma > 0"),
                crate::sql::schema::IndexDef::new(
                        &[
                            crate::sql::schema::IndexPart::Expression("lower(name)"),
                            crate::sql::schema::IndexPart::Column("karma"),
                        ],
                    )
                    .named("members_by_name")
                    .unique(),
            ],
        )
        .checks(
            &[
                crate::sql::schema::CheckDef::new("karma > -100"),
                crate::sql::schema::CheckDef::new("karma < 1000000"),
            ],
        )
        .foreign_keys(
            &[
                crate::sql::schema::ForeignKeyDef::new(
                        crate::sql::__private::definition_of::<Team>,
                        &[
                            crate::sql::__private::foreign_key(
                                Member::TEAM_ID,
                                Team::ID,
                            ),
                        ],
                    )
                    .on_delete(crate::sql::schema::Action::SetNull),
                crate::sql::schema::ForeignKeyDef::new(
                    crate::sql::__private::definition_of::<Self>,
                    &[crate::sql::__private::foreign_key(Member::PARENT, Self::ID)],
                ),
                crate::sql::schema::ForeignKeyDef::new(
                        crate::sql::__private::definition_of::<Team>,
                        &[
                            crate::sql::__private::foreign_key(
                                Member::TEAM_ID,
                                Team::ID,
                            ),
                            crate::sql::__private::foreign_key(
                                Member::NAME,
                                Team::NAME,
                            ),
                        ],
                    )
                    .on_update(crate::sql::schema::Action::Cascade)
                    .deferred(),
            ],
        )
        .strict(false)
        .comment("who plays")
        .was("players");
    type New = MemberDraft;
    fn bind(&self, to: &mut crate::sql::Bindings) {
        <i64 as crate::sql::ColumnType>::bind_ref(&self.id, to);
        <String as crate::sql::ColumnType>::bind_ref(&self.email, to);
        <String as crate::sql::ColumnType>::bind_ref(&self.name, to);
        <i64 as crate::sql::ColumnType>::bind_ref(&self.karma, to);
        <f64 as crate::sql::ColumnType>::bind_ref(&self.weight, to);
        <Option<String> as crate::sql::ColumnType>::bind_ref(&self.text, to);
        <bool as crate::sql::ColumnType>::bind_ref(&self.active, to);
        <Vec<u8> as crate::sql::ColumnType>::bind_ref(&self.bytes, to);
        <SystemTime as crate::sql::ColumnType>::bind_ref(&self.joined, to);
        <i64 as crate::sql::ColumnType>::bind_ref(&self.random, to);
        <Option<i64> as crate::sql::ColumnType>::bind_ref(&self.team_id, to);
        <Option<i64> as crate::sql::ColumnType>::bind_ref(&self.parent, to);
        <crate::sql::Json<
            Settings,
        > as crate::sql::Wrapped<Settings>>::bind_field(&self.settings, to);
        <::core::option::Option<
            crate::sql::Json<Vec<String>>,
        > as crate::sql::Wrapped<Option<Vec<String>>>>::bind_field(&self.tags, to);
        <crate::sql::Scaled<
            2,
        > as crate::sql::Wrapped<Decimal>>::bind_field(&self.balance, to);
        <Option<i64> as crate::sql::ColumnType>::bind_ref(&self.double, to);
        <Option<i64> as crate::sql::ColumnType>::bind_ref(&self.triple, to);
        <SystemTime as crate::sql::ColumnType>::bind_ref(&self.created, to);
        <SystemTime as crate::sql::ColumnType>::bind_ref(&self.updated, to);
        <i64 as crate::sql::ColumnType>::bind_ref(&self.version, to);
        <String as crate::sql::ColumnType>::bind_ref(&self.r#type, to);
    }
    fn keep_skipped(&mut self, mut before: Self) {
        ::core::mem::swap(&mut self.cache, &mut before.cache);
    }
}
#[automatically_derived]
impl crate::sql::Keyed for Member {
    type Key = i64;
    fn bind_key(&self, to: &mut crate::sql::Bindings) {
        <i64 as crate::sql::ColumnType>::bind_ref(&self.id, to);
    }
}
#[automatically_derived]
impl crate::sql::FromRow for Member {
    type Read = Self;
    const WIDTH: usize = 21;
    const NAMES: ::core::option::Option<crate::sql::ColumnNames> = ::core::option::Option::Some(
        crate::sql::ColumnNames::Each(
            &[
                "member_id",
                "email",
                "name",
                "karma",
                "weight",
                "text",
                "active",
                "bytes",
                "joined",
                "random",
                "team_id",
                "parent",
                "settings",
                "tags",
                "balance",
                "double",
                "triple",
                "created",
                "updated",
                "version",
                "type",
            ],
        ),
    );
    const TYPES: crate::sql::__private::ColumnTypes = crate::sql::__private::types_of::<
        Member,
    >();
    fn from_row(row: &mut crate::sql::RowRef<'_>) -> crate::sql::Result<Self> {
        ::core::result::Result::Ok(Self {
            id: <i64 as crate::sql::ColumnType>::read(row)?,
            email: <String as crate::sql::ColumnType>::read(row)?,
            name: <String as crate::sql::ColumnType>::read(row)?,
            karma: <i64 as crate::sql::ColumnType>::read(row)?,
            weight: <f64 as crate::sql::ColumnType>::read(row)?,
            text: <Option<String> as crate::sql::ColumnType>::read(row)?,
            active: <bool as crate::sql::ColumnType>::read(row)?,
            bytes: <Vec<u8> as crate::sql::ColumnType>::read(row)?,
            joined: <SystemTime as crate::sql::ColumnType>::read(row)?,
            random: <i64 as crate::sql::ColumnType>::read(row)?,
            team_id: <Option<i64> as crate::sql::ColumnType>::read(row)?,
            parent: <Option<i64> as crate::sql::ColumnType>::read(row)?,
            settings: <crate::sql::Json<
                Settings,
            > as crate::sql::Wrapped<Settings>>::read_field(row)?,
            tags: <::core::option::Option<
                crate::sql::Json<Vec<String>>,
            > as crate::sql::Wrapped<Option<Vec<String>>>>::read_field(row)?,
            balance: <crate::sql::Scaled<
                2,
            > as crate::sql::Wrapped<Decimal>>::read_field(row)?,
            double: <Option<i64> as crate::sql::ColumnType>::read(row)?,
            triple: <Option<i64> as crate::sql::ColumnType>::read(row)?,
            created: <SystemTime as crate::sql::ColumnType>::read(row)?,
            updated: <SystemTime as crate::sql::ColumnType>::read(row)?,
            version: <i64 as crate::sql::ColumnType>::read(row)?,
            r#type: <String as crate::sql::ColumnType>::read(row)?,
            cache: <Option<Box<Member>> as ::core::default::Default>::default(),
        })
    }
    fn read_row(row: &mut crate::sql::RowRef<'_>) -> crate::sql::Result<Self> {
        <Self as crate::sql::FromRow>::from_row(row)
    }
}
#[automatically_derived]
impl crate::sql::Insertable<Member> for MemberDraft {
    const COLUMNS: crate::sql::Names = &[
        "email",
        "name",
        "karma",
        "weight",
        "text",
        "active",
        "bytes",
        "joined",
        "random",
        "team_id",
        "parent",
        "settings",
        "tags",
        "balance",
        "type",
    ];
    fn bind(self, to: &mut crate::sql::Bindings) {
        <String as crate::sql::ColumnType>::bind(self.email, to);
        <String as crate::sql::ColumnType>::bind(self.name, to);
        <i64 as crate::sql::ColumnType>::bind_or_default(self.karma, to);
        <f64 as crate::sql::ColumnType>::bind_or_default(self.weight, to);
        <Option<String> as crate::sql::ColumnType>::bind_or_default(self.text, to);
        <bool as crate::sql::ColumnType>::bind_or_default(self.active, to);
        <Vec<u8> as crate::sql::ColumnType>::bind_or_default(self.bytes, to);
        <SystemTime as crate::sql::ColumnType>::bind_or_default(self.joined, to);
        <i64 as crate::sql::ColumnType>::bind_or_default(self.random, to);
        <Option<i64> as crate::sql::ColumnType>::bind(self.team_id, to);
        <Option<i64> as crate::sql::ColumnType>::bind(self.parent, to);
        <crate::sql::Json<
            Settings,
        > as crate::sql::Wrapped<Settings>>::bind_field_or_default(&self.settings, to);
        <::core::option::Option<
            crate::sql::Json<Vec<String>>,
        > as crate::sql::Wrapped<Option<Vec<String>>>>::bind_field(&self.tags, to);
        <crate::sql::Scaled<
            2,
        > as crate::sql::Wrapped<Decimal>>::bind_field(&self.balance, to);
        <String as crate::sql::ColumnType>::bind(self.r#type, to);
    }
}
#[automatically_derived]
impl crate::sql::__private::References<Team, 0> for Member {
    type Keys = crate::sql::__private::Several;
    type Null = <Option<i64> as crate::sql::ColumnType>::Null;
    type Rows = crate::sql::Many;
}
#[allow(dead_code, private_bounds, private_interfaces)]
impl Member {
    /// The column `member_id`.
    pub(crate) const ID: crate::sql::Column<Member, i64> = crate::sql::Column::new(
        "member_id",
    );
    /// The column `email`.
    pub(crate) const EMAIL: crate::sql::Column<Member, String> = crate::sql::Column::new(
        "email",
    );
    /// The column `name`.
    pub(crate) const NAME: crate::sql::Column<Member, String> = crate::sql::Column::new(
        "name",
    );
    /// The column `karma`.
    pub(crate) const KARMA: crate::sql::Column<Member, i64> = crate::sql::Column::new(
        "karma",
    );
    /// The column `weight`.
    pub(crate) const WEIGHT: crate::sql::Column<Member, f64> = crate::sql::Column::new(
        "weight",
    );
    /// The column `text`.
    pub(crate) const TEXT: crate::sql::Column<Member, Option<String>> = crate::sql::Column::new(
        "text",
    );
    /// The column `active`.
    pub(crate) const ACTIVE: crate::sql::Column<Member, bool> = crate::sql::Column::new(
        "active",
    );
    /// The column `bytes`.
    pub(crate) const BYTES: crate::sql::Column<Member, Vec<u8>> = crate::sql::Column::new(
        "bytes",
    );
    /// The column `joined`.
    pub(crate) const JOINED: crate::sql::Column<Member, SystemTime> = crate::sql::Column::new(
        "joined",
    );
    /// The column `random`.
    pub(crate) const RANDOM: crate::sql::Column<Member, i64> = crate::sql::Column::new(
        "random",
    );
    /// The column `team_id`.
    pub(crate) const TEAM_ID: crate::sql::Column<
        Member,
        Option<i64>,
        crate::sql::Fk<Team>,
    > = crate::sql::Column::new("team_id");
    /// The column `parent`.
    pub(crate) const PARENT: crate::sql::Column<
        Member,
        Option<i64>,
        crate::sql::Fk<Self>,
    > = crate::sql::Column::new("parent");
    /// The column `settings`.
    pub(crate) const SETTINGS: crate::sql::Column<Member, crate::sql::Json<Settings>> = crate::sql::Column::new(
        "settings",
    );
    /// The column `tags`.
    pub(crate) const TAGS: crate::sql::Column<
        Member,
        ::core::option::Option<crate::sql::Json<Vec<String>>>,
    > = crate::sql::Column::new("tags");
    /// The column `balance`.
    pub(crate) const BALANCE: crate::sql::Column<Member, crate::sql::Scaled<2>> = crate::sql::Column::new(
        "balance",
    );
    /// The column `double`.
    pub(crate) const DOUBLE: crate::sql::Column<Member, Option<i64>> = crate::sql::Column::new(
        "double",
    );
    /// The column `triple`.
    pub(crate) const TRIPLE: crate::sql::Column<Member, Option<i64>> = crate::sql::Column::new(
        "triple",
    );
    /// The column `created`.
    pub(crate) const CREATED: crate::sql::Column<Member, SystemTime> = crate::sql::Column::new(
        "created",
    );
    /// The column `updated`.
    pub(crate) const UPDATED: crate::sql::Column<Member, SystemTime> = crate::sql::Column::new(
        "updated",
    );
    /// The column `version`.
    pub(crate) const VERSION: crate::sql::Column<Member, i64> = crate::sql::Column::new(
        "version",
    );
    /// The column `type`.
    pub(crate) const TYPE: crate::sql::Column<Member, String> = crate::sql::Column::new(
        "type",
    );
    /// Selects rows from the table.
    pub(crate) fn select() -> crate::sql::Select<Member> {
        crate::sql::Select::new()
    }
    /// Inserts a row.
    pub(crate) fn insert(row: MemberDraft) -> crate::sql::Insert<Member> {
        crate::sql::Insert::one_row(row)
    }
    /// Inserts several rows in one transaction.
    pub(crate) fn insert_all<'a>(
        rows: impl ::core::iter::IntoIterator<
            Item = MemberDraft,
            IntoIter: ::core::marker::Send + 'a,
        >,
    ) -> crate::sql::InsertAll<'a, Member> {
        crate::sql::InsertAll::new(rows)
    }
    /// Inserts the rows of a stream in chunks, each in one transaction.
    pub(crate) fn insert_stream<'a>(
        rows: impl crate::sql::Stream<Item = MemberDraft> + ::core::marker::Send + 'a,
    ) -> crate::sql::InsertStream<'a, Member> {
        crate::sql::InsertStream::new(rows)
    }
    /// Updates rows.
    pub(crate) fn update() -> crate::sql::Update<Member> {
        crate::sql::Update::new()
    }
    /// Deletes rows.
    pub(crate) fn delete() -> crate::sql::Delete<Member> {
        crate::sql::Delete::new()
    }
    /// Selects the rows of another table that foreign keys connect with this row.
    pub(crate) fn related<R, P, S: crate::sql::Rows>(
        &self,
        other: R,
    ) -> crate::sql::Related<S>
    where
        Self: crate::sql::Relates<R, P, Of = S>,
    {
        crate::sql::__private::related(self, other)
    }
    /// Updates the row with this primary key: the columns that the patch sets are written.
    pub(crate) fn patch(
        key: impl crate::sql::KeyValue<i64>,
        patch: MemberChanges,
    ) -> crate::sql::Update<Member> {
        crate::sql::Update::patch(key, patch)
    }
    /// Sets the fields of this struct that the patch sets. Does not change the database.
    pub(crate) fn apply(&mut self, patch: MemberChanges) {
        if let ::core::option::Option::Some(value) = patch.email {
            self.email = value;
        }
        if let ::core::option::Option::Some(value) = patch.name {
            self.name = value;
        }
        if let ::core::option::Option::Some(value) = patch.karma {
            self.karma = value;
        }
        if let ::core::option::Option::Some(value) = patch.weight {
            self.weight = value;
        }
        if let ::core::option::Option::Some(value) = patch.text {
            self.text = value;
        }
        if let ::core::option::Option::Some(value) = patch.active {
            self.active = value;
        }
        if let ::core::option::Option::Some(value) = patch.bytes {
            self.bytes = value;
        }
        if let ::core::option::Option::Some(value) = patch.joined {
            self.joined = value;
        }
        if let ::core::option::Option::Some(value) = patch.random {
            self.random = value;
        }
        if let ::core::option::Option::Some(value) = patch.team_id {
            self.team_id = value;
        }
        if let ::core::option::Option::Some(value) = patch.parent {
            self.parent = value;
        }
        if let ::core::option::Option::Some(value) = patch.settings {
            self.settings = value;
        }
        if let ::core::option::Option::Some(value) = patch.tags {
            self.tags = value;
        }
        if let ::core::option::Option::Some(value) = patch.balance {
            self.balance = value;
        }
        if let ::core::option::Option::Some(value) = patch.r#type {
            self.r#type = value;
        }
    }
    /// Selects the row with this primary key.
    #[doc(alias("find_by_id", "get", "get_by_id", "by_id"))]
    pub(crate) fn find(
        key: impl crate::sql::KeyValue<i64>,
    ) -> crate::sql::Select<Member> {
        crate::sql::Select::find(key)
    }
    /// Writes the values of this struct to the row with its primary key.
    #[doc(alias("update", "save_changes", "into_active_model", "persist"))]
    pub(crate) fn save(
        &mut self,
        on: &crate::sql::Executor,
    ) -> crate::sql::Save<'_, Member> {
        crate::sql::Save::new(self, on)
    }
    /// Deletes the row with the primary key of this struct.
    #[doc(alias("delete", "destroy"))]
    pub(crate) fn remove(
        &self,
        on: &crate::sql::Executor,
    ) -> crate::sql::Remove<Member> {
        crate::sql::Remove::new(self, on)
    }
    /// Reads the row with this struct's primary key again, and replaces the struct's values.
    #[doc(alias("reload", "refresh_from_db"))]
    pub(crate) fn refresh(
        &mut self,
        on: &crate::sql::Executor,
    ) -> crate::sql::Refresh<'_, Member> {
        crate::sql::Refresh::new(self, on)
    }
}
/// The table `members`.
#[allow(dead_code, non_upper_case_globals)]
pub(crate) const Member: crate::sql::TableOf<Member> = crate::sql::TableOf::new();
/// A new row of `members`.
#[allow(dead_code)]
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberDraft {
    /// The column `email`.
    #[serde(rename = "mail")]
    email: String,
    /// The column `name`.
    name: String,
    /// The column `karma`; `None` leaves it to its default.
    karma: ::core::option::Option<i64>,
    /// The column `weight`; `None` leaves it to its default.
    #[serde(deserialize_with = "MemberDraft::__read_weight", default)]
    weight: ::core::option::Option<f64>,
    /// The column `text`; `None` leaves it to its default.
    text: ::core::option::Option<Option<String>>,
    /// The column `active`; `None` leaves it to its default.
    active: ::core::option::Option<bool>,
    /// The column `bytes`; `None` leaves it to its default.
    bytes: ::core::option::Option<Vec<u8>>,
    /// The column `joined`; `None` leaves it to its default.
    joined: ::core::option::Option<SystemTime>,
    /// The column `random`; `None` leaves it to its default.
    random: ::core::option::Option<i64>,
    /// The column `team_id`.
    team_id: Option<i64>,
    /// The column `parent`.
    parent: Option<i64>,
    /// The column `settings`; `None` leaves it to its default.
    settings: ::core::option::Option<Settings>,
    /// The column `tags`.
    tags: Option<Vec<String>>,
    /// The column `balance`.
    balance: Decimal,
    /// The column `type`.
    r#type: String,
}
impl MemberDraft {
    fn __read_weight<'de, __D: ::serde::Deserializer<'de>>(
        from: __D,
    ) -> ::core::result::Result<::core::option::Option<f64>, __D::Error> {
        ::core::result::Result::map(
            tenths::deserialize(from),
            ::core::option::Option::Some,
        )
    }
}
/// New values for some columns of `members`. `None` leaves a column unchanged.
#[allow(dead_code)]
#[derive(::core::default::Default)]
#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct MemberChanges {
    /// The column `email`; `None` leaves it unchanged.
    #[serde(rename = "mail", deserialize_with = "crate::sql::__private::given")]
    email: ::core::option::Option<String>,
    /// The column `name`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    name: ::core::option::Option<String>,
    /// The column `karma`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    karma: ::core::option::Option<i64>,
    /// The column `weight`; `None` leaves it unchanged.
    #[serde(deserialize_with = "MemberChanges::__read_weight")]
    weight: ::core::option::Option<f64>,
    /// The column `text`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    text: ::core::option::Option<Option<String>>,
    /// The column `active`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    active: ::core::option::Option<bool>,
    /// The column `bytes`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    bytes: ::core::option::Option<Vec<u8>>,
    /// The column `joined`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    joined: ::core::option::Option<SystemTime>,
    /// The column `random`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    random: ::core::option::Option<i64>,
    /// The column `team_id`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    team_id: ::core::option::Option<Option<i64>>,
    /// The column `parent`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    parent: ::core::option::Option<Option<i64>>,
    /// The column `settings`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    settings: ::core::option::Option<Settings>,
    /// The column `tags`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    tags: ::core::option::Option<Option<Vec<String>>>,
    /// The column `balance`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    balance: ::core::option::Option<Decimal>,
    /// The column `type`; `None` leaves it unchanged.
    #[serde(deserialize_with = "crate::sql::__private::given")]
    r#type: ::core::option::Option<String>,
}
#[allow(dead_code)]
impl MemberChanges {
    /// Returns whether the patch sets no column. Running such a patch is an error.
    pub(crate) fn is_empty(&self) -> bool {
        ::core::option::Option::is_none(&self.email)
            && ::core::option::Option::is_none(&self.name)
            && ::core::option::Option::is_none(&self.karma)
            && ::core::option::Option::is_none(&self.weight)
            && ::core::option::Option::is_none(&self.text)
            && ::core::option::Option::is_none(&self.active)
            && ::core::option::Option::is_none(&self.bytes)
            && ::core::option::Option::is_none(&self.joined)
            && ::core::option::Option::is_none(&self.random)
            && ::core::option::Option::is_none(&self.team_id)
            && ::core::option::Option::is_none(&self.parent)
            && ::core::option::Option::is_none(&self.settings)
            && ::core::option::Option::is_none(&self.tags)
            && ::core::option::Option::is_none(&self.balance)
            && ::core::option::Option::is_none(&self.r#type) && true
    }
    fn __read_weight<'de, __D: ::serde::Deserializer<'de>>(
        from: __D,
    ) -> ::core::result::Result<::core::option::Option<f64>, __D::Error> {
        ::core::result::Result::map(
            tenths::deserialize(from),
            ::core::option::Option::Some,
        )
    }
}
#[automatically_derived]
impl crate::sql::Patch<Member> for MemberChanges {
    const COLUMNS: crate::sql::Names = &[
        "email",
        "name",
        "karma",
        "weight",
        "text",
        "active",
        "bytes",
        "joined",
        "random",
        "team_id",
        "parent",
        "settings",
        "tags",
        "balance",
        "type",
    ];
    fn bind(self, to: &mut crate::sql::Bindings) {
        <String as crate::sql::ColumnType>::bind_or_default(self.email, to);
        <String as crate::sql::ColumnType>::bind_or_default(self.name, to);
        <i64 as crate::sql::ColumnType>::bind_or_default(self.karma, to);
        <f64 as crate::sql::ColumnType>::bind_or_default(self.weight, to);
        <Option<String> as crate::sql::ColumnType>::bind_or_default(self.text, to);
        <bool as crate::sql::ColumnType>::bind_or_default(self.active, to);
        <Vec<u8> as crate::sql::ColumnType>::bind_or_default(self.bytes, to);
        <SystemTime as crate::sql::ColumnType>::bind_or_default(self.joined, to);
        <i64 as crate::sql::ColumnType>::bind_or_default(self.random, to);
        <Option<i64> as crate::sql::ColumnType>::bind_or_default(self.team_id, to);
        <Option<i64> as crate::sql::ColumnType>::bind_or_default(self.parent, to);
        <crate::sql::Json<
            Settings,
        > as crate::sql::Wrapped<Settings>>::bind_field_or_default(&self.settings, to);
        <::core::option::Option<
            crate::sql::Json<Vec<String>>,
        > as crate::sql::Wrapped<
            Option<Vec<String>>,
        >>::bind_field_or_default(&self.tags, to);
        <crate::sql::Scaled<
            2,
        > as crate::sql::Wrapped<Decimal>>::bind_field_or_default(&self.balance, to);
        <String as crate::sql::ColumnType>::bind_or_default(self.r#type, to);
    }
}
