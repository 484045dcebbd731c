//! Chooses the folder for the files of an in-memory database: the system's folder for shared
//! memory, or the temporary folder.
//!
//! Files in shared memory need no disk, but containers often limit shared memory to 64 MB. The
//! free space of a folder is its size in the list of mounts minus the sizes of its files.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// If at least this number of bytes is free in the folder for shared memory, that folder is used
/// without comparing it with the temporary folder.
const ENOUGH: u64 = 1 << 30;

/// The system's folder for shared memory.
const SHARED: &str = "/dev/shm";

/// Returns the folders in the order in which they are tried.
pub(super) fn folders() -> [PathBuf; 2] {
    let (shared, temporary) = (PathBuf::from(SHARED), env::temp_dir());
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let free = |folder: &Path| free_memory(folder, &mounts);
    if is_shared_first(free(&shared), free(&temporary)) { [shared, temporary] } else { [temporary, shared] }
}

/// Returns whether the folder for shared memory is tried first. The arguments are the free bytes,
/// or `None` for a folder that is not in memory or whose free space is unknown.
fn is_shared_first(shared: Option<u64>, temporary: Option<u64>) -> bool {
    match (shared, temporary) {
        (None, _) => true,
        (Some(shared), _) if shared >= ENOUGH => true,
        (Some(shared), Some(temporary)) => shared >= temporary,
        (Some(_), None) => false,
    }
}

/// Returns the advice for an in-memory database whose folder is full.
pub(super) fn advice(directory: &Path) -> String {
    let folder = directory.parent().unwrap_or(directory);
    let advice = match folder == Path::new(SHARED) {
        true => "give that folder more (`--shm-size` of a container, or `mount -o remount,size=…`)",
        false => "set the environment variable `TMPDIR` to a folder with more space",
    };
    format!("the in-memory database has its files in `{}`: {advice}, or use a database file", folder.display())
}

/// The maximum number of files whose sizes are added up. Without this limit, a folder with very
/// many files would delay the opening of a database.
const FILES: usize = 10_000;

/// Returns the number of free bytes of a folder in memory, or `None` if the folder is not in
/// memory or the number is unknown.
fn free_memory(folder: &Path, mounts: &str) -> Option<u64> {
    // The path may contain symbolic links.
    let folder = fs::canonicalize(folder).ok()?;
    let mount = mount_of(&folder, mounts)?;
    let size = mount.size.or_else(|| Some(total_memory()? / 2))?;
    Some(size.saturating_sub(used(&mount.point)))
}

/// A mounted file system in memory.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    point: PathBuf,
    /// The size of the file system in bytes; `None` for the default, which is half of the memory.
    size: Option<u64>,
}

/// Returns the mount that contains a folder, or `None` if that is not a file system in memory with
/// a size limit (<https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html>).
fn mount_of(folder: &Path, mounts: &str) -> Option<Mount> {
    let parsed = mounts.lines().filter_map(|line| {
        let (about, source) = line.split_once(" - ")?;
        let point = PathBuf::from(unescaped(about.split(' ').nth(4)?));
        let mut source = source.split(' ');
        Some((point, source.next()?, source.nth(1)?))
    });
    // `max_by_key` returns the last maximum: a later mount at the same path covers the earlier
    // one.
    let of_folder = parsed.filter(|(point, ..)| folder.starts_with(point));
    let (point, kind, options) = of_folder.max_by_key(|(point, ..)| point.components().count())?;
    let size = options.split(',').find_map(|option| option.strip_prefix("size="));
    match (kind, size) {
        ("tmpfs", None) => Some(Mount { point, size: None }),
        ("tmpfs", Some(size)) => {
            let kibibytes = size.strip_suffix('k').and_then(|number| number.parse::<u64>().ok())?;
            // A size of 0 means no limit.
            (kibibytes > 0).then_some(Mount { point, size: Some(kibibytes.saturating_mul(1024)) })
        }
        _ => None,
    }
}

/// Decodes blanks and other special characters, which the list of mounts writes as a backslash and
/// three octal digits.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(u8::is_ascii);
        match code {
            Some(code) => {
                plain.push(char::from(code));
                plain.push_str(&part[3..]);
            }
            None => plain.extend(["\\", part]),
        }
    }
    plain
}

