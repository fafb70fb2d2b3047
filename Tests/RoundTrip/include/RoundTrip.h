// What a round trip to another process costs by itself: a C echo at the other end of a socket pair.
#ifndef ROUND_TRIP_H
#define ROUND_TRIP_H

#include <stddef.h>
#include <sys/types.h>

/// Keeps this process and those it starts on one processor.
///
/// Where two are idle, either peer may be woken on the other one, at four times the cost of a round trip: the ratio was 0.26 in one run and
/// 5.1 in the next, by the scheduler alone.
void round_trip_share_processor(void);

/// Starts a process that echoes; this end of the pair, or -1.
int round_trip_open(pid_t *peer);

/// Sends that many bytes and waits for as many back as they were; how many times it went well.
long round_trip_run(int stream, long times, size_t request, size_t reply);

/// Ends the process.
void round_trip_close(int stream, pid_t peer);

#endif
