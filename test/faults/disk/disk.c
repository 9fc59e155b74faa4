// Preloaded into a process, it records what that process does to the files below one folder, in the exact order, or
// makes one chosen call fail. One mutex covers each call and its record, so the record's order is the disk's.
//
// PULSEQL_DISK_FOLDER  absolute path: only files below it (and the folder itself) are looked at
// PULSEQL_DISK_RECORD  file the record is appended to; writes to standard output are in it as acknowledgements
// PULSEQL_DISK_FAULT   CALL:ERRNO:AT:TIMES: calls number AT to AT+TIMES-1 of that kind fail with that errno; errno 0
//                      lets them read or write half of what was asked for
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { max_files = 65536, record_fd_from = 900 };

struct entry {
  uint8_t kind;
  uint8_t flags; // 1: the call failed; 2: it created the file; 4: it is a folder
  uint16_t unused;
  uint32_t length; // of the bytes that follow
  uint64_t file; // inode number
  int64_t offset;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
// The file that each descriptor was opened on; {0, 0}: not one to be watched.
static struct identity {
  dev_t device;
  ino_t inode;
} watched[max_files];
static char root[4096];
static size_t root_length;
static int record_fd = -1;
static char fault_call[16];
static long fault_errno, fault_at, fault_times, fault_count;

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))
static typeof(&open64) real_open64;
static typeof(&openat64) real_openat64;
static typeof(&close) real_close;
static typeof(&write) real_write;
static typeof(&writev) real_writev;
static typeof(&pwrite64) real_pwrite64;
static typeof(&read) real_read;
static typeof(&pread64) real_pread64;
static typeof(&ftruncate64) real_ftruncate64;
static typeof(&fsync) real_fsync;
static typeof(&fdatasync) real_fdatasync;
static typeof(&unlink) real_unlink;
static typeof(&rename) real_rename;
static typeof(&mkdir) real_mkdir;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void) {
  real_open64 = REAL(open64);
  real_openat64 = REAL(openat64);
  real_close = REAL(close);
  real_write = REAL(write);
  real_writev = REAL(writev);
  real_pwrite64 = REAL(pwrite64);
  real_read = REAL(read);
  real_pread64 = REAL(pread64);
  real_ftruncate64 = REAL(ftruncate64);
  real_fsync = REAL(fsync);
  real_fdatasync = REAL(fdatasync);
  real_unlink = REAL(unlink);
  real_rename = REAL(rename);
  real_mkdir = REAL(mkdir);
  const char *folder = getenv("PULSEQL_DISK_FOLDER"), *record = getenv("PULSEQL_DISK_RECORD"), *fault = getenv("PULSEQL_DISK_FAULT");
  if (folder == NULL) return;
  root_length = strlen(folder);
  if (root_length >= sizeof root) abort();
  strcpy(root, folder);
  if (record != NULL) {
    int fd = real_open64(record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    record_fd = fcntl(fd, F_DUPFD_CLOEXEC, record_fd_from);
    if (record_fd < 0) abort();
    real_close(fd);
  }
  if (fault != NULL && sscanf(fault, "%15[a-z]:%ld:%ld:%ld", fault_call, &fault_errno, &fault_at, &fault_times) != 4) abort();
}

static void enter(void) {
  pthread_once(&once, start);
  pthread_mutex_lock(&mutex);
}

static void leave(void) {
  int kept = errno;
  pthread_mutex_unlock(&mutex);
  errno = kept;
}

static int is_below(const char *path) {
  return root_length > 0 && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

// libuv closes files by system calls that are not seen here: the number may belong to another file by now.
static int is_watched(int fd) {
  if (fd < 0 || fd >= max_files || watched[fd].inode == 0) return 0;
  struct stat found;
  int kept = errno;
  int is_same = fstat(fd, &found) == 0 && found.st_dev == watched[fd].device && found.st_ino == watched[fd].inode;
  errno = kept;
  return is_same;
}

static void note(char kind, int flags, uint64_t file, int64_t offset, const struct iovec *data, int pieces) {
  if (record_fd < 0) return;
  int kept = errno;
  struct entry entry = {kind, flags, 0, 0, file, offset};
  struct iovec all[1 + 64] = {{&entry, sizeof entry}};
  if (pieces > 64) abort();
  for (int i = 0; i < pieces; i++) {
    all[1 + i] = data[i];
    entry.length += data[i].iov_len;
  }
  if (real_writev(record_fd, all, 1 + pieces) != (ssize_t)(sizeof entry + entry.length)) abort();
  errno = kept;
}

static void note_bytes(char kind, int flags, uint64_t file, int64_t offset, const void *bytes, size_t length) {
  struct iovec data = {(void *)bytes, length};
  note(kind, flags, file, offset, &data, length > 0 ? 1 : 0);
}

static uint64_t inode_of(int fd) {
  struct stat found;
  int kept = errno;
  uint64_t inode = fstat(fd, &found) == 0 ? found.st_ino : 0;
  errno = kept;
  return inode;
}

// 0: the call may go ahead. 1: it fails with errno. 2: it does half.
static int fault(const char *call) {
  if (fault_times == 0 || strcmp(call, fault_call) != 0) return 0;
  fault_count += 1;
  if (fault_count < fault_at || fault_count >= fault_at + fault_times) return 0;
  note_bytes('f', 0, 0, fault_count, call, strlen(call));
  if (fault_errno == 0) return 2;
  errno = (int)fault_errno;
  return 1;
}

static int open_below(int at, const char *path, int flags, mode_t mode) {
  struct stat found;
  if (fault("open") == 1) return -1;
  int created = (flags & O_CREAT) != 0 && stat(path, &found) != 0;
  int fd = real_openat64(at, path, flags, mode);
  if (fd < 0) return fd;
  if (fd >= max_files) abort();
  fstat(fd, &found);
  watched[fd] = (struct identity){found.st_dev, found.st_ino};
  note_bytes('o', (created ? 2 : 0) | (S_ISDIR(found.st_mode) ? 4 : 0), found.st_ino, 0, path, strlen(path));
  if (!created && (flags & O_TRUNC) != 0) note_bytes('t', 0, found.st_ino, 0, NULL, 0);
  return fd;
}

static int open_any(int at, const char *path, int flags, mode_t mode) {
  enter();
  int fd = is_below(path) ? open_below(at, path, flags, mode) : real_openat64(at, path, flags, mode);
  leave();
  return fd;
}

#define TAKE_MODE                                    \
  mode_t mode = 0;                                   \
  if (flags & (O_CREAT | O_TMPFILE)) {               \
    va_list words;                                   \
    va_start(words, flags);                          \
    mode = va_arg(words, mode_t);                    \
    va_end(words);                                   \
  }

int open(const char *path, int flags, ...) {
  TAKE_MODE
  return open_any(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  TAKE_MODE
  return open_any(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...) {
  TAKE_MODE
  return open_any(at, path, flags, mode);
}

int close(int fd) {
  enter();
  if (fd >= 0 && fd < max_files) watched[fd] = (struct identity){0, 0};
  int result = real_close(fd);
  leave();
  return result;
}

static int64_t place_of(int fd) {
  struct stat found;
  if ((fcntl(fd, F_GETFL) & O_APPEND) != 0 && fstat(fd, &found) == 0) return found.st_size;
  return lseek64(fd, 0, SEEK_CUR);
}

static ssize_t write_watched(int fd, const void *bytes, size_t length, int64_t offset) {
  int broken = fault("write");
  if (broken == 1) {
    note_bytes('w', 1, inode_of(fd), offset, NULL, 0);
    return -1;
  }
  if (broken == 2) length = (length + 1) / 2;
  ssize_t result = real_pwrite64(fd, bytes, length, offset);
  if (result > 0) note_bytes('w', 0, inode_of(fd), offset, bytes, result);
  return result;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  enter();
  ssize_t result;
  if (is_watched(fd)) {
    int64_t offset = place_of(fd);
    result = write_watched(fd, bytes, length, offset);
    if (result > 0) lseek64(fd, offset + result, SEEK_SET);
  } else {
    // Noted first, so that no acknowledgement is ever missed; it is noted at a moment at which it was already due.
    if (fd == 1) note_bytes('a', 0, 0, 0, bytes, length);
    // Not under the mutex: a full pipe must not stop the other threads.
    leave();
    return real_write(fd, bytes, length);
  }
  leave();
  return result;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  enter();
  ssize_t result = is_watched(fd) ? write_watched(fd, bytes, length, offset) : real_pwrite64(fd, bytes, length, offset);
  leave();
  return result;
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
  pthread_once(&once, start);
  if (is_watched(fd)) abort(); // The store does not use it; if it did, the record would be incomplete.
  return real_writev(fd, pieces, count);
}

ssize_t read(int fd, void *bytes, size_t length) {
  pthread_once(&once, start);
  if (!is_watched(fd)) return real_read(fd, bytes, length);
  enter();
  int broken = fault("read");
  note_bytes('r', broken == 1, inode_of(fd), 0, NULL, 0);
  ssize_t result = broken == 1 ? -1 : real_read(fd, bytes, broken == 2 ? (length + 1) / 2 : length);
  leave();
  return result;
}

ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
  pthread_once(&once, start);
  if (!is_watched(fd)) return real_pread64(fd, bytes, length, offset);
  enter();
  int broken = fault("read");
  note_bytes('r', broken == 1, inode_of(fd), offset, NULL, 0);
  ssize_t result = broken == 1 ? -1 : real_pread64(fd, bytes, broken == 2 ? (length + 1) / 2 : length, offset);
  leave();
  return result;
}

int ftruncate64(int fd, off64_t size) {
  enter();
  int is_ours = is_watched(fd), broken = is_ours ? fault("truncate") : 0;
  int result = broken == 1 ? -1 : real_ftruncate64(fd, size);
  if (is_ours) note_bytes('t', result != 0, inode_of(fd), size, NULL, 0);
  leave();
  return result;
}

static int sync_file(int fd, int (*sync)(int)) {
  int is_ours = is_watched(fd), broken = is_ours ? fault("fsync") : 0;
  int result = broken == 1 ? -1 : sync(fd);
  if (is_ours) note_bytes('s', result != 0, inode_of(fd), 0, NULL, 0);
  return result;
}

int fsync(int fd) {
  enter();
  int result = sync_file(fd, real_fsync);
  leave();
  return result;
}

int fdatasync(int fd) {
  enter();
  int result = sync_file(fd, real_fdatasync);
  leave();
  return result;
}

int unlink(const char *path) {
  enter();
  int is_ours = is_below(path), broken = is_ours ? fault("unlink") : 0;
  int result = broken == 1 ? -1 : real_unlink(path);
  if (is_ours && result == 0) note_bytes('u', 0, 0, 0, path, strlen(path));
  leave();
  return result;
}

int rename(const char *from, const char *to) {
  enter();
  int is_ours = is_below(from) && is_below(to), broken = is_ours ? fault("rename") : 0;
  int result = broken == 1 ? -1 : real_rename(from, to);
  struct iovec paths[] = {{(void *)from, strlen(from) + 1}, {(void *)to, strlen(to)}};
  if (is_ours && result == 0) note('n', 0, 0, 0, paths, 2);
  leave();
  return result;
}

int mkdir(const char *path, mode_t mode) {
  enter();
  struct stat found;
  int is_ours = is_below(path), broken = is_ours ? fault("mkdir") : 0;
  int result = broken == 1 ? -1 : real_mkdir(path, mode);
  if (is_ours && result == 0 && stat(path, &found) == 0) note_bytes('m', 4, found.st_ino, 0, path, strlen(path));
  leave();
  return result;
}
