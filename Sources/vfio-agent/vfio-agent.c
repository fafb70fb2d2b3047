// vfio-agent: carries out typed requests from a byte stream on the machine it runs on, for hosts where Swift has no toolchain.
//   cc -std=c99 -O2 -static -o vfio-agent vfio-agent.c
// The stream is standard input and output, or the device named by the one argument (a virtio-serial port, a terminal), on
// which one session follows another, each in a process of its own. All numbers are little-endian.
//   request   u32 length of what follows, u16 operation, arguments
//   reply     u32 length of what follows, u16 status, u16 call, i32 number, results
// One request has one reply; the first is `hello`. A length over the limit or a stream that ends is the end of the process, and
// with it of every descriptor, lock, piece of memory, and what the kernel keeps for a process: pins, registered memory. Handles
// are places in tables of this program; a peer never names a descriptor, an address or an ioctl.
// A path must be in a list below, with no empty part, `.` or `..`. Links are followed by this program, where they lead must be in
// the list too, and what was opened is compared with it by its name in /proc/self/fd: a link that is laid meanwhile is noticed
// before a byte is read or written. A status, a link's text, a rename, a removal and a new folder go by path alone, so there a link
// laid meanwhile might lead elsewhere; below the paths of the lists only the kernel and root lay links.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "structures are copied between the kernel and the stream as they are"
#endif

enum { version = 1, magic = 0x67616676, frame_limit = 4 << 20, block_size = 64 << 10, path_limit = 4096 };
enum { descriptor_limit = 256, memory_limit = 64, argument_limit = 12 };
// What an open file is, as a set where several do.
enum { container = 1, group = 2, device = 4, iommufd = 8, event = 16, lock = 32, any = 63, type1 = container | iommufd };
enum { status_answered, status_failed, status_refused };
// Why the kernel was not even asked.
enum { no_layout = 1, no_operation, no_path, no_kind, no_range, no_room, no_size, no_hello };
// Which call failed of an operation that makes several; the first where there is one.
enum { the_call, call_open, call_read, call_write, call_getdents, call_stat, call_readlink, call_fcntl };

struct operation {
  const char *name;
  // A letter for each argument, in the order of the stream, which for `structured` are the fields of the structure as well:
  //   d m handle of a descriptor, of memory   s text   u q h number of 32, 64, 16 bits   w W number of 32, 64 bits in and out
  //   P R path whose last link is followed, opened and not   O L path whose last link is not followed, opened and not
  //   a size of the structure, of which less may be claimed than is so   f handle, given as a descriptor
  //   v memory and offset, given as an address   l how long v is   n N how many bytes, ranges there is room for, in and out
  //   i bytes, given as an address   b bytes and D handles, given behind the structure   S G bytes and page size of a bitmap
  // and fields that are no arguments: U Q number of 32, 64 bits out   z Z nothing, of 32, 64 bits
  //   c C how many items, ranges follow   o address of the room that n, N or G ask for, the reply's end   K its bytes
  const char *layout;
  int (*run)(void);
  unsigned long request;     // of ioctl, or the flags a path is opened with
  int kinds;                 // what the first descriptor may be
  const char *const *paths;  // where paths lie
};

static struct { int file, kind; } descriptors[descriptor_limit];
static struct { unsigned char *start; uint64_t size; } memories[memory_limit];
static unsigned char frame[frame_limit], reply[frame_limit + 16];
static uint64_t blocks[block_size / 8];
static unsigned char *const block = (unsigned char *)blocks;
static char login_address[128], login_interface[64];

// The request at hand: its operation, its arguments as numbers (of text and bytes the length) and as the bytes they point to, the
// file and the memory it is about, the paths it names with all links followed.
static const struct operation *now;
static uint64_t n[argument_limit];
static const unsigned char *at[argument_limit];
static int file, is_greeted;
static void *start;
static char found[2][path_limit];
static size_t filled;

// Replies. Whatever makes one answers with 0, which for a check means that nothing goes on.
static int head(uint16_t status, uint16_t call, int32_t value) {
  uint32_t words[2] = { status | (uint32_t)call << 16, (uint32_t)value };
  memcpy(reply + 4, words, sizeof words);
  return 0;
}
static int answer(long value) { return head(status_answered, the_call, (int32_t)value); }
static int fail(uint16_t call) { return head(status_failed, call, errno); }
static int refuse(int32_t reason) { return head(status_refused, the_call, reason); }
// What a call returned, or the number of its error.
static int outcome(long value) { return value < 0 ? fail(the_call) : answer(value); }
static size_t space(void) { return 12 + (size_t)frame_limit - filled; }
static int put(const void *from, size_t count) {
  if (count > space()) return refuse(no_size);
  memcpy(reply + filled, from, count);
  filled += count;
  return 0;
}
static int put_text(const char *from) { return put(from, strlen(from) + 1); }

