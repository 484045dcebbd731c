//! Trees of conditions, with their SQL and their evaluation in Rust.

use aio_sql::{Expr, all_of, any_of, case, not};

use super::*;

/// A nullable integer column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Int {
    A,
    B,
}

/// A nullable text column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text {
    S,
    T,
}

impl Int {
    pub(super) fn of<T: Cells>(self) -> Column<T, Option<i64>> {
        match self {
            Int::A => T::A,
            Int::B => T::B,
        }
    }

    pub(super) fn get(self, row: &Cell) -> Option<i64> {
        match self {
            Int::A => row.a,
            Int::B => row.b,
        }
    }
}

impl Text {
    pub(super) fn of<T: Cells>(self) -> Column<T, Option<String>> {
        match self {
            Text::S => T::S,
            Text::T => T::T,
        }
    }

    pub(super) fn get(self, row: &Cell) -> Option<&str> {
        match self {
            Text::S => row.s.as_deref(),
            Text::T => row.t.as_deref(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Is,
    IsNot,
}

impl Op {
    pub(super) fn eval<T: PartialOrd>(self, left: Option<T>, right: Option<T>) -> Option<bool> {
        match self {
            Op::Is => return Some(left == right),
            Op::IsNot => return Some(left != right),
            _ => {}
        }
        let (left, right) = (left?, right?);
        Some(match self {
            Op::Eq | Op::Is => left == right,
            Op::Ne | Op::IsNot => left != right,
            Op::Lt => left < right,
            Op::Le => left <= right,
            Op::Gt => left > right,
            Op::Ge => left >= right,
        })
    }
}

/// Builds the comparison of two typed expressions, and converts it by its method `$into`.
macro_rules! compare {
    ($left:expr, $op:expr, $right:expr, $into:ident) => {
        match $op {
            Op::Eq => $left.eq($right).$into(),
            Op::Ne => $left.ne($right).$into(),
            Op::Lt => $left.lt($right).$into(),
            Op::Le => $left.le($right).$into(),
            Op::Gt => $left.gt($right).$into(),
            Op::Ge => $left.ge($right).$into(),
            Op::Is => $left.is_not_distinct_from($right).$into(),
            Op::IsNot => $left.is_distinct_from($right).$into(),
        }
    };
}
pub(super) use compare;

/// An integer expression of the columns of a row.
#[derive(Clone, Debug)]
pub(super) enum Number {
    Column(Int),
    Required,
    Plus(Int, i64),
    Minus(Int, Int),
    Times(Int, Int),
    Divided(Int, Int),
    Remainder(Int, i64),
    Nested(Int, Int, i64),
    Negated(Int),
    Absolute(Int),
    Coalesced(Int, i64),
    NullIf(Int, i64),
    Least(Int, Int),
    Greatest(Int, i64),
    Length(Text),
    Case(Int, i64, Int),
}

impl Number {
    fn eval(&self, row: &Cell) -> Option<i64> {
        match *self {
            Number::Column(a) => a.get(row),
            Number::Required => row.n,
            Number::Plus(a, b) => a.get(row).map(|a| a + b),
            Number::Minus(a, b) => Some(a.get(row)? - b.get(row)?),
            Number::Times(a, b) => Some(a.get(row)? * b.get(row)?),
            Number::Divided(a, b) => a.get(row)?.checked_div(b.get(row)?),
            Number::Remainder(a, b) => a.get(row)?.checked_rem(b),
            Number::Nested(a, b, c) => Some(a.get(row)? - (b.get(row)? - c)),
            Number::Negated(a) => a.get(row).map(|a| -a),
            Number::Absolute(a) => a.get(row).map(i64::abs),
            Number::Coalesced(a, b) => Some(a.get(row).unwrap_or(b)),
            Number::NullIf(a, b) => a.get(row).filter(|a| *a != b),
            Number::Least(a, b) => Some(a.get(row)?.min(b.get(row)?)),
            Number::Greatest(a, b) => a.get(row).map(|a| a.max(b)),
            Number::Length(a) => a.get(row).map(|a| a.chars().count() as i64),
            Number::Case(a, b, c) => match a.get(row) {
                Some(a) if a > b => Some(a),
                _ => c.get(row),
            },
        }
    }
}

/// A test of an integer.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Value(Op, i64),
    Column(Op, Int),
    Maybe(bool, Option<i64>),
    IsNull(bool),
    In(Vec<i64>, bool),
    InMaybe(Vec<Option<i64>>, bool),
    Between(i64, Int),
}

fn is_in<T: PartialEq>(value: Option<T>, list: &[Option<T>], negated: bool) -> Option<bool> {
    let found = match value {
        _ if list.is_empty() => Some(false),
        Some(value) if list.iter().flatten().any(|item| *item == value) => Some(true),
        Some(_) if list.iter().all(Option::is_some) => Some(false),
        _ => None,
    };
    found.map(|found| found != negated)
}

pub(super) fn is_among(value: Option<i64>, list: &[Option<i64>], negated: bool) -> Option<bool> {
    is_in(value, list, negated)
}

impl Test {
    fn eval(&self, value: Option<i64>, row: &Cell) -> Option<bool> {
        match self {
            Test::Value(op, right) => op.eval(value, Some(*right)),
            Test::Column(op, right) => op.eval(value, right.get(row)),
            Test::Maybe(equal, right) => Some((value == *right) == *equal),
            Test::IsNull(yes) => Some(value.is_none() == *yes),
            Test::In(list, negated) => is_in(value, &list.iter().copied().map(Some).collect::<Vec<_>>(), *negated),
            // In a list of `Option`s NULL is a value like any other, as with `eq` and `ne`.
            Test::InMaybe(list, negated) if *negated || list.contains(&None) => Some(list.contains(&value) != *negated),
            Test::InMaybe(list, negated) => is_in(value, list, *negated),
            Test::Between(low, high) => both(Op::Ge.eval(value, Some(*low)), Op::Le.eval(value, high.get(row))),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum TextTest {
    Value(Op, String),
    Column(Op, Text),
    IsNull(bool),
    In(Vec<String>, bool),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    StartsWithColumn(Text),
    EndsWithColumn(Text),
    ContainsColumn(Text),
    Concat(Text, Op, String),
}

/// A condition on one row.
#[derive(Clone, Debug)]
pub(super) enum Leaf {
    Number(Number, Test),
    Text(Text, TextTest),
}

impl Leaf {
    pub(super) fn eval(&self, row: &Cell) -> Option<bool> {
        match self {
            Leaf::Number(number, test) => test.eval(number.eval(row), row),
            Leaf::Text(text, test) => {
                let value = text.get(row);
                match test {
                    TextTest::Value(op, right) => op.eval(value, Some(right.as_str())),
                    TextTest::Column(op, right) => op.eval(value, right.get(row)),
                    TextTest::IsNull(yes) => Some(value.is_none() == *yes),
                    TextTest::In(list, negated) => {
                        is_in(value, &list.iter().map(|item| Some(item.as_str())).collect::<Vec<_>>(), *negated)
                    }
                    TextTest::StartsWith(part) => value.map(|value| value.starts_with(part)),
                    TextTest::EndsWith(part) => value.map(|value| value.ends_with(part)),
                    TextTest::Contains(part) => value.map(|value| value.contains(part)),
                    TextTest::StartsWithColumn(part) => Some(value?.starts_with(part.get(row)?)),
                    TextTest::EndsWithColumn(part) => Some(value?.ends_with(part.get(row)?)),
                    TextTest::ContainsColumn(part) => Some(value?.contains(part.get(row)?)),
                    TextTest::Concat(other, op, right) => {
                        let value = value.zip(other.get(row)).map(|(value, other)| format!("{value}{other}"));
                        op.eval(value.as_deref(), Some(right.as_str()))
                    }
                }
            }
        }
    }

    pub(super) fn condition<T: Cells>(&self) -> Condition<T> {
        macro_rules! test {
            ($left:expr, $test:expr) => {
                match $test {
                    Test::Value(op, right) => compare!($left, op, *right, into),
                    Test::Column(op, right) => compare!($left, op, right.of::<T>(), into),
                    Test::Maybe(true, right) => $left.eq(*right).into(),
                    Test::Maybe(false, right) => $left.ne(*right).into(),
                    Test::IsNull(true) => $left.is_null().into(),
                    Test::IsNull(false) => $left.is_not_null().into(),
                    Test::In(list, false) => $left.is_in(list).into(),
                    Test::In(list, true) => $left.is_not_in(list.clone()).into(),
                    Test::InMaybe(list, false) => $left.is_in(list.clone()).into(),
                    Test::InMaybe(list, true) => $left.is_not_in(list.clone()).into(),
                    Test::Between(low, high) => $left.between(*low, high.of::<T>()).into(),
                }
            };
        }
        match self {
            Leaf::Number(number, test) => match *number {
                Number::Column(a) => test!(a.of::<T>(), test),
                Number::Required => test!(T::N, test),
                Number::Plus(a, b) => test!((a.of::<T>() + b), test),
                Number::Minus(a, b) => test!((a.of::<T>() - b.of::<T>()), test),
                Number::Times(a, b) => test!((a.of::<T>() * b.of::<T>()), test),
                Number::Divided(a, b) => test!((a.of::<T>() / b.of::<T>()), test),
                Number::Remainder(a, b) => test!((a.of::<T>() % b), test),
                Number::Nested(a, b, c) => test!((a.of::<T>() - (b.of::<T>() - c)), test),
                Number::Negated(a) => test!((-a.of::<T>()), test),
                Number::Absolute(a) => test!(a.of::<T>().abs(), test),
                Number::Coalesced(a, b) => test!(a.of::<T>().coalesce(b), test),
                Number::NullIf(a, b) => test!(a.of::<T>().null_if(b), test),
                Number::Least(a, b) => test!(a.of::<T>().least(b.of::<T>()), test),
                Number::Greatest(a, b) => test!(a.of::<T>().greatest(b), test),
                Number::Length(a) => test!(a.of::<T>().length(), test),
                Number::Case(a, b, c) => {
                    test!(case::<i64>().when(a.of::<T>().gt(b), a.of::<T>()).otherwise(c.of::<T>()), test)
                }
            },
            Leaf::Text(text, test) => {
                let column = text.of::<T>();
                match test {
                    TextTest::Value(op, right) => compare!(column, op, right, into),
                    TextTest::Column(op, right) => compare!(column, op, right.of::<T>(), into),
                    TextTest::IsNull(true) => column.is_null().into(),
                    TextTest::IsNull(false) => column.is_not_null().into(),
                    TextTest::In(list, false) => column.is_in(list).into(),
                    TextTest::In(list, true) => column.is_not_in(list.clone()).into(),
                    TextTest::StartsWith(part) => column.starts_with(part).into(),
                    TextTest::EndsWith(part) => column.ends_with(part.as_str()).into(),
                    TextTest::Contains(part) => column.contains(part.clone()).into(),
                    TextTest::StartsWithColumn(part) => column.starts_with(part.of::<T>()).into(),
                    TextTest::EndsWithColumn(part) => column.ends_with(part.of::<T>()).into(),
                    TextTest::ContainsColumn(part) => column.contains(part.of::<T>()).into(),
                    TextTest::Concat(other, op, right) => {
                        compare!(column.concat(other.of::<T>()), op, right.as_str(), into)
                    }
                }
            }
        }
    }
}

/// A combination of conditions.
#[derive(Clone, Debug)]
pub(super) enum Tree<L> {
    Leaf(L),
    All(Vec<Tree<L>>),
    Any(Vec<Tree<L>>),
    Not(Box<Tree<L>>),
}

pub(super) fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

impl<L> Tree<L> {
    pub(super) fn eval(&self, leaf: &dyn Fn(&L) -> Option<bool>) -> Option<bool> {
        match self {
            Tree::Leaf(one) => leaf(one),
            Tree::All(trees) => trees.iter().map(|tree| tree.eval(leaf)).fold(Some(true), both),
            Tree::Any(trees) => {
                let negated = trees.iter().map(|tree| tree.eval(leaf).map(|holds| !holds));
                negated.fold(Some(true), both).map(|none| !none)
            }
            Tree::Not(tree) => tree.eval(leaf).map(|holds| !holds),
        }
    }

    /// Builds the condition. Two conditions are combined with the methods `and` and `or`, which
    /// `two` calls, and any other number with `all_of` and `any_of`.
    #[allow(clippy::type_complexity, reason = "a name would only hide it")]
    pub(super) fn condition<S>(
        &self,
        leaf: &dyn Fn(&L) -> Expr<S, bool>,
        two: &dyn Fn(Expr<S, bool>, Expr<S, bool>, bool) -> Expr<S, bool>,
    ) -> Expr<S, bool> {
        match self {
            Tree::Leaf(one) => leaf(one),
            Tree::All(trees) | Tree::Any(trees) if trees.len() == 2 => {
                let [a, b] = [&trees[0], &trees[1]].map(|tree| tree.condition(leaf, two));
                two(a, b, matches!(self, Tree::All(_)))
            }
            Tree::All(trees) => all_of(trees.iter().map(|tree| tree.condition(leaf, two))),
            Tree::Any(trees) => any_of(trees.iter().map(|tree| tree.condition(leaf, two))),
            Tree::Not(tree) => match **tree {
                Tree::Leaf(_) => !tree.condition(leaf, two),
                _ => not(tree.condition(leaf, two)),
            },
        }
    }
}

impl Tree<Leaf> {
    pub(super) fn holds(&self, row: &Cell) -> bool {
        self.eval(&|leaf| leaf.eval(row)) == Some(true)
    }

    pub(super) fn of<T: Cells>(&self) -> Condition<T> {
        self.condition(&|leaf| leaf.condition::<T>(), &|a, b, and| if and { a.and(b).into() } else { a.or(b).into() })
    }
}

pub(super) fn int() -> impl Strategy<Value = Int> + Clone {
    select(vec![Int::A, Int::B])
}

pub(super) fn string() -> impl Strategy<Value = Text> + Clone {
    select(vec![Text::S, Text::T])
}

pub(super) fn op() -> impl Strategy<Value = Op> + Clone {
    select(vec![Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::Is, Op::IsNot])
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        4 => int().prop_map(Number::Column),
        1 => Just(Number::Required),
        1 => (int(), small()).prop_map(|(a, b)| Number::Plus(a, b)),
        1 => (int(), int()).prop_map(|(a, b)| Number::Minus(a, b)),
        1 => (int(), int()).prop_map(|(a, b)| Number::Times(a, b)),
        1 => (int(), int()).prop_map(|(a, b)| Number::Divided(a, b)),
        1 => (int(), small()).prop_map(|(a, b)| Number::Remainder(a, b)),
        1 => (int(), int(), small()).prop_map(|(a, b, c)| Number::Nested(a, b, c)),
        1 => int().prop_map(Number::Negated),
        1 => int().prop_map(Number::Absolute),
        1 => (int(), small()).prop_map(|(a, b)| Number::Coalesced(a, b)),
        1 => (int(), small()).prop_map(|(a, b)| Number::NullIf(a, b)),
        1 => (int(), int()).prop_map(|(a, b)| Number::Least(a, b)),
        1 => (int(), small()).prop_map(|(a, b)| Number::Greatest(a, b)),
        1 => string().prop_map(Number::Length),
        1 => (int(), small(), int()).prop_map(|(a, b, c)| Number::Case(a, b, c)),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    prop_oneof![
        4 => (op(), small()).prop_map(|(op, value)| Test::Value(op, value)),
        2 => (op(), int()).prop_map(|(op, column)| Test::Column(op, column)),
        1 => (any::<bool>(), option::of(small())).prop_map(|(equal, value)| Test::Maybe(equal, value)),
        1 => any::<bool>().prop_map(Test::IsNull),
        1 => (vec(small(), 0..4), any::<bool>()).prop_map(|(list, negated)| Test::In(list, negated)),
        1 => (vec(option::of(small()), 0..4), any::<bool>()).prop_map(|(list, negated)| Test::InMaybe(list, negated)),
        1 => (small(), int()).prop_map(|(low, high)| Test::Between(low, high)),
    ]
}

fn text_test() -> impl Strategy<Value = TextTest> {
    prop_oneof![
        2 => (op(), text()).prop_map(|(op, value)| TextTest::Value(op, value)),
        1 => (op(), string()).prop_map(|(op, column)| TextTest::Column(op, column)),
        1 => any::<bool>().prop_map(TextTest::IsNull),
        1 => (vec(text(), 0..4), any::<bool>()).prop_map(|(list, negated)| TextTest::In(list, negated)),
        1 => text().prop_map(TextTest::StartsWith),
        1 => text().prop_map(TextTest::EndsWith),
        1 => text().prop_map(TextTest::Contains),
        1 => string().prop_map(TextTest::StartsWithColumn),
        1 => string().prop_map(TextTest::EndsWithColumn),
        1 => string().prop_map(TextTest::ContainsColumn),
        1 => (string(), op(), text()).prop_map(|(other, op, value)| TextTest::Concat(other, op, value)),
    ]
}

pub(super) fn leaf() -> impl Strategy<Value = Leaf> {
    prop_oneof![
        2 => (number(), test()).prop_map(|(number, test)| Leaf::Number(number, test)),
        1 => (string(), text_test()).prop_map(|(column, test)| Leaf::Text(column, test)),
    ]
}

pub(super) fn tree<L: Clone + Debug + 'static>(leaf: impl Strategy<Value = L> + 'static) -> BoxedStrategy<Tree<L>> {
    leaf.prop_map(Tree::Leaf)
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Tree::All),
                vec(inner.clone(), 0..4).prop_map(Tree::Any),
                inner.prop_map(|tree| Tree::Not(Box::new(tree))),
            ]
        })
        .boxed()
}
