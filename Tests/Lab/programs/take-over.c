// take-over SOCKET: comes to a socket as a hypervisor would, and says what it was given: the document, then a line for each
// descriptor with what it is open on, and of memory how much of it can be reached.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void tell(int descriptor) {
  char link[64], target[256] = "";
  struct stat status;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  if (readlink(link, target, sizeof target - 1) < 0) perror("readlink");
  printf("%s", target);
  if (strncmp(target, "/memfd:", 7) == 0 && fstat(descriptor, &status) == 0) {
    char *start = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (start == MAP_FAILED) printf(" %s", strerror(errno));
    else start[status.st_size - 1] = 1, printf(" %lld bytes", (long long)status.st_size);
  }
  printf("\n");
}

int main(int count, char **words) {
  if (count != 2) return 2;
  static char bytes[1 << 16];
  _Alignas(struct cmsghdr) static char control[4096];
  struct sockaddr_un place = {.sun_family = AF_UNIX};
  strncpy(place.sun_path, words[1], sizeof place.sun_path - 1);
  int peer = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (connect(peer, (struct sockaddr *)&place, sizeof place) != 0) {
    printf("not let in: %s\n", strerror(errno));
    return 1;
  }
  struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t got = recvmsg(peer, &message, MSG_CMSG_CLOEXEC);
  if (got <= 0) {
    printf("given nothing\n");
    return 1;
  }
  printf("%.*s", (int)got, bytes);
  for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    int descriptors[253];
    size_t size = head->cmsg_len - CMSG_LEN(0);
    memcpy(descriptors, CMSG_DATA(head), size);
    for (size_t index = 0; index < size / sizeof(int); index++) tell(descriptors[index]);
  }
  return 0;
}