// Reads until there are that many bytes or no more, in parts, since a file below /proc/sys answers ENOMEM to a large read: Linux
// 6.12 fs/proc/proc_sysctl.c: proc_sys_call_handler. How many there were, or -1.
static ssize_t read_all(int from, unsigned char *into, size_t count) {
  size_t done = 0;
  for (ssize_t part = 1; done < count && part; done += part > 0 ? (size_t)part : 0) {
    part = read(from, into + done, count - done < block_size ? count - done : block_size);
    if (part < 0 && errno != EINTR) return -1;
  }
  return (ssize_t)done;
}

static int write_all(int to, const unsigned char *data, size_t count) {
  for (ssize_t part; count; data += part, count -= (size_t)part) {
    part = write(to, data, count);
    if (part < 0 && errno == EINTR) part = 0;
    else if (part <= 0) return -1;
  }
  return 0;
}

// The descriptor of a handle; -1 where there is none, which is left to the kernel to refuse.
static int opened(uint64_t handle) { return handle < descriptor_limit && descriptors[handle].kind ? descriptors[handle].file : -1; }

// Keeps what a call opened and answers with its handle.
static int adopt(int number, int kind, uint16_t call) {
  int handle = 0;
  while (handle < descriptor_limit && descriptors[handle].kind) handle++;
  if (number < 0) return fail(call);
  if (handle == descriptor_limit) {
    close(number);
    return refuse(no_room);
  }
  descriptors[handle].file = number;
  descriptors[handle].kind = kind;
  return answer(handle);
}

// Where a part of some memory lies, null where it is none. The handle ~0 stands for memory that nobody has: below any program,
// above what a kernel lets be mapped (vm.mmap_min_addr).
static void *place(uint64_t handle, uint64_t offset, uint64_t length) {
  if (handle == UINT32_MAX && offset <= 1 << 20 && length <= 1 << 20) return (void *)(uintptr_t)(0x10000 + offset);
  if (handle >= memory_limit || !memories[handle].start) return NULL;
  if (offset > memories[handle].size || length > memories[handle].size - offset) return NULL;
  return memories[handle].start + offset;
}

// Paths: `*` is anything within a part, `**` at the end a folder's whole content.
static const char *const readable[] = {
  "/sys/block/**", "/sys/bus/**", "/sys/class/**", "/sys/dev/**", "/sys/devices/**", "/sys/firmware/devicetree/**",
  "/sys/fs/btrfs/**", "/sys/kernel/iommu_groups/**", "/sys/kernel/mm/hugepages/**", "/sys/module/**", "/proc/1/mountinfo",
  "/proc/cmdline", "/proc/cpuinfo", "/proc/device-tree/**", "/proc/meminfo", "/proc/net/ipv6_route", "/proc/net/route",
  "/proc/self/auxv", "/proc/self/limits", "/proc/self/mountinfo", "/proc/self/mounts", "/proc/self/net/ipv6_route",
  "/proc/self/net/route", "/proc/self/status", "/proc/swaps", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/random/boot_id",
  "/boot/config-*", "/run/vfioplan/*", NULL,
};
// Where it may be seen, beside those, what is there: status, links, names.
static const char *const visible[] = {
  "/sys/block", "/sys/bus", "/sys/class", "/sys/dev", "/sys/devices", "/sys/firmware/acpi/tables", "/sys/fs/btrfs", "/sys/kernel",
  "/sys/kernel/iommu_groups", "/sys/kernel/mm/hugepages", "/sys/module", "/proc/device-tree", "/dev", "/dev/**",
  "/run/vfioplan", NULL,
};
static const char *const own[] = { "/run/vfioplan", "/run/vfioplan/*", NULL };
static const char *const attributes[] = {
  "/sys/bus/pci/devices/*/driver_override", "/sys/bus/pci/drivers/*/bind", "/sys/bus/pci/drivers/*/unbind",
  "/sys/bus/pci/drivers_probe", NULL,
};
// Where the links of an attribute's path lead.
static const char *const beneath_attributes[] = { "/sys/devices/**", "/sys/bus/pci/**", NULL };

static int matches(const char *pattern, const char *path) {
  for (;; pattern++) {
    if (!strcmp(pattern, "**")) return *path != 0;
    if (*pattern == '*') {
      if (!*path || *path == '/') return 0;
      path += strcspn(path, "/");
    } else {
      if (*pattern != *path) return 0;
      if (!*path++) return 1;
    }
  }
}
static int is_listed(const char *const *list, const char *path) {
  const char *const *pattern = list;
  while (*pattern && !matches(*pattern, path)) pattern++;
  return *pattern || (list == visible && is_listed(readable, path));
}

