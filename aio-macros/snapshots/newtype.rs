#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::aio_sql::SqlType for UserId {
    const TYPE: ::aio_sql::Type = <i64 as ::aio_sql::SqlType>::TYPE;
    const DOMAIN: ::aio_sql::Domain = <i64 as ::aio_sql::SqlType>::DOMAIN;
    const SCALE: u32 = <i64 as ::aio_sql::SqlType>::SCALE;
    const CHECKED: bool = <i64 as ::aio_sql::SqlType>::CHECKED;
    type Order = <i64 as ::aio_sql::SqlType>::Order;
    type Read = Self;
    fn to_value(
        &self,
    ) -> ::core::result::Result<::aio_sql::Value, ::aio_sql::Unstorable> {
        <i64 as ::aio_sql::SqlType>::to_value(&self.0)
    }
    fn into_value(
        self,
    ) -> ::core::result::Result<::aio_sql::Value, ::aio_sql::Unstorable> {
        <i64 as ::aio_sql::SqlType>::into_value(self.0)
    }
    fn from_value(
        value: ::aio_sql::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::aio_sql::Mismatch> {
        ::core::result::Result::map(<i64 as ::aio_sql::SqlType>::from_value(value), Self)
    }
    #[inline]
    fn read_next(row: &mut ::aio_sql::RowRef<'_>) -> ::core::option::Option<Self> {
        ::core::option::Option::map(<i64 as ::aio_sql::SqlType>::read_next(row), Self)
    }
}
#[automatically_derived]
impl ::aio_sql::__private::ListItem for UserId {}
