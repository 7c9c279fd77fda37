/* Makes writes to chosen files fail, for programs that load this first.
 *
 * While the file FAULT_WHILE exists, whatever is written to, synced or cut in a file
 * whose path contains FAULT_MATCH fails with the error number FAULT_ERRNO. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(int fd) {
    const char *while_there = getenv("FAULT_WHILE"), *match = getenv("FAULT_MATCH");
    const char *number = getenv("FAULT_ERRNO");
    if (!while_there || !match || !number || access(while_there, F_OK) != 0)
        return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    if (!strstr(path, match))
        return 0;
    errno = atoi(number);
    return 1;
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t count) {
    if (fails(fd)) return -1;
    return REAL(write, ssize_t (*)(int, const void *, size_t))(fd, bytes, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    if (fails(fd)) return -1;
    return REAL(pwrite, ssize_t (*)(int, const void *, size_t, off_t))(fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    if (fails(fd)) return -1;
    return REAL(pwrite64, ssize_t (*)(int, const void *, size_t, off64_t))(fd, bytes, count, at);
}
ssize_t writev(int fd, const struct iovec *pieces, int count) {
    if (fails(fd)) return -1;
    return REAL(writev, ssize_t (*)(int, const struct iovec *, int))(fd, pieces, count);
}
int fsync(int fd) {
    if (fails(fd)) return -1;
    return REAL(fsync, int (*)(int))(fd);
}
int fdatasync(int fd) {
    if (fails(fd)) return -1;
    return REAL(fdatasync, int (*)(int))(fd);
}
int ftruncate64(int fd, off64_t length) {
    if (fails(fd)) return -1;
    return REAL(ftruncate64, int (*)(int, off64_t))(fd, length);
}