// Follows the links of a path, all or all but a last one; 0, or the number of an error. `/proc/self` stays: the lists have it so.
static int follow(const char *path, int follows_last, char *into) {
  static char pending[2 * path_limit], target[path_limit];
  size_t done = 0, links = 0;
  snprintf(pending, sizeof pending, "%s", path + 1);
  for (char *part = pending, *next; into[done] = 0, *part; part = next) {
    size_t count = strcspn(part, "/"), before = done;
    next = part + count + (part[count] == '/');
    if (count == 2 && !memcmp(part, "..", 2)) while (done && into[--done] != '/') {}
    if (!count || (count <= 2 && !memcmp(part, "..", count))) continue;
    if (done + count + 2 > path_limit) return ENAMETOOLONG;
    into[done++] = '/';
    memcpy(into + done, part, count);
    into[done += count] = 0;
    if ((!*next && !follows_last) || !strcmp(into, "/proc/self")) continue;
    ssize_t length = readlink(into, target, sizeof target);
    if (length < 0) continue;  // no link, or nothing there, which is told by what is done with the path
    if (++links > 40) return ELOOP;
    if ((size_t)length + strlen(next) + 2 > sizeof pending) return ENAMETOOLONG;
    done = *target == '/' ? 0 : before;
    memmove(pending + length + 1, next, strlen(next) + 1);
    memcpy(pending, target, (size_t)length);
    pending[length] = '/';
    next = pending;
  }
  return 0;
}

// Takes a path and looks where it leads; both must be in the list.
static int take_path(const char *path, int follows_last, char *into) {
  char whole[path_limit + 1];
  snprintf(whole, sizeof whole, "%s/", path);
  int is_plain = !strstr(whole, "//") && !strstr(whole, "/./") && !strstr(whole, "/../");
  if (!is_plain || !is_listed(now->paths, path)) return refuse(no_path);
  errno = follow(path, follows_last, into);
  if (errno) return fail(call_readlink);
  return is_listed(now->paths == attributes ? beneath_attributes : now->paths, into) || refuse(no_path);
}

