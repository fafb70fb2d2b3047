/* Reads each file into memory and runs libyaml's event parser over it: the least a reader on libyaml can cost. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

static long events(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) != 0) return -1;
  size_t size = (size_t)status.st_size, done = 0;
  unsigned char *bytes = malloc(size ? size : 1);
  if (!bytes) return -1;
  while (done < size) {
    ssize_t count = read(descriptor, bytes + done, size - done);
    if (count <= 0) return -1;
    done += (size_t)count;
  }
  close(descriptor);
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) return -1;
  yaml_parser_set_input_string(&parser, bytes, size);
  long count = 0;
  for (int ended = 0; !ended;) {
    yaml_event_t event;
    if (!yaml_parser_parse(&parser, &event)) return -1;
    ended = event.type == YAML_STREAM_END_EVENT;
    yaml_event_delete(&event);
    count++;
  }
  yaml_parser_delete(&parser);
  free(bytes);
  return count;
}

int main(int argc, char **argv) {
  long sum = 0;
  for (int index = 1; index < argc; index++) {
    long count = events(argv[index]);
    if (count < 0) {
      perror(argv[index]);
      return 1;
    }
    sum += count;
  }
  printf("%ld events\n", sum);
  return 0;
}
