//! Rows as they are read: a cursor over one row of a batch, and an owned row for raw SQL.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Mismatch, Result};
use crate::row_batch::{RowBatch, past_the_end};
use crate::schema::TableDef;
use crate::types::{ColumnType, SqlType, Type};
use crate::value::{Value, ValueRef};

/// Reads the values of one row from left to right.
#[derive(Debug)]
pub struct RowRef<'a> {
    batch: &'a RowBatch,
    /// Where the next value begins in the batch, for rows read in order.
    at: usize,
    /// Where each value of the row begins, for rows read in another order.
    places: Option<&'a [usize]>,
    /// How many values have been read.
    column: usize,
    labels: &'a Labels,
}

/// What the columns of a result are called, for errors and for reading by name.
#[derive(Clone, Debug)]
pub(crate) enum Labels {
    /// The columns of a table, in its order.
    Table(&'static TableDef),
    /// Expressions; those that are columns have a table and a name.
    Columns(Arc<[Option<(&'static str, &'static str)>]>),
    /// The same, and behind them a column for each of these parts, by its first column and its
    /// width: whether it is there.
    Marked(Arc<[Option<(&'static str, &'static str)>]>, Arc<[(usize, usize)]>),
    /// The names that the database gave.
    Names(Arc<[String]>),
}

impl Labels {
    fn at(&self, index: usize) -> Option<(Option<&str>, &str)> {
        match self {
            Labels::Table(table) => table.columns.get(index).map(|column| (Some(table.name), column.name)),
            Labels::Columns(columns) | Labels::Marked(columns, _) => {
                columns.get(index).copied()?.map(|(table, name)| (Some(table), name))
            }
            Labels::Names(names) => names.get(index).map(|name| (None, name.as_str())),
        }
    }

    /// How many columns there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Labels::Table(table) => table.columns.len(),
            Labels::Columns(columns) | Labels::Marked(columns, _) => columns.len(),
            Labels::Names(names) => names.len(),
        }
    }

    /// How many columns stand behind those that are read.
    #[inline]
    pub(crate) fn marks(&self) -> usize {
        match self {
            Labels::Marked(_, marks) => marks.len(),
            _ => 0,
        }
    }

    /// The place of the column that says whether these are there.
    fn mark_of(&self, column: usize, width: usize) -> Option<usize> {
        let Labels::Marked(columns, marks) = self else { return None };
        marks.iter().position(|mark| *mark == (column, width)).map(|mark| columns.len() + mark)
    }

    fn names(&self) -> Arc<[String]> {
        match self {
            Labels::Table(table) => table.columns.iter().map(|column| column.name.to_owned()).collect(),
            Labels::Columns(columns) | Labels::Marked(columns, _) => {
                columns.iter().map(|label| label.map(|(_, name)| name.to_owned()).unwrap_or_default()).collect()
            }
            Labels::Names(names) => Arc::clone(names),
        }
    }
}