// Opens a path that has no links left, and holds what was opened to its name; below /proc/self, which is one, there are no others.
static int open_path(const char *path) {
  char self[64], name[path_limit];
  file = open(path, (int)now->request | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
  if (file < 0) return fail(call_open);
  snprintf(self, sizeof self, "/proc/self/fd/%d", file);
  ssize_t length = readlink(self, name, sizeof name);
  if (length == (ssize_t)strlen(path) && !memcmp(name, path, (size_t)length)) return 1;
  if (!strncmp(path, "/proc/self/", 11)) return 1;
  close(file);
  return refuse(no_path);
}
static int opens(void) { return *now->layout == 'P' || *now->layout == 'O'; }
static size_t width_in_frame(char letter) {
  return strchr("duwfamnNbiD", letter) ? 4 : strchr("qWlSG", letter) ? 8 : strchr("hsPROL", letter) ? 2 : letter == 'v' ? 12 : 0;
}

// Reads the arguments as the layout says, and finds what they name: nothing runs on arguments that do not fit. A file opened here
// is closed when the operation has run.
static int take_arguments(const unsigned char *from, size_t left) {
  uint64_t memory = memory_limit, offset = 0;
  int count = 0, paths = 0;
  for (const char *letter = now->layout; *letter; letter++) {
    size_t width = width_in_frame(*letter), item = *letter == 'D' ? 4 : strchr("sPROLbi", *letter) ? 1 : 0;
    if (!width) continue;
    if (left < width) return refuse(no_layout);
    n[count] = 0;
    memcpy(&n[count], from, *letter == 'v' ? 4 : width);
    if (*letter == 'v') memcpy(&offset, from + 4, 8);
    if (*letter == 'v') memory = n[count];
    at[count] = from += width;
    left -= width;
    if (item && n[count] > left / item) return refuse(no_layout);
    from += n[count] * item;
    left -= n[count] * item;
    // A text ends with its one 0.
    if (strchr("sPROL", *letter) && (!n[count] || memchr(at[count], 0, n[count]) != from - 1)) return refuse(no_layout);
    int is_length = *letter == 'l' || (*letter == 'b' && *now->layout == 'v');
    if (is_length && !(start = place(memory, offset, n[count]))) return refuse(no_range);
    count++;
  }
  if (left) return refuse(no_layout);
  if (*now->layout == 'd') {
    file = opened(n[0]);
    if (file >= 0 && !(descriptors[n[0]].kind & now->kinds)) return refuse(no_kind);
  }
  for (; now->paths && strchr("PROL", now->layout[paths]) && now->layout[paths]; paths++) {
    if (n[paths] > path_limit) return refuse(no_path);
    if (!take_path((const char *)at[paths], !!strchr("PR", now->layout[paths]), found[paths])) return 0;
  }
  return !opens() || open_path(found[0]);
}

// Handles as descriptors, which are of one kind or of none that is open.
static int put_descriptors(unsigned char *field, int argument, int kind) {
  for (size_t item = 0; item < n[argument]; item++) {
    uint32_t handle;
    memcpy(&handle, at[argument] + 4 * item, 4);
    int32_t number = opened(handle);
    if (number >= 0 && descriptors[handle].kind != kind) return refuse(no_kind);
    memcpy(field + 4 * item, &number, 4);
  }
  return 1;
}
static size_t width_in_structure(char letter) { return strchr("uwfanNcCUz", letter) ? 4 : letter == 'h' ? 2 : 8; }
static int structured(void) {
  unsigned char *field = block, *counted = NULL;
  uint64_t room = 0, span = 0, tail = 0, unit = 1;
  int argument = 1;
  for (const char *letter = now->layout + 1; *letter; letter++) {
    size_t width = width_in_structure(*letter);
    uint64_t value = width_in_frame(*letter) ? n[argument] : 0, items = value;
    if (strchr("biD", *letter) && value > 4096) return refuse(no_size);
    if (strchr("cCK", *letter)) counted = field;
    if (strchr("CN", *letter)) unit = 16;
    if (strchr("nN", *letter)) room = value * unit;
    if (*letter == 'f') value = (uint32_t)opened(value);
    if (*letter == 'v') value = (uint64_t)(uintptr_t)start;
    if (*letter == 'S') span = value;
    if (*letter == 'G' && (!value || value & (value - 1))) return refuse(no_range);
    if (*letter == 'G') room = span ? ((span - 1) / value / 64 + 1) * 8 : 0;
    if (*letter == 'o') {  // the request has been read: its frame is free
      if (room > frame_limit - 64) return refuse(no_size);
      value = (uint64_t)(uintptr_t)memset(frame, 0, room);
      if (counted) memcpy(counted, &room, 8);
    }
    if (*letter == 'i') value = value ? (uint64_t)(uintptr_t)at[argument] : 0;
    items /= unit;
    if (strchr("iD", *letter) && counted) memcpy(counted, &items, 4);
    if (*letter == 'b') memcpy(field, at[argument], tail = width = value);
    else if (*letter != 'D') memcpy(field, &value, width);
    else if (!put_descriptors(field, argument, counted ? group : event)) return 0;
    else width = 4 * value;
    argument += width_in_frame(*letter) != 0;
    field += width;
  }
  uint32_t size = (uint32_t)(field - block);
  if (now->layout[1] == 'a') memcpy(block, n[1] < size ? (const void *)&n[1] : &size, 4);
  outcome(ioctl(file, now->request, block));
  field = block;
  for (const char *letter = now->layout + 1; *letter && !strchr("bD", *letter); letter++) {
    if (strchr("UQwWnNS", *letter)) put(field, width_in_structure(*letter));
    field += width_in_structure(*letter);
  }
  return put(room ? frame : field, room ? room : tail);
}

// VFIO_DEVICE_FEATURE, of those whose data hold no address and no descriptor: the token, migration flags, low power, the end of
// logging. Any may be probed.
static int feature(void) {
  const uint64_t plain = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 5 | 1 << 7, which = n[2] & 0xffff, is_probe = n[2] >> 18 & 1;
  return is_probe || (which < 8 && plain >> which & 1) ? structured() : refuse(no_range);
}

// VFIO_DEVICE_SET_IRQS with no data or bytes; descriptors have an operation of their own.
static int set_irqs(void) { return n[2] & 4 ? refuse(no_range) : structured(); }

// A request with a number, or with none.
static int valued(void) { return outcome(ioctl(file, now->request, now->layout[1] ? (unsigned long)n[1] : 0UL)); }

// A structure with room for capabilities or entries behind it; the reply is all of it, as the kernel filled it.
static int inquire(void) {
  uint32_t header[3] = { (uint32_t)n[2], 0, (uint32_t)n[1] };  // its size, flags, and the index where it has one
  if (n[2] > block_size) return refuse(no_size);
  memset(block, 0, block_size);
  memcpy(block, header, 12);
  outcome(ioctl(file, now->request, block));
  return put(block, n[2] < 32 ? 32 : n[2]);
}
static int open_device(void) { return adopt(ioctl(file, now->request, at[1]), device, the_call); }
static int open_node(void) {
  static const struct { const char *stem; int kind; } nodes[] = {
    { "/dev/vfio/vfio", container }, { "/dev/vfio/", group }, { "/dev/vfio/noiommu-", group }, { "/dev/iommu", iommufd },
    { "/dev/vfio/devices/vfio", device }, { "", event },
  };
  char path[64];
  if (n[0] >= sizeof nodes / sizeof *nodes) return refuse(no_kind);
  int kind = nodes[n[0]].kind;
  if (kind == event) return adopt(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), event, the_call);
  snprintf(path, sizeof path, kind & type1 ? "%s" : "%s%u", nodes[n[0]].stem, (unsigned)n[1]);
  return adopt(open(path, O_RDWR | O_CLOEXEC | O_NOCTTY), kind, the_call);
}
static int close_handle(void) {
  if (file >= 0) descriptors[n[0]].kind = 0;
  return outcome(close(file));
}
static int device_read(void) {
  if (n[2] > space()) return refuse(no_size);
  ssize_t done = pread(file, reply + filled, n[2], (off_t)n[1]);
  if (done > 0) filled += (size_t)done;
  return outcome(done);
}
static int device_write(void) { return outcome(pwrite(file, at[2], n[2], (off_t)n[1])); }

