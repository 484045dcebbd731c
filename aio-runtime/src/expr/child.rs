//! What stands below a node of a tree, and how deep it is.

use std::fmt;
use std::ops::Deref;

use crate::error::Error;

/// How many levels of expressions and queries may stand in each other.
///
/// Whatever walks a tree calls itself once a level, also to drop, copy or compare it. In a debug
/// build the deepest of these walks takes about 1.6 KiB of stack for a level: 500 levels take less
/// than half of the 2 MiB that a thread has where nobody says otherwise. SQLite takes 1000 levels
/// of an expression, and a level here is one or two of them.
pub(crate) const MOST_LEVELS: u16 = 500;

/// With more levels than this, a tree is shown on one line: each level that indents the others
/// multiplies the time.
const INDENTED_LEVELS: u16 = 20;

/// A part of a tree that has others in it.
pub trait Levels {
    /// How many levels it has, itself included.
    fn levels(&self) -> u16;

    /// Puts something that says so in place of whatever in it is too deep to stand below another
    /// level.
    fn prune(&mut self);
}

/// What stands below a node. No more than [`MOST_LEVELS`] are ever built: what would be deeper is
/// replaced by a node that fails when it is written, so that no walk has to look after its stack.
#[derive(Clone)]
pub struct Child<T> {
    tree: T,
    levels: u16,
}

impl<T: Levels> Child<T> {
    pub(crate) fn new(tree: T) -> Child<T> {
        let mut child = Child { levels: tree.levels(), tree };
        child.bound();
        child
    }

    /// Changes it, and looks how deep it is then.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut T)) {
        change(&mut self.tree);
        self.levels = self.tree.levels();
        self.bound();
    }

    fn bound(&mut self) {
        if self.levels >= MOST_LEVELS {
            self.tree.prune();
            self.levels = self.tree.levels();
        }
    }

    /// How many levels it has.
    pub(crate) fn levels(&self) -> u16 {
        self.levels
    }

    pub(crate) fn into_inner(self) -> T {
        self.tree
    }
}

impl<T: Levels> Child<Box<T>> {
    pub(crate) fn boxed(tree: T) -> Child<Box<T>> {
        Child::new(Box::new(tree))
    }
}

impl<T: Levels> Child<Vec<T>> {
    pub(crate) fn append(&mut self, mut more: Child<Vec<T>>) {
        self.tree.append(&mut more.tree);
        self.levels = self.levels.max(more.levels);
    }
}

impl<T> Deref for Child<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.tree
    }
}

impl<T: fmt::Debug> fmt::Debug for Child<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.alternate() && self.levels > INDENTED_LEVELS {
            true => write!(f, "{:?}", self.tree),
            false => self.tree.fmt(f),
        }
    }
}

impl<T: Levels> Levels for Box<T> {
    fn levels(&self) -> u16 {
        (**self).levels()
    }

    fn prune(&mut self) {
        (**self).prune();
    }
}

impl<T: Levels> Levels for Vec<T> {
    fn levels(&self) -> u16 {
        self.iter().map(T::levels).max().unwrap_or(0)
    }

    fn prune(&mut self) {
        self.iter_mut().for_each(T::prune);
    }
}

impl<T: Levels> Levels for Option<T> {
    fn levels(&self) -> u16 {
        self.as_ref().map_or(0, T::levels)
    }

    fn prune(&mut self) {
        self.iter_mut().for_each(T::prune);
    }
}

impl<A: Levels, B: Levels> Levels for (A, B) {
    fn levels(&self) -> u16 {
        self.0.levels().max(self.1.levels())
    }

    fn prune(&mut self) {
        self.0.prune();
        self.1.prune();
    }
}

/// What is wrong with a statement in which something is nested too deep.
#[cold]
pub(crate) fn too_deep() -> Error {
    Error::usage(format!(
        "an expression or a query is nested more than {MOST_LEVELS} levels deep: join conditions by `all_of` and `any_of`, which \
         take a list, give many values as a list to `is_in`, or put them in a temporary table"
    ))
}
