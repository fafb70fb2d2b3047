// kernel-calls [--list FILE] [--refuse NUMBER:ERRNO]... [--before NAME COMMAND] PROGRAM WORD...
//
// Runs a program and numbers, from 1, what it asks of VFIO and what it writes to /sys: opens to write, requests, writes.
// Closes of VFIO descriptors are listed without a number. `--list` writes each with the kernel's answer; `--refuse` has
// a call answered by an errno without the kernel ever seeing it; `--before` runs a shell command when the program is
// about to make the first request of that name. Ends as the program ends.
//
// The program under test is the one that is shipped, and needs no door for this: the calls are caught by ptrace, at a
// seccomp filter that lets all others pass at full speed.
#include "vfio.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

enum { MOST_REFUSALS = 4, TEXT = 256, MOST_THREADS = 64 };

static struct { int number, error; } refusals[MOST_REFUSALS];
static int refusal_count;
static const char *awaited, *command;
static FILE *list;
static int calls;

/// What is known of a thread between the start of a call and its answer.
static struct { pid_t thread; char call[TEXT]; } pending[MOST_THREADS];

struct request { unsigned long number; const char *container, *group, *device, *iommufd; };

/// Names by the kind of file: one number means different requests to different files (linux/vfio.h, linux/iommufd.h).
static const struct request requests[] = {
    {0x3b64, "GET_API_VERSION", NULL, NULL, NULL},
    {0x3b65, "CHECK_EXTENSION", NULL, NULL, NULL},
    {0x3b66, "SET_IOMMU", NULL, NULL, NULL},
    {0x3b67, NULL, "GROUP_GET_STATUS", NULL, NULL},
    {0x3b68, NULL, "GROUP_SET_CONTAINER", NULL, NULL},
    {0x3b69, NULL, "GROUP_UNSET_CONTAINER", NULL, NULL},
    {0x3b6a, NULL, "GROUP_GET_DEVICE_FD", NULL, NULL},
    {0x3b6b, NULL, NULL, "DEVICE_GET_INFO", NULL},
    {0x3b6c, NULL, NULL, "DEVICE_GET_REGION_INFO", NULL},
    {0x3b6d, NULL, NULL, "DEVICE_GET_IRQ_INFO", NULL},
    {0x3b6e, NULL, NULL, "DEVICE_SET_IRQS", NULL},
    {0x3b6f, NULL, NULL, "DEVICE_RESET", NULL},
    {0x3b70, "IOMMU_GET_INFO", NULL, "DEVICE_GET_PCI_HOT_RESET_INFO", NULL},
    {0x3b71, "IOMMU_MAP_DMA", NULL, "DEVICE_PCI_HOT_RESET", NULL},
    {0x3b72, "IOMMU_UNMAP_DMA", NULL, NULL, NULL},
    {0x3b76, NULL, NULL, "DEVICE_BIND_IOMMUFD", NULL},
    {0x3b77, NULL, NULL, "DEVICE_ATTACH_IOMMUFD_PT", NULL},
    {0x3b78, NULL, NULL, "DEVICE_DETACH_IOMMUFD_PT", NULL},
    {0x3b80, NULL, NULL, NULL, "DESTROY"},
    {0x3b81, NULL, NULL, NULL, "IOAS_ALLOC"},
    {0x3b82, NULL, NULL, NULL, "IOAS_ALLOW_IOVAS"},
    {0x3b83, NULL, NULL, NULL, "IOAS_COPY"},
    {0x3b84, NULL, NULL, NULL, "IOAS_IOVA_RANGES"},
    {0x3b85, NULL, NULL, NULL, "IOAS_MAP"},
    {0x3b86, NULL, NULL, NULL, "IOAS_UNMAP"},
    {0x3b87, NULL, NULL, NULL, "OPTION"},
    {0x3b88, NULL, NULL, NULL, "VFIO_IOAS"},
    {0x3b89, NULL, NULL, NULL, "HWPT_ALLOC"},
    {0x3b8a, NULL, NULL, NULL, "GET_HW_INFO"},
    {0x3b8b, NULL, NULL, NULL, "HWPT_SET_DIRTY_TRACKING"},
    {0x3b8c, NULL, NULL, NULL, "HWPT_GET_DIRTY_BITMAP"},
};

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static const char *request_name(unsigned long number, const char *file) {
  bool is_device = strstr(file, "vfio-device") || starts(file, "/dev/vfio/devices/");
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
    if (requests[i].number != number) continue;
    const char *name = strcmp(file, "/dev/vfio/vfio") == 0 ? requests[i].container
                       : starts(file, "/dev/iommu")        ? requests[i].iommufd
                       : is_device                         ? requests[i].device
                                                           : requests[i].group;
    return name ? name : "unknown request";
  }
  return "unknown request";
}

