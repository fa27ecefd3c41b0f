/* The wall clock of one program, and of those it starts, stepped while they run.
 *
 *     cc -shared -fPIC -o clock.so clock.c -ldl
 *     STEPPED_CLOCK=FILE LD_PRELOAD=./clock.so PROGRAM
 *
 * FILE holds one 64 bit number, the seconds by which the clock is wrong, and may be written at any
 * time. The steady clocks are left alone, as they are when the machine's wall clock is set.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *wrong_s;

__attribute__((constructor)) static void open_file(void) {
    const char *path = getenv("STEPPED_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *map = mmap(NULL, sizeof *wrong_s, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (map != MAP_FAILED)
        wrong_s = map;
}

static int64_t wrong(void) { return wrong_s ? *wrong_s : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next)
        next = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = next(clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += wrong();
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    static int (*next)(struct timeval *, void *);
    if (!next)
        next = dlsym(RTLD_NEXT, "gettimeofday");
    int failed = next(now, zone);
    if (!failed)
        now->tv_sec += wrong();
    return failed;
}

time_t time(time_t *now) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now)
        *now = found.tv_sec;
    return found.tv_sec;
}
