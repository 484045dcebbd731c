//! Reading the rows of a CSV file as structs.

use std::fs::File;
use std::io::Read;
use std::marker::PhantomData;
use std::path::PathBuf;

use aio_sql::Table;
use csv::{ErrorKind, Position, StringRecord};
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;
use serde::de::DeserializeOwned;

use crate::Result;

/// An iterator over the rows of a file. Every error names the file, and the line and the column if
/// they are known.
pub(crate) struct CsvRows<T> {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read + Send>>,
    headers: StringRecord,
    types: PhantomData<T>,
}

impl<T: Table + DeserializeOwned> CsvRows<T> {
    /// Opens a file, which may be compressed. Its columns have to be those of the table. Reading
    /// the file advances the progress bar.
    pub(crate) fn open(path: PathBuf, bar: &ProgressBar) -> Result<CsvRows<T>> {
        let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file = bar.wrap_read(file);
        let compressed = path.extension().is_some_and(|extension| extension == "gz");
        let file: Box<dyn Read + Send> = if compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };

        let headers: StringRecord = T::TABLE.columns.iter().map(|column| column.name).collect();
        let mut rows = CsvRows { path, reader: csv::Reader::from_reader(file), headers, types: PhantomData };
        let found = rows.reader.headers().cloned().map_err(|error| rows.describe(error, &StringRecord::new()))?;
        if found != rows.headers {
            let [expected, found] = [&rows.headers, &found].map(|names| names.iter().collect::<Vec<_>>().join(","));
            return Err(rows.at(1, format_args!("the columns are `{found}` instead of `{expected}`")));
        }
        Ok(rows)
    }

    /// Returns the line number of the next row.
    pub(crate) fn line(&self) -> u64 {
        self.reader.position().line()
    }

    fn read(&mut self) -> Result<Option<T>> {
        let mut record = StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => return Err(self.describe(error, &record)),
        }
        // `NA` is replaced by an empty field, which is deserialized as `None`.
        let mut values = StringRecord::with_capacity(record.as_slice().len(), record.len());
        for (value, column) in record.iter().zip(T::TABLE.columns) {
            if value == "NA" && !column.nullable {
                let line = record.position().map_or(0, Position::line);
                return Err(self.at(line, format_args!("column {}: `NA`, but there is always a value", column.name)));
            }
            values.push_field(if value == "NA" { "" } else { value });
        }
        values.set_position(record.position().cloned());
        values.deserialize(Some(&self.headers)).map(Some).map_err(|error| self.describe(error, &record))
    }

    fn describe(&self, error: csv::Error, record: &StringRecord) -> crate::Error {
        let line = error.position().map_or(0, Position::line);
        match error.kind() {
            ErrorKind::Deserialize { err, .. } => {
                let field = err.field().and_then(|field| usize::try_from(field).ok());
                match field.and_then(|field| self.headers.get(field).zip(record.get(field))) {
                    Some((column, value)) => self.at(line, format_args!("column {column}: `{value}`: {}", err.kind())),
                    None => self.at(line, err.kind()),
                }
            }
            ErrorKind::UnequalLengths { expected_len, len, .. } => {
                self.at(line, format_args!("{len} values instead of {expected_len}"))
            }
            _ => format!("{}: {error}", self.path.display()).into(),
        }
    }

    fn at(&self, line: u64, message: impl std::fmt::Display) -> crate::Error {
        format!("{}, line {line}: {message}", self.path.display()).into()
    }
}

impl<T: Table + DeserializeOwned> Iterator for CsvRows<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.read().transpose()
    }
}