/// The text at an address of another process, cut where it does not fit; control characters become '.'.
static void read_text(pid_t thread, unsigned long address, size_t most, char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", thread);
  int memory = must("open memory", open(path, O_RDONLY));
  ssize_t size = pread(memory, text, most < TEXT / 2 ? most : TEXT / 2 - 1, (off_t)address);
  close(memory);
  text[size > 0 ? size : 0] = 0;
  for (char *at = text; *at; at++)
    if (*at < ' ') *at = *at == '\n' && !at[1] ? 0 : '.';
}

static void file_of(pid_t thread, unsigned long descriptor, char *file) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", thread, (int)descriptor);
  ssize_t size = readlink(path, file, TEXT / 2 - 1);
  file[size > 0 ? size : 0] = 0;
}

static bool is_vfio(const char *file) {
  return starts(file, "/dev/vfio/") || starts(file, "/dev/iommu") || strstr(file, "vfio-device");
}

/// Describes a call that concerns the lab, and says whether it does and may be refused.
static enum { PASS_BY, LIST, NUMBER } describe(pid_t thread, const struct user_regs_struct *at, char *call) {
  char file[TEXT], text[TEXT];
  switch (at->orig_rax) {
  case SYS_openat:
    read_text(thread, at->rsi, TEXT, file);
    snprintf(call, TEXT, "open %.120s", file);
    return is_vfio(file) || starts(file, "/sys/") ? NUMBER : PASS_BY;
  case SYS_ioctl:
    file_of(thread, at->rdi, file);
    if (!is_vfio(file)) return PASS_BY;
    snprintf(call, TEXT, "%s", request_name(at->rsi, file));
    return NUMBER;
  case SYS_write:
  case SYS_pwrite64:
    file_of(thread, at->rdi, file);
    if (!starts(file, "/sys/")) return PASS_BY;
    read_text(thread, at->rsi, at->rdx, text);
    snprintf(call, TEXT, "write %.120s '%.60s'", file, text);
    return NUMBER;
  case SYS_close:
    file_of(thread, at->rdi, file);
    snprintf(call, TEXT, "close %.120s", file);
    return is_vfio(file) ? LIST : PASS_BY;
  }
  return PASS_BY;
}

static int refusal(int number) {
  for (int i = 0; i < refusal_count; i++)
    if (refusals[i].number == number) return refusals[i].error;
  return 0;
}

/// The note of a thread; one that ended leaves its place to the next.
static char *slot(pid_t thread) {
  int free = -1;
  for (int i = 0; i < MOST_THREADS; i++) {
    if (pending[i].thread == thread) return pending[i].call;
    if (pending[i].thread == 0) free = i;
  }
  if (free < 0) {
    fprintf(stderr, "kernel-calls: more than %d threads at once\n", MOST_THREADS);
    exit(2);
  }
  pending[free].thread = thread;
  return pending[free].call;
}