// Waits for a count at most that many milliseconds, and a minute; it is 0 where none came.
static int event_read(void) {
  struct pollfd request = { file, POLLIN, 0 };
  uint64_t count = 0;
  int ready = poll(&request, 1, file < 0 ? 0 : n[1] < 60000 ? (int)n[1] : 60000);
  if (ready < 0 || ((ready > 0 || file < 0) && read(file, &count, 8) < 0)) return fail(the_call);
  return put(&count, 8);
}
static int event_write(void) { return outcome(write(file, &n[1], 8)); }

// Memory. It is read and written by calls, so that what cannot be touched is an error and no signal.
static int protection(uint64_t access) { return (access & 1 ? PROT_READ : 0) | (access & 2 ? PROT_WRITE : 0); }

// Size, backing (0 private, 1 a memfd), page size as a power of two or 0 for the processor's, access (1 read, 2 write).
static int allocate(void) {
  int handle = 0, back = -1, huge = (int)(n[2] & 31) << 26;  // MAP_HUGE_SHIFT, MFD_HUGE_SHIFT
  int flags = n[1] ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | (n[2] ? MAP_HUGETLB | huge : 0);
  void *made = MAP_FAILED;
  while (handle < memory_limit && memories[handle].start) handle++;
  if (handle == memory_limit) return refuse(no_room);
  if (n[0] > SIZE_MAX / 2 || n[1] > 1 || n[2] > 31 || n[3] > 3) return refuse(no_range);
  if (n[1]) back = (int)syscall(SYS_memfd_create, "vfioplan", (n[2] ? 5u : 1u) | (unsigned)huge);  // MFD_CLOEXEC, MFD_HUGETLB
  if (!n[1] || (back >= 0 && !ftruncate(back, (off_t)n[0]))) made = mmap(NULL, n[0], protection(n[3]), flags, back, 0);
  outcome(made == MAP_FAILED ? -1 : handle);
  if (back >= 0) close(back);
  if (made == MAP_FAILED) return 0;
  memories[handle].start = made;
  memories[handle].size = n[0];
  return 0;
}
static int release(void) {
  if (n[0] >= memory_limit || !memories[n[0]].start) return refuse(no_range);
  void *old = memories[n[0]].start;
  memories[n[0]].start = NULL;
  return outcome(munmap(old, memories[n[0]].size));
}
static int protect(void) { return outcome(mprotect(start, n[1], protection(n[2]))); }
static int move(void *ours, size_t count, long call) {
  struct iovec here = { ours, count }, there = { start, count };
  long done = count ? syscall(call, getpid(), &here, 1UL, &there, 1UL, 0UL) : 0;
  if (done >= 0 && done < (long)count) errno = EFAULT;
  return outcome(done < (long)count ? -1 : 0);
}
static int memory_read(void) {
  if (n[1] > space()) return refuse(no_size);
  memset(reply + filled, 0, n[1]);
  filled += n[1];
  return move(reply + filled - n[1], n[1], SYS_process_vm_readv);
}
static int memory_fill(void) { return move((void *)(uintptr_t)at[1], n[1], SYS_process_vm_writev); }

struct folder { int file; long at, end; char entries[block_size / 2]; };

// The next name in a folder but `.` and `..`; null after the last, with `end` -1 where the folder could not be read.
static const char *next_name(struct folder *folder) {
  for (;;) {
    if (folder->at >= folder->end) {
      folder->at = 0;
      folder->end = syscall(SYS_getdents64, folder->file, folder->entries, sizeof folder->entries);
      if (folder->end <= 0) return NULL;
    }
    // struct linux_dirent64: inode 64 bits, offset 64, length of the entry 16, type 8, name.
    const char *entry = folder->entries + folder->at;
    uint16_t length;
    memcpy(&length, entry + 16, 2);
    folder->at += length;
    if (strcmp(entry + 19, ".") && strcmp(entry + 19, "..")) return entry + 19;
  }
}