impl<'a> RowRef<'a> {
    /// A row that begins at this byte of a batch.
    pub(crate) fn new(batch: &'a RowBatch, at: usize, labels: &'a Labels) -> RowRef<'a> {
        RowRef { batch, at, places: None, column: 0, labels }
    }

    /// A row whose values begin at these bytes of a batch.
    pub(crate) fn at_places(batch: &'a RowBatch, places: &'a [usize], labels: &'a Labels) -> RowRef<'a> {
        RowRef { batch, at: 0, places: Some(places), column: 0, labels }
    }

    /// Reads all that is read from a row of so many columns.
    ///
    /// What is read past them is of the next row, and may fit: it is looked at once for each row,
    /// and before any error of its values.
    #[inline]
    pub(crate) fn read_within<T: FromRow>(&mut self, width: usize) -> Result<T> {
        let value = T::from_row(self);
        if self.column > width { Err(self.located(past_the_end())) } else { value }
    }

    /// Reads what a column type, a tuple or a struct takes.
    ///
    /// # Errors
    /// As [`FromRow::from_row`].
    pub fn read<T: FromRow>(&mut self) -> Result<T> {
        T::from_row(self)
    }

    #[inline]
    pub(crate) fn next_value(&mut self) -> Result<ValueRef<'a>> {
        let value = match self.places {
            None => self.batch.read(&mut self.at),
            Some(places) => self.batch.read(&mut places.get(self.column).copied().unwrap_or(usize::MAX)),
        };
        self.column += 1;
        match value {
            Ok(value) => Ok(value),
            Err(error) => Err(self.located(error)),
        }
    }

    /// Whether the next `width` values are all NULL.
    fn is_absent(&self, width: usize) -> Result<bool> {
        let mut at = self.at;
        for ahead in 0..width {
            let null = match self.places {
                None => self.batch.skip(&mut at)?,
                Some(places) => self.batch.skip(&mut places.get(self.column + ahead).copied().unwrap_or(usize::MAX))?,
            };
            if !null {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether columns that are all NULL are those of a row that is there.
    #[cold]
    fn is_marked(&self, width: usize) -> Result<bool> {
        let Some(mark) = self.labels.mark_of(self.column, width) else { return Ok(false) };
        let mut at = self.at;
        for _ in self.column..mark {
            self.batch.skip(&mut at)?;
        }
        Ok(matches!(self.batch.read(&mut at)?, ValueRef::Integer(1)))
    }

    fn skip(&mut self, width: usize) -> Result<()> {
        for _ in 0..width {
            self.next_value()?;
        }
        Ok(())
    }

    /// Where the row ends in its batch, once it has been read.
    pub(crate) fn end(&self) -> usize {
        self.at
    }

    /// How many columns have been read.
    pub(crate) fn columns_read(&self) -> usize {
        self.column
    }

    #[cold]
    pub(crate) fn mismatch(&self, mismatch: Mismatch) -> Error {
        self.located(mismatch.into_error())
    }

    #[cold]
    pub(crate) fn unexpected_null(&self, ty: Type) -> Error {
        let expected = format!("{ty:?}").to_lowercase();
        self.mismatch(Mismatch::new(expected, "NULL (an `Option` can hold it)"))
    }

    #[cold]
    fn located(&self, error: Error) -> Error {
        match self.labels.at(self.column.saturating_sub(1)) {
            Some((table, name)) => error.at_column(table, name),
            None => error.context(format_args!("column {} of the row", self.column)),
        }
    }
}

/// What can be read from a row: a column type, an `Option` or a tuple of them, a
/// [`Table`](crate::Table), a [`Record`](crate::Record), a whole [`Row`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row",
    label = "not a column type, a tuple of them, a table or a record",
    note = "put `#[derive(Record)]` on the struct"
)]
pub trait FromRow: Sized + Send + 'static {
    /// How many columns it takes.
    const WIDTH: usize;

    /// The columns by name, for a struct: the result of a raw query is then read by name.
    const NAMES: Option<ColumnNames> = None;

    /// Whether it reads all columns that are left, however many there are.
    #[doc(hidden)]
    const TAKES_REST: bool = false;

    /// The columns of a struct, with their types.
    #[doc(hidden)]
    const TYPES: ColumnTypes = None;

    /// The type of the value at this place, if there must be one and its type is known.
    #[doc(hidden)]
    fn type_at(place: usize) -> Option<Type> {
        let column = Self::TYPES?.columns.get(place)?;
        (!column.nullable).then_some(column.ty)
    }

    /// Reads it from the next columns of a row.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) where a stored value is another than the
    /// type expects.
    fn from_row(row: &mut RowRef<'_>) -> Result<Self>;
}

/// The columns that a struct reads, with their types; none where it has nested fields.
#[doc(hidden)]
pub type ColumnTypes = Option<&'static TableDef>;

/// What the columns that a struct reads are called in the result of a raw query.
#[derive(Clone, Copy, Debug)]
pub enum ColumnNames {
    /// These, in any order.
    Each(&'static [&'static str]),
    /// Those of several parts, which stand one behind the other: the names of two may be the same.
    Parts(&'static [ColumnNames]),
}

impl ColumnNames {
    /// Appends where each column stands in the result, if each part stands behind those before it.
    fn append_places(self, names: &[String], places: &mut Vec<usize>) -> bool {
        match self {
            ColumnNames::Each(wanted) => {
                let begin = places.len();
                let Some(names) = names.get(begin..begin + wanted.len()) else { return false };
                let found = |wanted: &&str| match place_of(wanted, names) {
                    Place::At(place) => Some(begin + place),
                    Place::Nowhere | Place::Several(_) => None,
                };
                places.extend(wanted.iter().map_while(found));
                places.len() == begin + wanted.len()
            }
            ColumnNames::Parts(parts) => parts.iter().all(|part| part.append_places(names, places)),
        }
    }

    fn append_to(self, list: &mut Vec<&'static str>) {
        match self {
            ColumnNames::Each(names) => list.extend(names),
            ColumnNames::Parts(parts) => parts.iter().for_each(|part| part.append_to(list)),
        }
    }
}

/// The names of the columns that a nested field has.
///
/// # Panics
/// At compile time, where the type of the field is no struct with columns.
#[allow(clippy::panic)]
#[track_caller]
pub const fn nested(names: Option<ColumnNames>) -> ColumnNames {
    match names {
        Some(names) => names,
        None => panic!("`nested` is for a field that is a record or a row of a table"),
    }
}

