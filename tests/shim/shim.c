/* Stands between a program and the file system, for the tests of durability and of faults.
 *
 * It is loaded with LD_PRELOAD. AIO_SQL_SHIM_DIR names a directory without symbolic links in its path:
 *
 *   data/     the files that the shim watches
 *   log       if AIO_SQL_SHIM_LOG is set: a record of every file that is created, and of every write, truncation, sync and
 *             removal in data/, in the order in which they happen
 *   control   a command is written to this file, which does not store it:
 *               fail CALL K ERRNO once|always [END]   the K-th call from now on fails (once), or every call from the K-th
 *                                                     on (always), with this error. CALL is read, write, sync, truncate
 *                                                     or open (for writing), of files whose name ends with END, if it is
 *                                                     given; `link`, which gives a file another name; or `thread`, the
 *                                                     start of a thread
 *               room BYTES                            the files may grow by this many bytes; then the disk is full
 *               clear                                 ends the fault
 *   fired     gets a byte for every call that has failed because of a command
 *   blocked   gets a byte for every lock that was refused because another process held it
 *
 * A write that fails writes half of its bytes first, as a bad disk may. Syncs do nothing to the disk: no power is lost
 * here, and the log shows what a power loss would leave.
 *
 * The shim calls the system directly, so that it need not look up the C library's functions, and its own calls do not come
 * back to it. The exception is the start of a thread, which only the C library can do.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 65536, FILES = 250, UNWATCHED = 0, CONTROL = 255 };
enum { NAMED = 1, CREATED, WRITTEN, TRUNCATED, SYNC_BEGUN, SYNCED, REMOVED };

struct record {
    uint8_t kind, file;
    uint16_t unused;
    uint32_t sync; /* the number of a sync, the same at its beginning and its end */
    uint64_t offset; /* of a write; for a truncation, the new length */
    uint64_t length; /* of what follows the record: the bytes of a write, or a name */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char directory[PATH_MAX], data[PATH_MAX + 8];
static int log_fd = -1, fired_fd = -1, blocked_fd = -1;
static unsigned char file_of[FDS]; /* 0, or the number of a file, or CONTROL */
static char names[FILES][NAME_MAX + 1];
static int named; /* files are numbered from 1 */
static uint32_t syncs;

static struct {
    char call[16], end[32];
    long at, seen;
    int error, always;
} rule;
static long long room = -1;

static int own(const char *name, int flags) {
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CREAT | O_CLOEXEC | O_APPEND | O_WRONLY, 0600);
}

__attribute__((constructor)) static void begin(void) {
    const char *from = getenv("AIO_SQL_SHIM_DIR");
    if (!from || strlen(from) > PATH_MAX - 16) return;
    strcpy(directory, from);
    snprintf(data, sizeof data, "%s/data", directory);
    fired_fd = own("fired", 0);
    blocked_fd = own("blocked", 0);
    if (getenv("AIO_SQL_SHIM_LOG")) log_fd = own("log", 0);
}

static void record(int kind, int file, uint32_t sync, uint64_t offset, const void *bytes, size_t length) {
    if (log_fd < 0 || file == CONTROL) return;
    struct record head = {(uint8_t)kind, (uint8_t)file, 0, sync, offset, length};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, length}};
    if (syscall(SYS_writev, log_fd, parts, length ? 2 : 1) != (long)(sizeof head + length)) abort();
}

/* Returns the number of the file at a path: 0 if it is not watched. The directory data/ itself has the empty name. */
static int numbered(const char *path) {
    size_t length = strlen(data);
    if (!length || !path) return UNWATCHED;
    if (strncmp(path, directory, length - 5) == 0 && strcmp(path + length - 5, "/control") == 0) return CONTROL;
    if (strncmp(path, data, length) != 0 || (path[length] != '/' && path[length] != 0)) return UNWATCHED;
    const char *name = path[length] ? path + length + 1 : "";
    if (strlen(name) > NAME_MAX) return UNWATCHED;
    for (int file = 0; file < named; file++)
        if (strcmp(names[file], name) == 0) return file + 1;
    if (named + 1 >= FILES) abort();
    strcpy(names[named++], name);
    record(NAMED, named, 0, 0, name, strlen(name));
    return named;
}

static int watched(int fd) { return fd >= 0 && fd < FDS ? file_of[fd] : UNWATCHED; }

static int ends(int file, const char *with) {
    const char *name = names[file - 1];
    size_t length = strlen(name), end = strlen(with);
    return length >= end && strcmp(name + length - end, with) == 0;
}