// What is read for its effect on a device, or is nobody's business: BARs, ROMs, other memory.
static int is_device_memory(const char *path) {
  const char *name = strrchr(path, '/') + 1;
  return (!strncmp(name, "resource", 8) && name[8]) || !strcmp(name, "rom") || !strcmp(name, "nvmem") || !strcmp(name, "vpd");
}
static int read_file(void) {
  size_t limit = n[1] < space() - 1 ? n[1] : space() - 1;
  if (is_device_memory(found[0])) return refuse(no_path);
  ssize_t count = read_all(file, reply + filled, limit + 1);
  if (count > (ssize_t)limit) return refuse(no_size);
  filled += count > 0 ? (size_t)count : 0;
  return count < 0 ? fail(call_read) : 0;
}
static int list_folder(void) {
  struct folder folder = { .file = file };
  for (const char *name; (name = next_name(&folder));) put_text(name);
  return folder.end < 0 ? fail(call_getdents) : 0;
}
static int read_link(void) {
  char target[path_limit];
  ssize_t length = readlink(found[0], target, sizeof target);
  return length < 0 ? fail(call_readlink) : put(target, (size_t)length);
}
static int resolve(void) { return put(found[0], strlen(found[0])); }
static int look(void) {
  struct stat status;
  if (lstat(found[0], &status)) return fail(call_stat);
  uint32_t words[4] = { status.st_mode, status.st_uid, major(status.st_rdev), minor(status.st_rdev) };
  put(words, sizeof words);
  return put(&status.st_size, 8);
}

// An attribute takes one word, an address or the name of a driver, with a newline in one write, since a write is a command there.
static int write_attribute(void) {
  const char *word = (const char *)at[1], *known = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.:";
  char line[66];
  int count = snprintf(line, sizeof line, "%s\n", word);
  if (count > 65 || word[strspn(word, known)]) return refuse(no_range);
  ssize_t done = write(file, line, (size_t)count);
  if (done >= 0 && done < count) errno = EIO;
  return done < count ? fail(call_write) : 0;
}
static int create_folder(void) { return mkdir(found[0], 0700) && errno != EEXIST ? fail(the_call) : 0; }
static int append_file(void) { return write_all(file, at[1], n[1]) ? fail(call_write) : 0; }
static int create_file(void) { return ftruncate(file, 0) ? fail(call_write) : append_file(); }
static int sync_file(void) { return outcome(fsync(file)); }
static int rename_file(void) { return outcome(rename(found[0], found[1])); }
static int remove_file(void) { return outcome(unlink(found[0])); }

// The lock belongs to the open file: it ends with the handle, and with this process.
static int take_lock(void) {
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  return fcntl(file, F_OFD_SETLK, &whole) ? fail(call_fcntl) : adopt(fcntl(file, F_DUPFD_CLOEXEC, 0), lock, call_fcntl);
}

// The text of a file of /proc, put where the request was, which is read.
static size_t scratch(const char *path) {
  int number = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t count = number < 0 ? 0 : read_all(number, frame, frame_limit - 1);
  if (number >= 0) close(number);
  frame[count > 0 ? count : 0] = 0;
  return count > 0 ? (size_t)count : 0;
}

