//! The SQL text of statements: one writer for all of them, and a dialect for each database.

mod cached_text;
mod compound;
mod conflict;
mod cte;
mod ddl;
mod delete;
pub(crate) mod dialect;
mod expression;
mod foreign_key;
mod function;
mod indexed;
mod insert;
mod insert_select;
mod managed;
mod order;
mod per_group;
mod raw;
mod reading;
mod relation;
mod returning;
mod row_lock;
mod rows_to_insert;
mod sample_row;
mod select;
mod table_name;
mod to_sql;
mod update;
mod writer;
mod written_rows;

pub(crate) use cached_text::WrittenStatement;
pub(crate) use conflict::{or_get, upsert};
pub(crate) use ddl::{
    add_foreign_keys, before_table, create_table_before, create_table_without_schema, drop_tables, lists, ranges,
    stored_name,
};
pub(crate) use delete::delete_statement;
pub(crate) use dialect::PlanLine;
pub(crate) use foreign_key::{ReferringKey, TableName, count_rows, select_any_key, select_any_row, select_referring};
pub(crate) use insert::{InsertWriter, insert};
pub(crate) use insert_select::insert_select;
pub(crate) use order::order_of;
pub(crate) use raw::{RawText, raw};
pub(crate) use reading::{
    begins_with_one_of, changes_rows, differs, dollar_quoted_length, first_word, from_first_statement, is_maintenance,
    is_one_of, is_query, may_change_rows, outside_parentheses, table_renames, tokens, with_plain_line_ends,
    writes_rows, writing_verb,
};
pub(crate) use rows_to_insert::{ChunkSize, InsertStatement, RowsToInsert};
pub(crate) use sample_row::{column_of_row, insert_row};
pub(crate) use select::{select, select_count, select_exists, select_statement};
pub(crate) use update::update_statement;
pub use writer::SqlText;
pub(crate) use writer::{RawSource, RawSources};
