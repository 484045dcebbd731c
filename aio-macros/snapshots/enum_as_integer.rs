#[automatically_derived]
#[diagnostic::do_not_recommend]
impl other::SqlType for Level {
    const TYPE: other::Type = other::Type::Integer;
    const DOMAIN: other::Domain = other::Domain::Integers(&[-1, 0, 16]);
    type Order = other::Sorted;
    type Read = Self;
    fn to_value(&self) -> ::core::result::Result<other::Value, other::Unstorable> {
        ::core::result::Result::Ok(
            other::Value::Integer(
                match self {
                    Self::Low => -1,
                    Self::Middle => 0,
                    Self::High => 16,
                },
            ),
        )
    }
    fn from_value(
        value: other::ValueRef<'_>,
    ) -> ::core::result::Result<Self, other::Mismatch> {
        match value {
            other::ValueRef::Integer(-1) => ::core::result::Result::Ok(Self::Low),
            other::ValueRef::Integer(0) => ::core::result::Result::Ok(Self::Middle),
            other::ValueRef::Integer(16) => ::core::result::Result::Ok(Self::High),
            other::ValueRef::Integer(_) => {
                ::core::result::Result::Err(
                    other::Mismatch::new("one of -1, 0, 16", "another integer"),
                )
            }
            other => {
                ::core::result::Result::Err(
                    other::Mismatch::new("one of -1, 0, 16", other.kind()),
                )
            }
        }
    }
}
#[automatically_derived]
impl other::__private::ListItem for Level {}
