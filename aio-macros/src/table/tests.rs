//! Tests of the code that `#[derive(Table)]` generates. It is compared with snapshot files, so
//! that changes can be reviewed, and its size is limited.

use expect_test::{expect, expect_file};
use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::{DeriveInput, parse_quote};

use crate::testing::formatted;

fn six_columns() -> TokenStream {
    let input: DeriveInput = parse_quote! {
        /// A person with an account.
        #[derive(Table)]
        #[table(name = "users")]
        pub struct User {
            #[column(primary_key, auto)]
            pub id: i64,
            /// The address for notifications.
            #[column(unique)]
            pub email: String,
            pub name: String,
            pub age: Option<i32>,
            pub joined: SystemTime,
            #[column(default = 0)]
            karma: i64,
        }
    };
    super::derive(&input)
}

#[test]
fn six_columns_expand() {
    expect_file!["../../snapshots/six_columns.rs"].assert_eq(&formatted(six_columns()));
}

#[test]
fn six_columns_stay_below_140_lines() {
    let is_documentation = |line: &str| line.trim_start().starts_with("///") || line.trim_start().starts_with("#[doc(");
    let lines = formatted(six_columns()).lines().filter(|line| !is_documentation(line)).count();
    assert!(lines < 140, "{lines} lines");
}

#[test]
fn no_macro_is_left_in_the_expansion() {
    fn calls_macro(tokens: TokenStream) -> bool {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is_bang = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == '!' && p.spacing() == Spacing::Alone);
        let call = tokens.windows(2).any(|pair| matches!(&pair[0], TokenTree::Ident(_)) && is_bang(&pair[1]));
        call || tokens.into_iter().any(|token| matches!(token, TokenTree::Group(group) if calls_macro(group.stream())))
    }
    assert!(!calls_macro(six_columns()));
    assert!(!calls_macro(every_attribute()));
}

fn every_attribute() -> TokenStream {
    let input: DeriveInput = parse_quote! {
        #[table(
            name = "members",
            schema = "club",
            unique(email, name),
            index(name, where = "karma > 0"),
            index(expr = "lower(name)", karma, unique, name = "members_by_name"),
            check = "karma > -100",
            check = "karma < 1000000",
            foreign_key(columns(team_id, name), references(Team::ID, Team::NAME), on_update = cascade, deferred),
            strict = false,
            comment = "who plays",
            was = "players",
            new(name = "MemberDraft", derive(Clone, Debug), derive(serde::Deserialize)),
            patch(name = "MemberChanges", derive(Clone, serde::Deserialize), serde(deny_unknown_fields)),
            crate = "crate::sql"
        )]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct Member {
            #[column(primary_key, autoincrement, name = "member_id")]
            id: i64,
            #[column(unique, collate = nocase, index)]
            #[serde(rename = "mail")]
            email: String,
            #[column(collate = "german", declared_type = "VARCHAR(20)", check = "length(name) > 0")]
            name: String,
            #[column(default = -1, comment = "of all games", was = "points", backfill = sql("points / 10"))]
            karma: i64,
            #[column(default = 0.5)]
            #[serde(with = "tenths")]
            weight: f64,
            #[column(default = "a \"quoted\" text")]
            text: Option<String>,
            #[column(default = true)]
            active: bool,
            #[column(default = b"\0")]
            bytes: Vec<u8>,
            #[column(default = now)]
            joined: SystemTime,
            #[column(default = sql("random()"))]
            random: i64,
            #[column(references = Team::ID, on_delete = set_null)]
            team_id: Option<i64>,
            #[column(references = Self::ID)]
            parent: Option<i64>,
            #[column(json, default = "{}")]
            settings: Settings,
            #[column(json)]
            tags: Option<Vec<String>>,
            #[column(scale = 2)]
            balance: Decimal,
            #[column(generated = "karma * 2")]
            double: Option<i64>,
            #[column(generated = "karma * 3", stored)]
            triple: Option<i64>,
            #[column(created_at)]
            created: SystemTime,
            #[column(updated_at)]
            updated: SystemTime,
            #[column(version)]
            version: i64,
            r#type: String,
            #[column(skip)]
            cache: Option<Box<Self>>,
        }
    };
    super::derive(&input)
}

#[test]
fn every_attribute_expands() {
    expect_file!["../../snapshots/every_attribute.rs"].assert_eq(&formatted(every_attribute()));
}

#[test]
fn only_a_build_for_the_command_line_tool_has_the_test_that_writes_the_table() {
    let input: DeriveInput = parse_quote! {
        struct r#type {
            line: String,
        }
    };
    let (without, with) = (formatted(super::expand(&input, false)), formatted(super::expand(&input, true)));
    // The test is added at the end.
    let added = with.strip_prefix(&without).unwrap_or(&with);
    expect![[r#"
        #[::core::prelude::v1::test]
        #[allow(non_snake_case)]
        fn __aio_sql_type() -> ::aio_sql::Result<()> {
            ::aio_sql::__private::dump(
                <r#type as ::aio_sql::Table>::TABLE,
                ::core::module_path!(),
            )
        }
    "#]]
    .assert_eq(added);
    assert_eq!(formatted(super::derive(&input)), without, "the variable is not set in this test");
}

#[test]
fn a_table_without_migrations_has_no_such_test_in_any_build() {
    let input: DeriveInput = parse_quote! {
        #[table(migrate = false)]
        struct LogLine {
            line: String,
        }
    };
    let expansion = formatted(super::expand(&input, true));
    assert_eq!(expansion, formatted(super::expand(&input, false)));
    assert!(expansion.contains(".migrate(false)"), "{expansion}");
}

#[test]
fn table_without_key_and_defaults_is_its_own_new_row() {
    let input: DeriveInput = parse_quote! {
        struct LogLine {
            line: String,
        }
    };
    expect_file!["../../snapshots/without_key.rs"].assert_eq(&formatted(super::derive(&input)));
}

#[test]
fn key_of_several_columns_is_a_tuple() {
    let input: DeriveInput = parse_quote! {
        #[table(primary_key(tag, post_id), without_rowid, methods = false)]
        struct Tagging {
            post_id: i64,
            tag: String,
        }
    };
    expect_file!["../../snapshots/key_of_two.rs"].assert_eq(&formatted(super::derive(&input)));
}
