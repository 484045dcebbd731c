//! The children of a tree's nodes, and how deep they are.

use std::fmt;
use std::ops::Deref;

use crate::error::Error;

/// The maximum depth of nested expressions and queries.
///
/// Every walk over a tree recurses once per level, also to drop, copy or compare it. In a debug
/// build the deepest of these walks uses about 1.6 KiB of stack per level, so that 500 levels use
/// less than half of a thread's default stack of 2 MiB. SQLite accepts 1000 levels of an
/// expression, and a level here is one or two of them.
pub(crate) const MOST_LEVELS: u16 = 500;

/// A tree with more levels than this is shown on one line, because each level of indentation
/// multiplies the time.
const INDENTED_LEVELS: u16 = 20;

/// A part of a tree that has children.
pub trait Levels {
    /// Returns the number of levels, itself included.
    fn levels(&self) -> u16;

    /// Replaces whatever in it is too deep to be nested in another level by a node that fails when
    /// it is written.
    fn prune(&mut self);
}

/// The child of a node. No more than [`MOST_LEVELS`] are ever built: what would be deeper is
/// replaced by a node that fails when it is written, so that no walk has to check its stack.
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

    /// Changes it and updates its depth.
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

    /// Returns the number of levels.
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

/// Returns the error for a statement that is nested too deep.
#[cold]
pub(crate) fn too_deep() -> Error {
    Error::usage(format!(
        "an expression or a query is nested more than {MOST_LEVELS} levels deep: join conditions by `all_of` and `any_of`, which \
         take a list, give many values as a list to `is_in`, or put them in a temporary table"
    ))
}