#[diagnostic::do_not_recommend]
impl<B: SqlType> FromRow for B {
    const WIDTH: usize = 1;

    fn type_at(place: usize) -> Option<Type> {
        (place == 0).then_some(B::TYPE)
    }

    #[inline]
    fn from_row(row: &mut RowRef<'_>) -> Result<B> {
        <B as ColumnType>::read(row)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromRow> FromRow for Option<T> {
    const WIDTH: usize = T::WIDTH;
    const NAMES: Option<ColumnNames> = T::NAMES;
    const TAKES_REST: bool = T::TAKES_REST;

    fn type_at(_: usize) -> Option<Type> {
        // Of an `Option` of a struct all values may be NULL.
        None
    }

    #[inline]
    fn from_row(row: &mut RowRef<'_>) -> Result<Option<T>> {
        if !row.is_absent(T::WIDTH)? {
            return T::from_row(row).map(Some);
        }
        if row.is_marked(T::WIDTH)? {
            let (at, column) = (row.at, row.column);
            // A type that takes no NULL says by `None` that it has no value.
            if let Ok(value) = T::from_row(row) {
                return Ok(Some(value));
            }
            (row.at, row.column) = (at, column);
        }
        row.skip(T::WIDTH)?;
        Ok(None)
    }
}

macro_rules! tuples {
    ($(($name:ident $proof:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: FromRow),+> FromRow for ($($name,)+) {
            const WIDTH: usize = 0 $(+ $name::WIDTH)+;
            const TAKES_REST: bool = false $(|| $name::TAKES_REST)+;

            fn type_at(place: usize) -> Option<Type> {
                let parts = [$(($name::WIDTH, $name::type_at as fn(usize) -> Option<Type>)),+];
                let mut place = place;
                for (width, type_at) in parts {
                    if place < width {
                        return type_at(place);
                    }
                    place -= width;
                }
                None
            }

            #[inline]
            fn from_row(row: &mut RowRef<'_>) -> Result<Self> {
                Ok(($($name::from_row(row)?,)+))
            }
        }
    };
}
crate::tuple::for_each_tuple!(tuples);

/// A row of a raw query: its values by index or by name, with the names of its columns.
///
/// ```
/// # use aio_runtime::{Database, Result, Row, sql};
/// # async fn run(db: Database) -> Result<()> {
/// let row: Row = sql!("select 7 as n, 'x' as t").one(&db).await?;
/// assert_eq!(row.columns(), ["n", "t"]);
/// assert_eq!(row.get::<i64>("n")?, 7);
/// assert_eq!(row.get::<String>(1)?, "x");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// The names of the columns, as the query gives them.
    pub fn columns(&self) -> &[String] {
        &self.names
    }

    /// The values as they are stored.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The names with their values. Where several columns have the same name, a map keeps one of
    /// them.
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// # use aio_runtime::{Database, Result, Row, Value, sql};
    /// # async fn run(db: Database) -> Result<()> {
    /// let row: Row = sql!("select 7 as n, 'x' as t").one(&db).await?;
    /// let map: HashMap<&str, &Value> = row.iter().collect();
    /// assert_eq!(map["n"], &Value::Integer(7));
    /// # Ok(())
    /// # }
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.names.iter().map(String::as_str).zip(&self.values)
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no columns.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the value of one column, by index from 0 or by name. The case of a name does not
    /// count, as in SQL.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) where there is no such column, or where
    /// several columns have the name, with the names that there are;
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) where the value is another than the type
    /// expects.
    pub fn get<V: ColumnType>(&self, column: impl ColumnIndex) -> Result<V> {
        let index = column.index_in(&self.names)?;
        let mut batch = RowBatch::default();
        match self.values[index].as_ref() {
            ValueRef::Null => batch.push_null(),
            ValueRef::Integer(value) => batch.push_integer(value),
            ValueRef::Real(value) => batch.push_real(value),
            ValueRef::Text(text) => batch.push_text(text.as_bytes()),
            ValueRef::Blob(bytes) => batch.push_blob(bytes),
        }
        let label = Labels::Names(Arc::from([self.names[index].clone()]));
        V::read(&mut RowRef::new(&batch, 0, &label))
    }
}

#[diagnostic::do_not_recommend]
impl FromRow for Row {
    const WIDTH: usize = 0;
    const TAKES_REST: bool = true;

