#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::aio_sql::SqlType for Colour {
    const TYPE: ::aio_sql::Type = ::aio_sql::Type::Text;
    const DOMAIN: ::aio_sql::Domain = ::aio_sql::Domain::Texts(&["red", "grass"]);
    type Order = ::aio_sql::Unsorted;
    type Read = Self;
    fn to_value(
        &self,
    ) -> ::core::result::Result<::aio_sql::Value, ::aio_sql::Unstorable> {
        ::core::result::Result::Ok(
            ::aio_sql::Value::Text(
                ::std::string::String::from(
                    match self {
                        Self::Red => "red",
                        Self::GreenAsGrass => "grass",
                    },
                ),
            ),
        )
    }
    fn from_value(
        value: ::aio_sql::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::aio_sql::Mismatch> {
        match value {
            ::aio_sql::ValueRef::Text("red") => ::core::result::Result::Ok(Self::Red),
            ::aio_sql::ValueRef::Text("grass") => {
                ::core::result::Result::Ok(Self::GreenAsGrass)
            }
            ::aio_sql::ValueRef::Text(_) => {
                ::core::result::Result::Err(
                    ::aio_sql::Mismatch::new("one of red, grass", "another text"),
                )
            }
            other => {
                ::core::result::Result::Err(
                    ::aio_sql::Mismatch::new("one of red, grass", other.kind()),
                )
            }
        }
    }
}
#[automatically_derived]
impl ::aio_sql::__private::ListItem for Colour {}
