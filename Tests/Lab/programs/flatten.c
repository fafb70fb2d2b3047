// flatten < JSON: each leaf of a JSON text on a line, as its path and its value, so that a shell can compare it.
//
// `{"a":[{"b":"x"}]}` gives `a.0.b x`. Empty lists and mappings give `path []` and `path {}`. Escapes other than
// `\u` are undone; whatever is no JSON ends the program with status 1.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096 };

static int next;
static char path[LONGEST], word[LONGEST];

static void fail(const char *expected) {
  fprintf(stderr, "flatten: expected %s below '%s'\n", expected, path);
  exit(1);
}

static void advance(void) { next = getchar(); }

static void skip_blanks(void) {
  while (next != EOF && isspace(next)) advance();
}

static void expect(int character, const char *name) {
  skip_blanks();
  if (next != character) fail(name);
  advance();
}

static void read_string(void) {
  size_t size = 0;
  expect('"', "a string");
  for (; next != '"'; advance()) {
    if (next == EOF || size + 2 > sizeof word) fail("the end of a string");
    if (next == '\\') {
      advance();
      const char *names = "nrtbf", *values = "\n\r\t\b\f", *at = next == EOF ? NULL : strchr(names, next);
      if (at && *at) next = values[at - names];
      if (next == 'u') word[size++] = '\\';
    }
    word[size++] = (char)next;
  }
  word[size] = 0;
  advance();
}

static size_t descend(const char *name) {
  size_t before = strlen(path);
  if (before + strlen(name) + 2 > sizeof path) fail("a shorter path");
  if (before) strcat(path, ".");
  strcat(path, name);
  return before;
}

static void value(void);

/// The entries of a list or mapping, whose opening bracket has been read.
static void entries(int close, int has_names) {
  skip_blanks();
  if (next == close) {
    printf("%s %s\n", path, has_names ? "{}" : "[]");
    advance();
    return;
  }
  for (int index = 0;; index++) {
    if (has_names) {
      read_string();
      expect(':', "':'");
    } else {
      snprintf(word, sizeof word, "%d", index);
    }
    size_t before = descend(word);
    value();
    path[before] = 0;
    skip_blanks();
    if (next == close) break;
    expect(',', "',' or the end");
    skip_blanks();
  }
  advance();
}

static void value(void) {
  skip_blanks();
  if (next == '{' || next == '[') {
    int has_names = next == '{';
    advance();
    entries(has_names ? '}' : ']', has_names);
    return;
  }
  if (next == '"') {
    read_string();
  } else {
    size_t size = 0;
    for (; next != EOF && (isalnum(next) || strchr("+-.", next)); advance())
      if (size + 1 < sizeof word) word[size++] = (char)next;
    word[size] = 0;
    if (size == 0) fail("a value");
  }
  printf("%s %s\n", path, word);
}

int main(void) {
  advance();
  value();
  skip_blanks();
  if (next != EOF) fail("nothing more");
  return 0;
}