// What other processes hold open of VFIO and of our lock: for each its number, its name and what it is.
static int holders(void) {
  static const char *const names[] = {
    "/dev/vfio/", "/dev/iommu", "anon_inode:[vfio-device]", "anon_inode:[iommufd]", "/run/vfioplan/", NULL,
  };
  struct folder processes = { .file = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
  int is_whole = 1;
  for (const char *name; is_whole && (name = next_name(&processes));) {
    char path[96], target[256];
    long process = strtol(name, NULL, 10);
    if (process <= 0 || process == getpid()) continue;
    snprintf(path, sizeof path, "/proc/%ld/fd", process);
    struct folder held = { .file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
    // A process may end while it is looked at, then it holds nothing; one that cannot be looked at may hold anything.
    is_whole = held.file >= 0 || errno == ENOENT || errno == ESRCH;
    for (const char *entry; held.file >= 0 && (entry = next_name(&held));) {
      const char *const *prefix = names;
      snprintf(path, sizeof path, "/proc/%ld/fd/%.20s", process, entry);
      ssize_t length = readlink(path, target, sizeof target - 1);
      if (length < 0) continue;
      target[length] = 0;
      while (*prefix && strncmp(target, *prefix, strlen(*prefix))) prefix++;
      if (!*prefix) continue;
      snprintf(path, sizeof path, "/proc/%ld/comm", process);
      frame[scratch(path) ? strcspn((char *)frame, "\n") : 0] = 0;
      put(&process, 4);
      put_text((char *)frame);
      put_text(target);
    }
    if (held.file >= 0) close(held.file);
  }
  is_whole = is_whole && processes.end == 0;
  if (processes.file >= 0) close(processes.file);
  return is_whole ? 0 : fail(call_getdents);
}
static int login(void) {
  put_text(login_address);
  return put_text(login_interface);
}

// Finds the address on this side of the login that this program was started from, in the environments of its ancestors, since
// `sudo` takes the variable from what it starts and keeps it itself; and the interface that has the address.
static void find_login(void) {
  struct ifaddrs *first = NULL;
  char text[128];
  for (long process = getpid(), line = 0; process > 0 && line < 64 && !*login_address; line++) {
    snprintf(text, sizeof text, "/proc/%ld/environ", process);
    size_t count = scratch(text);
    for (size_t item = 0; item < count; item += strlen((char *)frame + item) + 1) {
      sscanf((char *)frame + item, "SSH_CONNECTION=%*99s %*99s %99s", login_address);
    }
    snprintf(text, sizeof text, "/proc/%ld/status", process);
    const char *parent = scratch(text) ? strstr((char *)frame, "\nPPid:") : NULL;
    process = parent ? strtol(parent + 6, NULL, 10) : 0;
  }
  // A link-local address carries the interface it belongs to.
  const char *zone = strchr(login_address, '%');
  if (zone) snprintf(login_interface, sizeof login_interface, "%s", zone + 1);
  if (!*login_address || zone || getifaddrs(&first)) return;
  for (const struct ifaddrs *entry = first; entry; entry = entry->ifa_next) {
    int family = entry->ifa_addr ? entry->ifa_addr->sa_family : 0;
    // The address of sockaddr_in stands at 4, that of sockaddr_in6 at 8.
    const char *address = (const char *)entry->ifa_addr + (family == AF_INET ? 4 : 8);
    if ((family != AF_INET && family != AF_INET6) || !inet_ntop(family, address, text, sizeof text)) continue;
    if (!strcmp(text, login_address)) snprintf(login_interface, sizeof login_interface, "%s", entry->ifa_name);
  }
  freeifaddrs(first);
}

static int hello(void) {
  struct utsname system;
  uint32_t words[4] = { magic, version, (uint32_t)sysconf(_SC_PAGESIZE), frame_limit };
  if (n[0] == magic && n[1] == version) is_greeted = 1;
  else refuse(no_hello);
  uname(&system);
  put(words, sizeof words);
  put_text(system.machine);
  return put_text(system.release);
}

// The place of a row is the number of its operation: rows are added at the end.
#define ASK(name, layout, run, number, kinds) { name, layout, run, _IO(';', 100 + (number)), kinds, 0 }
#define USE(name, layout, run, kinds) { name, layout, run, 0, kinds, 0 }
#define PATH(name, layout, run, flags, paths) { name, layout, run, flags, 0, paths }
static const struct operation operations[] = {
  USE("hello", "uu", hello, 0), USE("open", "uu", open_node, 0), USE("close", "d", close_handle, any),
  ASK("get-api-version", "d", valued, 0, type1), ASK("check-extension", "du", valued, 1, type1),
  ASK("set-iommu", "du", valued, 2, type1), ASK("iommu-get-info", "duu", inquire, 12, type1),
  ASK("iommu-map-dma", "dauvql", structured, 13, type1), ASK("iommu-unmap-dma", "dauqW", structured, 14, type1),
  ASK("iommu-dirty-pages", "dau", structured, 17, type1), ASK("iommu-dirty-bitmap", "dauqSGKo", structured, 17, type1),
  ASK("spapr-tce-get-info", "duu", inquire, 12, container), ASK("iommu-enable", "d", valued, 15, container),
  ASK("iommu-disable", "d", valued, 16, container), ASK("spapr-register-memory", "dauvl", structured, 17, container),
  ASK("spapr-unregister-memory", "dauvl", structured, 18, container),
  ASK("spapr-tce-create", "dauuzquzQ", structured, 19, container), ASK("spapr-tce-remove", "dauq", structured, 20, container),
  ASK("eeh-pe-op", "dauuzuuqq", structured, 21, container), ASK("group-get-status", "daU", structured, 3, group),
  ASK("group-set-container", "df", structured, 4, group), ASK("group-unset-container", "d", valued, 5, group),
  ASK("group-get-device-fd", "ds", open_device, 6, group), ASK("device-get-info", "duu", inquire, 7, device),
  ASK("device-get-region-info", "duu", inquire, 8, device), ASK("device-get-irq-info", "duu", inquire, 9, device),
  ASK("device-set-irqs", "dauuuub", set_irqs, 10, device), ASK("device-set-irq-events", "dauuuuD", structured, 10, device),
  ASK("device-reset", "d", valued, 11, device), ASK("device-get-hot-reset-info", "duu", inquire, 12, device),
  ASK("device-hot-reset", "daucD", structured, 13, device), ASK("device-feature", "daub", feature, 17, device),
  ASK("device-bind-iommufd", "daufU", structured, 18, device), ASK("device-attach-iommufd-pt", "dauw", structured, 19, device),
  ASK("device-detach-iommufd-pt", "dau", structured, 20, device), USE("device-read", "dqu", device_read, device),
  USE("device-write", "dqb", device_write, device), ASK("iommu-destroy", "dau", structured, 28, iommufd),
  ASK("ioas-alloc", "dauU", structured, 29, iommufd), ASK("ioas-allow-iovas", "dauCzi", structured, 30, iommufd),
  ASK("ioas-copy", "dauuuqWq", structured, 31, iommufd), ASK("ioas-iova-ranges", "dauNzoQ", structured, 32, iommufd),
  ASK("ioas-map", "dauuzvlW", structured, 33, iommufd), ASK("ioas-unmap", "dauqW", structured, 34, iommufd),
  ASK("iommu-option", "dauhhuW", structured, 35, iommufd), ASK("iommu-vfio-ioas", "dawhh", structured, 36, iommufd),
  ASK("hwpt-alloc", "dauuuUzuciuz", structured, 37, iommufd), ASK("iommu-get-hw-info", "dauunoUUQ", structured, 38, iommufd),
  ASK("hwpt-set-dirty-tracking", "dauuz", structured, 39, iommufd),
  ASK("hwpt-get-dirty-bitmap", "dauuzqSGo", structured, 40, iommufd), USE("event-read", "du", event_read, event),
  USE("event-write", "dq", event_write, event), USE("memory-allocate", "quuu", allocate, 0), USE("memory-release", "m", release, 0),
  USE("memory-protect", "vlu", protect, 0), USE("memory-read", "vl", memory_read, 0), USE("memory-fill", "vb", memory_fill, 0),
  PATH("file-read", "Pq", read_file, O_RDONLY, readable), PATH("file-names", "P", list_folder, O_RDONLY | O_DIRECTORY, visible),
  PATH("file-link", "L", read_link, 0, visible), PATH("file-resolve", "R", resolve, 0, visible),
  PATH("file-status", "L", look, 0, visible), PATH("attribute-write", "Ps", write_attribute, O_WRONLY, attributes),
  PATH("own-create-folder", "L", create_folder, 0, own), PATH("own-create", "Ob", create_file, O_WRONLY | O_CREAT, own),
  PATH("own-append", "Ob", append_file, O_WRONLY | O_APPEND, own), PATH("own-sync", "O", sync_file, O_RDONLY, own),
  PATH("own-rename", "LL", rename_file, 0, own), PATH("own-remove", "L", remove_file, 0, own),
  PATH("own-lock", "O", take_lock, O_RDWR | O_CREAT, own), USE("holders", "", holders, 0), USE("login", "", login, 0),
};
enum { operation_count = sizeof operations / sizeof *operations };

// One session; returns when the stream ends or is none of ours.
static void serve(int in, int out) {
  uint32_t length;
  uint16_t chosen;
  while (read_all(in, (unsigned char *)&length, 4) == 4 && length >= 2 && length <= frame_limit) {
    if (read_all(in, frame, length) != length) return;
    memcpy(&chosen, frame, 2);
    now = chosen < operation_count ? &operations[chosen] : NULL;
    filled = 12;
    answer(0);
    if (!is_greeted && chosen) refuse(no_hello);
    else if (!now) refuse(no_operation);
    else if (take_arguments(frame + 2, length - 2)) {
      now->run();
      if (opens()) close(file);
    }
    length = (uint32_t)(filled - 4);
    memcpy(reply, &length, 4);
    // A peer that does not greet is told so, and nothing else.
    if (write_all(out, reply, filled) || !is_greeted) return;
  }
}

// One session after the other on a device, each in a process of its own with memory of its own. The device stays open between
// them, since a virtio port forgets what was sent while nobody had it open; one that nobody is connected to reads as ended.
static int serve_device(const char *path) {
  struct termios terminal;
  int stream = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (stream < 0) err(1, "%s", path);
  if (!tcgetattr(stream, &terminal)) {
    cfmakeraw(&terminal);
    tcsetattr(stream, TCSANOW, &terminal);
  }
  for (;;) {
    pid_t session = fork();
    if (!session) {
      serve(stream, stream);
      _exit(0);
    }
    while (session > 0 && waitpid(session, NULL, 0) < 0 && errno == EINTR) {}
    poll(NULL, 0, 20);
  }
}

int main(int count, char **words) {
  const char *word = count == 2 ? words[1] : "";
  if (!strcmp(word, "--operations")) {
    for (int row = 0; row < operation_count; row++) printf("%d %s %s\n", row, operations[row].name, operations[row].layout);
    return fflush(stdout) ? 1 : 0;
  }
  if (count > 2 || *word == '-') errx(2, "usage: vfio-agent [DEVICE | --operations]");
  signal(SIGPIPE, SIG_IGN);
  find_login();
  if (*word) return serve_device(word);
  serve(STDIN_FILENO, STDOUT_FILENO);
  return 0;
}
