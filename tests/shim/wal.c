/* Logs what a PostgreSQL server writes into files and when it waits for the disk, for the test of a power cut.
 *
 * It is loaded into all processes of the server with LD_PRELOAD. AIO_SQL_WAL_LOG names the file of the log, to which a record is
 * appended for every write at a place of a file, when it is done, and for the beginning and the end of every sync. Syncs do
 * nothing to the disk, but take as long as those of a slow one: no power is lost here, and the log shows what a power cut would
 * leave.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITTEN = 1, SYNC_BEGUN, SYNCED };

struct record {
    uint64_t kind, inode, offset;
    uint64_t length; /* of the bytes of a write, which follow; of a sync, a number that its beginning and end share */
};

static int log_fd = -1;
static uint64_t syncs;

static int log_file(void) {
    const char *path = getenv("AIO_SQL_WAL_LOG");
    /* A process that was forked has its parent's file, and appends to it. */
    if (log_fd < 0 && path)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return log_fd;
}

static void record(uint64_t kind, int fd, uint64_t offset, uint64_t length, const void *bytes, size_t count) {
    struct stat status;
    if (log_file() < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return;
    struct record head = {kind, status.st_ino, offset, length};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, count}};
    if (syscall(SYS_writev, log_fd, parts, count ? 2 : 1) != (long)(sizeof head + count)) abort();
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    long written = syscall(SYS_pwrite64, fd, bytes, count, offset);
    if (written > 0) record(WRITTEN, fd, (uint64_t)offset, (uint64_t)written, bytes, (size_t)written);
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) { return pwrite(fd, bytes, count, offset); }

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    ssize_t all = 0;
    for (int part = 0; part < count; part++) {
        ssize_t written = pwrite(fd, parts[part].iov_base, parts[part].iov_len, offset + all);
        if (written < 0) return all ? all : written;
        all += written;
        if ((size_t)written < parts[part].iov_len) break;
    }
    return all;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev(fd, parts, count, offset); }

static int sync_file(int fd) {
    uint64_t number = ((uint64_t)getpid() << 32) | ++syncs;
    record(SYNC_BEGUN, fd, 0, number, 0, 0);
    usleep(3000);
    record(SYNCED, fd, 0, number, 0, 0);
    return 0;
}

int fsync(int fd) { return sync_file(fd); }

int fdatasync(int fd) { return sync_file(fd); }