    fn from_row(row: &mut RowRef<'_>) -> Result<Row> {
        let names = row.labels.names();
        let names = if row.column == 0 { names } else { Arc::from(names.get(row.column..).unwrap_or_default()) };
        let mut values = Vec::with_capacity(names.len());
        for _ in names.iter() {
            values.push(row.next_value()?.into());
        }
        Ok(Row { names, values })
    }
}

#[diagnostic::do_not_recommend]
impl FromRow for Value {
    const WIDTH: usize = 1;

    fn from_row(row: &mut RowRef<'_>) -> Result<Value> {
        row.next_value().map(Value::from)
    }
}

// A row is what was asked for, so that it shows its values, which parameters do not.
impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.names.iter().zip(&self.values) {
            match value.as_ref() {
                ValueRef::Null => map.entry(name, &"NULL"),
                ValueRef::Integer(value) => map.entry(name, &value),
                ValueRef::Real(value) => map.entry(name, &value),
                ValueRef::Text(text) => map.entry(name, &text),
                ValueRef::Blob(bytes) => map.entry(name, &bytes),
            };
        }
        map.finish()
    }
}

/// What names a column of a [`Row`]: its index or its name.
pub trait ColumnIndex {
    /// Returns the index of the column.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) where there is no such column, or where
    /// several have the name.
    fn index_in(&self, names: &[String]) -> Result<usize>;
}

impl ColumnIndex for usize {
    fn index_in(&self, names: &[String]) -> Result<usize> {
        if *self < names.len() { Ok(*self) } else { Err(no_column(self, names)) }
    }
}

impl ColumnIndex for &str {
    fn index_in(&self, names: &[String]) -> Result<usize> {
        match place_of(self, names) {
            Place::At(place) => Ok(place),
            Place::Nowhere => Err(no_column(&format_args!("`{self}`"), names)),
            Place::Several(count) => Err(ambiguous(self, count, "", names)),
        }
    }
}

/// Where the column of a name stands among those of a result.
enum Place {
    Nowhere,
    At(usize),
    /// As many columns have the name.
    Several(usize),
}

/// Finds a column by its name. A result may have several columns of the same name, of which none
/// is the one that is meant.
fn place_of(wanted: &str, names: &[String]) -> Place {
    let mut places = (0..).zip(names).filter(|(_, name)| name.eq_ignore_ascii_case(wanted)).map(|(place, _)| place);
    match (places.next(), places.count()) {
        (None, _) => Place::Nowhere,
        (Some(place), 0) => Place::At(place),
        (Some(_), more) => Place::Several(1 + more),
    }
}

/// Looks whether no two columns of a result have a name by which it is read.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage) where two have.
pub(crate) fn check_names(wanted: &[&str], names: &[String], type_name: &str) -> Result<()> {
    wanted.iter().try_for_each(|wanted| match place_of(wanted, names) {
        Place::Several(count) => Err(ambiguous(wanted, count, &format!(", which `{type_name}` reads"), names)),
        Place::At(_) | Place::Nowhere => Ok(()),
    })
}

#[cold]
fn no_column(column: &dyn std::fmt::Display, names: &[String]) -> Error {
    Error::usage(format!("the row has no column {column}; it has: {}", names.join(", ")))
}

#[cold]
fn ambiguous(name: &str, count: usize, reader: &str, names: &[String]) -> Error {
    Error::usage(format!(
        "the query gives {count} columns that are called `{name}`{reader}: give each a name of its own, as `a.{name} as a_{name}` \
         does; it gives: {}",
        names.join(", ")
    ))
}

/// Where each of the struct's columns stands in the result, or `None` where they stand in the same
/// order.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage) where the result lacks a column or has several of
/// its name, or nested structs stand elsewhere.
pub(crate) fn places_by_name(wanted: ColumnNames, names: &[String], type_name: &str) -> Result<Option<Vec<usize>>> {
    // What is in an `Option` is named alone.
    let type_name = type_name.rsplit("::").next().unwrap_or(type_name).trim_end_matches('>');
    let places: Vec<usize> = match wanted {
        ColumnNames::Each(wanted) => {
            let place = |wanted: &&str| match place_of(wanted, names) {
                Place::At(place) => Ok(place),
                Place::Nowhere => Err(Error::usage(format!(
                    "the query gives no column `{wanted}`, which `{type_name}` needs; it gives: {}",
                    names.join(", ")
                ))),
                Place::Several(count) => Err(ambiguous(wanted, count, &format!(", which `{type_name}` reads"), names)),
            };
            wanted.iter().map(place).collect::<Result<_>>()?
        }
        ColumnNames::Parts(_) => {
            let mut places = Vec::new();
            if !wanted.append_places(names, &mut places) || places.len() != names.len() {
                let mut list = Vec::new();
                wanted.append_to(&mut list);
                return Err(Error::usage(format!(
                    "`{type_name}` has nested structs, and reads these columns in this order: {}; the query gives: {}",
                    list.join(", "),
                    names.join(", ")
                )));
            }
            places
        }
    };
    let in_order = places.len() == names.len() && places.iter().enumerate().all(|(index, place)| index == *place);
    Ok((!in_order).then_some(places))
}

