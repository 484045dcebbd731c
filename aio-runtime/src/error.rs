use crate::row::Row;
