//! Checksums of results that do not depend on the order of the rows. They show that every program
//! did the same work.

/// The number of rows of a result, and a checksum of their values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Check {
    pub rows: u64,
    pub sum: u64,
}

impl Check {
    /// Creates the check of a result whose rows are verified in another way.
    pub fn rows(rows: u64) -> Check {
        Check { rows, sum: 0 }
    }

    /// Creates the check of one row.
    pub fn row(numbers: &[i64], texts: &[Option<&str>]) -> Check {
        let numbers = numbers.iter().map(|number| number.to_le_bytes());
        let mut hash = numbers.fold(0xcbf2_9ce4_8422_2325, |hash, bytes| hashed(hash, &bytes));
        for text in texts {
            hash = match text {
                Some(text) => hashed(hashed(hash, text.as_bytes()), &[1]),
                None => hashed(hash, &[0]),
            };
        }
        Check { rows: 1, sum: hash }
    }

    /// Creates the check of a row of the left join: a user, and a post if there is one.
    pub fn joined(id: i64, name: &str, hair_color: Option<&str>, post: Option<(i64, i64, &str)>) -> Check {
        match post {
            Some((post, user, title)) => Check::row(&[id, post, user], &[Some(name), hair_color, Some(title)]),
            None => Check::row(&[id], &[Some(name), hair_color, None]),
        }
    }

    pub fn add(&mut self, other: Check) {
        self.rows += other.rows;
        self.sum = self.sum.wrapping_add(other.sum);
    }

    /// Adds a row of the workload `stream`. The call is part of the measured time, so it has to be
    /// cheap.
    #[inline]
    pub fn add_reading(&mut self, id: i64, sensor: &str, value: f64) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add((id as u64) ^ value.to_bits()).wrapping_add(sensor.len() as u64);
    }
}

impl FromIterator<Check> for Check {
    fn from_iter<I: IntoIterator<Item = Check>>(checks: I) -> Check {
        checks.into_iter().fold(Check::default(), |mut sum, check| {
            sum.add(check);
            sum
        })
    }
}

/// Adds bytes to a hash by FNV-1a.
fn hashed(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// A result whose rows can be counted and verified by a checksum.
pub trait Checked {
    fn check(&self) -> Check;

    fn rows(&self) -> usize;
}

/// A library's struct for a row of `users`.
pub trait AsUser: Send + 'static {
    fn user(&self) -> (i64, &str, Option<&str>);

    fn check(&self) -> Check {
        let (id, name, hair_color) = self.user();
        Check::row(&[id], &[Some(name), hair_color])
    }
}

/// A library's struct for a row of `posts`.
pub trait AsPost: Send + 'static {
    fn post(&self) -> (i64, i64, &str);

    fn check(&self) -> Check {
        let (id, user_id, title) = self.post();
        Check::row(&[id, user_id], &[Some(title)])
    }
}

/// A library's struct for a row of `comments`.
pub trait AsComment: Send + 'static {
    fn comment(&self) -> (i64, i64, &str);

    fn check(&self) -> Check {
        let (id, post_id, text) = self.comment();
        Check::row(&[id, post_id], &[Some(text)])
    }
}

/// A library's type for a row of the left join.
pub trait AsJoined: Send + 'static {
    fn check(&self) -> Check;
}

impl<U: AsUser, P: AsPost> AsJoined for (U, Option<P>) {
    fn check(&self) -> Check {
        let (id, name, hair_color) = self.0.user();
        let post = self.1.as_ref().map(AsPost::post);
        Check::joined(id, name, hair_color, post)
    }
}

/// A user with posts, each of which has comments: a part of the result of the workload `three`.
#[derive(Debug)]
pub struct Tree<U, P, C> {
    pub user: U,
    pub posts: Vec<(P, Vec<C>)>,
}

impl<U: AsUser, P: AsPost, C: AsComment> Checked for Vec<Tree<U, P, C>> {
    fn check(&self) -> Check {
        let mut sum = Check::default();
        for tree in self {
            let user = tree.user.check();
            sum.add(user);
            for (post, comments) in &tree.posts {
                // The checksum of a post or comment is multiplied by that of its parent, so that a
                // row under the wrong parent is detected.
                let post = post.check();
                sum.add(Check { rows: 1, sum: post.sum.wrapping_mul(user.sum | 1) });
                for comment in comments {
                    sum.add(Check { rows: 1, sum: comment.check().sum.wrapping_mul(post.sum | 1) });
                }
            }
        }
        sum
    }

    fn rows(&self) -> usize {
        let of_post = |(_, comments): &(P, Vec<C>)| 1 + comments.len();
        self.iter().map(|tree| 1 + tree.posts.iter().map(of_post).sum::<usize>()).sum()
    }
}

/// Assembles users, posts and comments into trees. Each list has to be sorted by its key, the
/// posts also by their users, and the comments by their posts.
pub fn assemble<U: AsUser, P: AsPost, C: AsComment>(
    users: Vec<U>,
    posts: Vec<P>,
    comments: Vec<C>,
) -> Vec<Tree<U, P, C>> {
    let (mut posts, mut comments) = (posts.into_iter().peekable(), comments.into_iter().peekable());
    let mut trees = Vec::with_capacity(users.len());
    for user in users {
        let mut its_posts = Vec::new();
        while let Some(post) = posts.next_if(|post| post.post().1 == user.user().0) {
            let mut its_comments = Vec::new();
            while let Some(comment) = comments.next_if(|comment| comment.comment().1 == post.post().0) {
                its_comments.push(comment);
            }
            its_posts.push((post, its_comments));
        }
        trees.push(Tree { user, posts: its_posts });
    }
    trees
}

/// Implements [`AsUser`], [`AsPost`] and [`AsComment`] for a program's structs, whose fields are
/// named like the columns: `shapes!(User, Post, Comment)`.
#[macro_export]
macro_rules! shapes {
    ($user:ty, $post:ty, $comment:ty) => {
        impl $crate::AsUser for $user {
            fn user(&self) -> (i64, &str, Option<&str>) {
                (self.id as i64, &self.name, self.hair_color.as_deref())
            }
        }
        impl $crate::AsPost for $post {
            fn post(&self) -> (i64, i64, &str) {
                (self.id as i64, self.user_id as i64, &self.title)
            }
        }
        impl $crate::AsComment for $comment {
            fn comment(&self) -> (i64, i64, &str) {
                (self.id as i64, self.post_id as i64, &self.text)
            }
        }
    };
}