/// What is read from the rows of a raw statement, as far as that is known before there are any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    names: Option<ColumnNames>,
    type_name: fn() -> &'static str,
    width: usize,
    takes_rest: bool,
    type_at: fn(usize) -> Option<Type>,
}

/// What the type `O` reads.
pub(crate) struct ExpectedOf<O>(PhantomData<O>);

impl<O: FromRow> ExpectedOf<O> {
    /// Of each row.
    pub(crate) const ROW: &'static Expected = &Expected {
        names: O::NAMES,
        type_name: std::any::type_name::<O>,
        width: O::WIDTH,
        takes_rest: O::TAKES_REST,
        type_at: O::type_at,
    };

    /// Of the first columns of each row, whatever stands behind them.
    pub(crate) const FIRST: &'static Expected = &Expected { takes_rest: true, ..*Self::ROW };
}

/// A column of a result, as a statement says before it runs.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) name: String,
    /// The type with which the table declares it; none of an expression.
    pub(crate) ty: Option<String>,
}

impl Expected {
    /// Looks whether the columns that a statement will give can be read. `are_strict` says of each
    /// whether it is of a table that holds values of the declared types alone.
    ///
    /// # Errors
    /// Those that reading the rows would end in, whatever their values.
    pub(crate) fn check(&self, columns: &[Declared], are_strict: impl FnOnce() -> Vec<bool>) -> Result<()> {
        if columns.is_empty() && self.width > 0 {
            return Err(Error::usage(
                "the statement gives no columns: say by `returning` which are wanted, or run it by `execute`",
            ));
        }
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let order = match self.names {
            Some(wanted) => places_by_name(wanted, &names, (self.type_name)())?,
            None if columns.len() < self.width => return Err(past_the_end()),
            None if columns.len() > self.width && !self.takes_rest => {
                return Err(too_wide((self.type_name)(), self.width, &names));
            }
            None => None,
        };
        let read: Vec<usize> = order.map_or_else(|| (0..columns.len()).collect(), |order| order.to_vec());
        let read = || read.iter().filter_map(|place| Some((*place, columns.get(*place)?))).enumerate();
        let numbers = |place| matches!((self.type_at)(place), Some(Type::Bool | Type::Integer | Type::Real));
        let texts =
            |place| (self.type_at)(place).is_some_and(|ty| !numbers(place) && !matches!(ty, Type::Blob | Type::Uuid));
        let text = |column: &Declared| is_one_of(column, &["char", "clob", "text"]);
        let number = |column: &Declared| is_one_of(column, &["int", "real"]);
        let mismatch = |column: &Declared, expected: &'static str| {
            let found = format!("a column that is declared {}", column.ty.as_deref().unwrap_or_default());
            Err(Mismatch::new(expected, found).into_error().at_column(None, &column.name))
        };
        // A column of text holds no number (https://sqlite.org/datatype3.html#type_affinity).
        if let Some((_, (_, column))) = read().find(|(place, (_, column))| numbers(*place) && text(column)) {
            return mismatch(column, "a number");
        }
        let mut wrong = read().filter(|(place, (_, column))| texts(*place) && number(column)).peekable();
        if wrong.peek().is_none() {
            return Ok(());
        }
        let strict = are_strict();
        match wrong.find(|(_, (place, _))| strict.get(*place) == Some(&true)) {
            Some((_, (_, column))) => mismatch(column, "text"),
            None => Ok(()),
        }
    }
}

/// Whether one of these stands in the type of a column. INT comes before all others
/// (<https://sqlite.org/datatype3.html#determination_of_column_affinity>).
fn is_one_of(column: &Declared, words: &[&str]) -> bool {
    let Some(ty) = &column.ty else { return false };
    let ty = ty.to_ascii_lowercase();
    words.iter().any(|word| ty.contains(word)) && (words.contains(&"int") || !ty.contains("int"))
}

/// The query gives more columns than are read.
#[cold]
pub(crate) fn too_wide(type_name: &str, read: usize, names: &[String]) -> Error {
    Error::usage(format!(
        "the query gives {} columns, of which `{type_name}` reads {read}: select no more, or read them all; it gives: {}",
        names.len(),
        names.join(", ")
    ))
}