static int fails(const char *call, int file) {
    if (file == CONTROL || strcmp(rule.call, call) != 0 || (file != UNWATCHED && !ends(file, rule.end))) return 0;
    rule.seen++;
    if (rule.seen != rule.at && !(rule.always && rule.seen > rule.at)) return 0;
    if (syscall(SYS_write, fired_fd, ".", 1) != 1) abort();
    return rule.error;
}

static int error_of(const char *name) {
    if (strcmp(name, "eio") == 0) return EIO;
    if (strcmp(name, "enospc") == 0) return ENOSPC;
    if (strcmp(name, "eacces") == 0) return EACCES;
    if (strcmp(name, "eagain") == 0) return EAGAIN;
    if (strcmp(name, "etimedout") == 0) return ETIMEDOUT;
    if (strcmp(name, "eperm") == 0) return EPERM;
    if (strcmp(name, "eexist") == 0) return EEXIST;
    abort();
}

static void command(const char *bytes, size_t length) {
    char text[128] = "", error[16] = "", how[16] = "";
    if (length >= sizeof text) abort();
    memcpy(text, bytes, length);
    memset(&rule, 0, sizeof rule);
    room = -1;
    if (strncmp(text, "room ", 5) == 0) {
        room = atoll(text + 5);
    } else if (strncmp(text, "fail ", 5) == 0) {
        if (sscanf(text, "fail %15s %ld %15s %15s %31s", rule.call, &rule.at, error, how, rule.end) < 4) abort();
        rule.error = error_of(error);
        rule.always = strcmp(how, "always") == 0;
    } else if (strcmp(text, "clear") != 0) {
        abort();
    }
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    char absolute[2 * PATH_MAX];
    if (path && path[0] != '/' && at == AT_FDCWD && syscall(SYS_getcwd, absolute, PATH_MAX) > 0) {
        strcat(strcat(absolute, "/"), path);
    } else {
        snprintf(absolute, sizeof absolute, "%s", path ? path : "");
    }
    pthread_mutex_lock(&lock);
    int file = numbered(absolute);
    int error = file && (flags & O_ACCMODE) != O_RDONLY ? fails("open", file) : 0;
    struct stat before;
    int missing = file && (flags & O_CREAT) && fstatat(AT_FDCWD, absolute, &before, 0) != 0;
    int fd = error ? -1 : (int)syscall(SYS_openat, at, path, flags, mode);
    if (fd >= FDS) abort();
    if (fd >= 0) {
        file_of[fd] = (unsigned char)file;
        if (missing) record(CREATED, file, 0, 0, NULL, 0);
        if (file && (flags & O_TRUNC)) record(TRUNCATED, file, 0, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    if (error) errno = error;
    return fd;
}

#define MODE(flags, mode)                                    \
    mode_t mode = 0;                                         \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                 \
        va_list rest;                                        \
        va_start(rest, flags);                               \
        mode = va_arg(rest, mode_t);                         \
        va_end(rest);                                        \
    }

int open(const char *path, int flags, ...) { MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags, mode) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags, mode) return opened(at, path, flags, mode); }

int close(int fd) {
    /* Forgets the descriptor first, because another thread may get the same number as soon as it is closed. */
    if (fd >= 0 && fd < FDS) file_of[fd] = UNWATCHED;
    return (int)syscall(SYS_close, fd);
}

/* Writes at an offset or, if it is -1, at the file's current position. */
static ssize_t put(int fd, const void *bytes, size_t length, off_t offset) {
    int file = watched(fd);
    if (file == UNWATCHED) {
        return offset < 0 ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, offset);
    }
    pthread_mutex_lock(&lock);
    if (file == CONTROL) {
        command(bytes, length);
        pthread_mutex_unlock(&lock);
        return (ssize_t)length;
    }
    int error = fails("write", file);
    size_t allowed = error ? length / 2 : length;
    off_t at = offset < 0 ? lseek(fd, 0, SEEK_CUR) : offset;
    if (room >= 0) {
        struct stat now;
        if (fstat(fd, &now) != 0) abort();
        long long grows = (long long)at + (long long)length - (long long)now.st_size;
        if (grows > room) {
            allowed = (long long)length > grows - room ? (size_t)((long long)length - (grows - room)) : 0;
            grows = room;
            if (!allowed) error = ENOSPC;
            if (syscall(SYS_write, fired_fd, ".", 1) != 1) abort();
        }
        if (grows > 0) room -= grows;
    }
    ssize_t done = 0;
    int saved = 0;
    if (allowed || !length) {
        done = offset < 0 ? syscall(SYS_write, fd, bytes, allowed) : syscall(SYS_pwrite64, fd, bytes, allowed, offset);
        saved = errno;
        /* With O_APPEND, the position of a write is known only after it. */
        if (done > 0 && offset < 0) at = lseek(fd, 0, SEEK_CUR) - done;
        if (done > 0 && !ends(file, "-shm")) record(WRITTEN, file, 0, (uint64_t)at, bytes, (size_t)done);
    }
    pthread_mutex_unlock(&lock);
    errno = error ? error : saved;
    return error ? -1 : done;
}

