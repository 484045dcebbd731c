//! The child of a node in a tree of expressions and queries, which knows how many levels it has.

use std::fmt;
use std::ops::Deref;

use crate::error::Error;

/// The maximum number of levels of nested expressions and queries.
///
/// Every walk over a tree recurses once per level, also to drop, copy or compare it. In a debug
/// build the deepest of these walks uses about 1.6 KiB of stack per level, so that 500 levels use
/// less than half of a thread's default stack of 2 MiB. SQLite accepts 1000 levels of an
/// expression, and one level of this tree becomes one or two levels in SQLite.
pub(crate) const MAX_DEPTH: u16 = 500;

/// `Debug` writes a tree with more levels than this on one line even for `{:#?}`, because each
/// level of indentation multiplies the time.
const MAX_INDENTED_DEPTH: u16 = 20;

/// A part of a tree of expressions and queries: a node, a query, or a collection of them.
pub trait Tree {
    /// Returns the number of levels of this part, including its own level.
    fn depth(&self) -> u16;

    /// Replaces each node or query in this part that is too deep to be nested in another level by
    /// one that makes the statement fail when its text is written.
    fn prune(&mut self);
}

/// The child of a node. It never has more than [`MAX_DEPTH`] levels: a deeper child is replaced by
/// a node that makes the statement fail, so that code that walks over a tree does not have to
/// check the stack.
#[derive(Clone)]
pub struct Child<T> {
    tree: T,
    depth: u16,
}

impl<T: Tree> Child<T> {
    pub(crate) fn new(tree: T) -> Child<T> {
        let mut child = Child { depth: tree.depth(), tree };
        child.limit_depth();
        child
    }

    /// Changes the child and updates its depth. What has become too deep is replaced by a node
    /// that makes the statement fail.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut T)) {
        change(&mut self.tree);
        self.depth = self.tree.depth();
        self.limit_depth();
    }

    fn limit_depth(&mut self) {
        if self.depth >= MAX_DEPTH {
            self.tree.prune();
            self.depth = self.tree.depth();
        }
    }

    /// Returns the number of levels of the child.
    pub(crate) fn depth(&self) -> u16 {
        self.depth
    }

    pub(crate) fn into_inner(self) -> T {
        self.tree
    }
}

impl<T: Tree> Child<Box<T>> {
    pub(crate) fn boxed(tree: T) -> Child<Box<T>> {
        Child::new(Box::new(tree))
    }
}

impl<T: Tree> Child<Vec<T>> {
    pub(crate) fn append(&mut self, mut more: Child<Vec<T>>) {
        self.tree.append(&mut more.tree);
        self.depth = self.depth.max(more.depth);
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
        match f.alternate() && self.depth > MAX_INDENTED_DEPTH {
            true => write!(f, "{:?}", self.tree),
            false => self.tree.fmt(f),
        }
    }
}

impl<T: Tree> Tree for Box<T> {
    fn depth(&self) -> u16 {
        (**self).depth()
    }

    fn prune(&mut self) {
        (**self).prune();
    }
}

impl<T: Tree> Tree for Vec<T> {
    fn depth(&self) -> u16 {
        self.iter().map(T::depth).max().unwrap_or(0)
    }

    fn prune(&mut self) {
        self.iter_mut().for_each(T::prune);
    }
}

impl<T: Tree> Tree for Option<T> {
    fn depth(&self) -> u16 {
        self.as_ref().map_or(0, T::depth)
    }

    fn prune(&mut self) {
        self.iter_mut().for_each(T::prune);
    }
}

impl<A: Tree, B: Tree> Tree for (A, B) {
    fn depth(&self) -> u16 {
        self.0.depth().max(self.1.depth())
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
        "an expression or a query is nested more than {MAX_DEPTH} levels deep: combine conditions with `all_of` or `any_of`, which \
         take a list, pass many values to `is_in` as a list, or put them in a temporary table"
    ))
}