/// Returns the size of the machine's memory in bytes, or `None` if it is unknown.
fn total_memory() -> Option<u64> {
    let memory = fs::read_to_string("/proc/meminfo").ok()?;
    let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    total.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Returns the number of bytes that the files in a folder and its subfolders occupy, counting at
/// most `FILES` of them. Folders without read permission count as empty.
#[cfg(unix)]
fn used(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let (mut folders, mut files, mut used) = (vec![folder.to_owned()], 0, 0_u64);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            files += 1;
            if files > FILES {
                return used;
            }
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => used = used.saturating_add(metadata.blocks().saturating_mul(512)),
                Err(_) => {}
            }
        }
    }
    used
}

#[cfg(not(unix))]
fn used(_: &Path) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn shared_memory_is_taken_where_there_is_enough_of_it_or_the_other_has_less() {
        let first = |shared: Option<u64>, temporary: Option<u64>| is_shared_first(shared, temporary);
        assert!(first(Some(ENOUGH), None), "a desktop");
        assert!(!first(Some(64 * MIB), None), "a container");
        assert!(!first(Some(ENOUGH - 1), Some(ENOUGH)), "a small one beside a larger temporary folder in memory");
        assert!(first(Some(64 * MIB), Some(16 * MIB)), "both in memory");
        assert!(first(Some(ENOUGH), Some(2 * ENOUGH)), "both have enough");
        assert!(first(None, None), "another system, or no limit");
        assert!(first(None, Some(MIB)));
    }

    #[test]
    fn the_size_of_a_folder_is_that_of_the_innermost_file_system_around_it() {
        let mounts = "22 1 252:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
                      24 22 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=12334492k,mode=755\n\
                      25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684092k\n\
                      30 25 0:27 / /dev/shm rw,nosuid master:3 propagate_from:2 - tmpfs shm rw,size=65536k,inode64\n\
                      31 22 0:28 / /run rw - tmpfs tmpfs rw,mode=755\n\
                      32 22 0:29 / /tmp/a\\040b\\134c rw - tmpfs tmpfs rw,size=1024k\n\
                      33 22 0:30 / /free rw - tmpfs tmpfs rw,size=0k\n";
        let of = |folder: &str| mount_of(Path::new(folder), mounts);
        let mount = |point: &str, size| Some(Mount { point: PathBuf::from(point), size });
        assert_eq!(of("/dev/shm"), mount("/dev/shm", Some(64 * MIB)), "the later of two");
        assert_eq!(of("/run/user/7"), mount("/run", None));
        assert_eq!(of("/tmp/a b\\c/d"), mount("/tmp/a b\\c", Some(MIB)));
        assert_eq!(of("/tmp/a"), None, "a disk");
        assert_eq!(of("/free"), None, "no limit");
        assert_eq!(mount_of(Path::new("/dev/shm"), "no list of mounts\n - \n"), None);
    }

    #[cfg(unix)]
    #[test]
    fn files_in_a_folder_reduce_its_free_space() -> std::io::Result<()> {
        let folder = env::temp_dir().join(format!("aio-sql-used-{}", std::process::id()));
        fs::create_dir_all(folder.join("inner"))?;
        let before = used(&folder);
        fs::write(folder.join("inner/file"), vec![1; 3 << 20])?;
        let after = used(&folder);
        fs::remove_dir_all(&folder)?;
        assert!(after >= before + (3 << 20), "{before}, {after}");
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_memory_of_this_machine_is_known() {
        assert!(total_memory().is_some_and(|total| total > 64 * MIB));
    }

    #[test]
    fn the_advice_names_the_folder_and_what_to_set() {
        let shared = advice(Path::new("/dev/shm/aio-sql-1-0"));
        assert!(shared.contains("`/dev/shm`") && shared.contains("--shm-size"), "{shared}");
        let temporary = advice(Path::new("/tmp/aio-sql-1-0"));
        assert!(temporary.contains("`/tmp`") && temporary.contains("TMPDIR"), "{temporary}");
    }
}