ssize_t write(int fd, const void *bytes, size_t length) { return put(fd, bytes, length, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return put(fd, bytes, length, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return put(fd, bytes, length, offset); }

/* Writes only the first part, because a call may write less than it was asked to. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (watched(fd) == UNWATCHED || count == 0) return syscall(SYS_writev, fd, parts, count);
    return put(fd, parts[0].iov_base, parts[0].iov_len, -1);
}

static int refused(const char *call, int fd) {
    int file = watched(fd), error = 0;
    if (file != UNWATCHED) {
        pthread_mutex_lock(&lock);
        error = fails(call, file);
        pthread_mutex_unlock(&lock);
    }
    if (error) errno = error;
    return error;
}

ssize_t read(int fd, void *bytes, size_t length) {
    return refused("read", fd) ? -1 : syscall(SYS_read, fd, bytes, length);
}
ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
    return refused("read", fd) ? -1 : syscall(SYS_pread64, fd, bytes, length, offset);
}
ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
    return refused("read", fd) ? -1 : syscall(SYS_pread64, fd, bytes, length, offset);
}

static int truncated(int fd, off_t length) {
    int file = watched(fd);
    if (file == UNWATCHED || file == CONTROL) return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&lock);
    int error = fails("truncate", file);
    int result = error ? -1 : (int)syscall(SYS_ftruncate, fd, length);
    int saved = error ? error : errno;
    if (result == 0 && !ends(file, "-shm")) record(TRUNCATED, file, 0, (uint64_t)length, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return result;
}
int ftruncate(int fd, off_t length) { return truncated(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncated(fd, length); }

static int synced(int fd, long call) {
    int file = watched(fd);
    if (file == UNWATCHED || file == CONTROL) return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    int error = fails("sync", file);
    uint32_t sync = ++syncs;
    /* A sync covers what was written before it began. It is certain to be on the disk only when the sync has ended. */
    if (!error) record(SYNC_BEGUN, file, sync, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    if (error) {
        errno = error;
        return -1;
    }
    /* Other threads may write in the meantime. */
    sched_yield();
    pthread_mutex_lock(&lock);
    record(SYNCED, file, sync, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return 0;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int removed(int at, const char *path, int flags) {
    pthread_mutex_lock(&lock);
    int file = at == AT_FDCWD ? numbered(path) : UNWATCHED;
    int result = (int)syscall(SYS_unlinkat, at, path, flags);
    int saved = errno;
    if (result == 0 && file != UNWATCHED && file != CONTROL && !ends(file, "-shm")) record(REMOVED, file, 0, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return result;
}
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int at, const char *path, int flags) { return removed(at, path, flags); }

int linkat(int from, const char *path, int to, const char *name, int flags) {
    pthread_mutex_lock(&lock);
    int file = from == AT_FDCWD ? numbered(path) : UNWATCHED;
    int error = file != UNWATCHED ? fails("link", file) : 0;
    pthread_mutex_unlock(&lock);
    if (!error) return (int)syscall(SYS_linkat, from, path, to, name, flags);
    errno = error;
    return -1;
}

static int controlled(int fd, int command, void *argument) {
    int result = (int)syscall(SYS_fcntl, fd, command, argument);
    int saved = errno;
    if (result < 0 && command == F_SETLK && (saved == EAGAIN || saved == EACCES) && watched(fd) != UNWATCHED) {
        if (syscall(SYS_write, blocked_fd, ".", 1) != 1) abort();
    }
    errno = saved;
    return result;
}
int fcntl(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return controlled(fd, command, argument);
}
int fcntl64(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return controlled(fd, command, argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    pthread_mutex_lock(&lock);
    int error = fails("thread", UNWATCHED);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    pthread_mutex_unlock(&lock);
    return error ? error : real(thread, attributes, start, argument);
}