/// Lets a call go on, or answers it; returns how the thread is to be resumed.
static int begin(pid_t thread) {
  struct user_regs_struct registers;
  must("GETREGS", (int)ptrace(PTRACE_GETREGS, thread, 0, &registers));
  char call[TEXT];
  int kind = describe(thread, &registers, call);
  if (kind == PASS_BY) return PTRACE_CONT;
  char *note = slot(thread);
  if (kind == LIST) {
    snprintf(note, TEXT, "- %.200s", call);
    return PTRACE_SYSCALL;
  }
  calls++;
  if (awaited && strcmp(call, awaited) == 0) {
    awaited = NULL;
    if (system(command) != 0) fprintf(stderr, "kernel-calls: the command failed\n");
  }
  int error = refusal(calls);
  snprintf(note, TEXT, "%d %.200s%s", calls, call, error ? " (refused here)" : "");
  if (error) {
    // Linux, arch/x86/entry: a number below zero is no call, and what stands in rax is the answer.
    registers.orig_rax = (unsigned long)-1;
    registers.rax = (unsigned long)-error;
    must("SETREGS", (int)ptrace(PTRACE_SETREGS, thread, 0, &registers));
  }
  return PTRACE_SYSCALL;
}

static void finish(pid_t thread) {
  struct user_regs_struct registers;
  must("GETREGS", (int)ptrace(PTRACE_GETREGS, thread, 0, &registers));
  long answer = (long)registers.rax;
  if (!list) return;
  if (answer < 0 && answer > -4096)
    fprintf(list, "%s = %s\n", slot(thread), strerrorname_np((int)-answer));
  else
    fprintf(list, "%s = ok\n", slot(thread));
}

/// Stops the program only where it may matter: a look at a host opens and closes thousands of files to read them, and a
/// stop under emulation costs more than the call.
static void start(char **words) {
  const unsigned closing = list ? SYS_close : UINT32_MAX;
  struct sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pwrite64, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, closing, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, O_ACCMODE),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, O_RDONLY, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
  };
  struct sock_fprog filter = {sizeof instructions / sizeof *instructions, instructions};
  must("TRACEME", (int)ptrace(PTRACE_TRACEME, 0, 0, 0));
  raise(SIGSTOP);
  must("NO_NEW_PRIVS", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  must("SECCOMP", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter));
  execvp(words[0], words);
  must(words[0], -1);
}

/// Follows every thread until the first one, the program itself, has ended.
static int follow(pid_t program) {
  for (;;) {
    int status;
    pid_t thread = must("wait", waitpid(-1, &status, __WALL));
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      for (int i = 0; i < MOST_THREADS; i++)
        if (pending[i].thread == thread) pending[i].thread = 0;
      if (thread == program) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      continue;
    }
    int resume = PTRACE_CONT, signal = WSTOPSIG(status);
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
      resume = begin(thread);
      signal = 0;
    } else if (signal == (SIGTRAP | 0x80)) {
      finish(thread);
      signal = 0;
    } else if (status >> 16 != 0 || signal == SIGSTOP) {
      signal = 0;
    }
    ptrace(resume, thread, 0, signal);
  }
}

int main(int count, char **words) {
  int at = 1;
  for (; at + 1 < count && starts(words[at], "--"); at++) {
    if (strcmp(words[at], "--list") == 0) {
      list = fopen(words[++at], "w");
      if (!list) must("open the list", -1);
    } else if (strcmp(words[at], "--refuse") == 0 && refusal_count < MOST_REFUSALS) {
      sscanf(words[++at], "%d:%d", &refusals[refusal_count].number, &refusals[refusal_count].error);
      refusal_count++;
    } else if (strcmp(words[at], "--before") == 0 && at + 2 < count) {
      awaited = words[++at];
      command = words[++at];
    } else {
      return 2;
    }
  }
  if (at >= count) return 2;
  pid_t program = must("fork", fork());
  if (program == 0) start(words + at);
  int status;
  must("wait", waitpid(program, &status, 0));
  must("SETOPTIONS", (int)ptrace(PTRACE_SETOPTIONS, program, 0,
                                 PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE |
                                     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC));
  ptrace(PTRACE_CONT, program, 0, 0);
  int ended = follow(program);
  if (list) fclose(list);
  return ended;
}
