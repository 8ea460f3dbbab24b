/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of a logged program that is not logged: it lays out the memory
 * shared with the module, gives each thread its log, and, where code that
 * keeps no log (the C library) calls code that does, writes the calls in
 * between into the log. Those are found by GCC's own unwinder.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

#include "lbrplay_shared.h"
#include "runtime.h"

#define BORDER_MAX 32
#define BORDERS	   64

/* Calls between two pieces of logged code, and the proof they are these. */
struct border {
	uint64_t sp;
	int nr;
	struct lbrplay_call call[BORDER_MAX];
};

struct walk {
	struct border *border;
	uint64_t stop; /* return address into logged code */
	uint64_t inner_start;
	int skip;
};

/* What a thread without a log of its own writes to. */
static struct lbrplay_call nowhere[LBRPLAY_GUARD + LBRPLAY_ENTRIES];

__thread struct lbrplay_call *lbrplay_top
	__attribute__((tls_model("initial-exec"))) = nowhere + LBRPLAY_GUARD;
__thread unsigned char lbrplay_jump __attribute__((tls_model("initial-exec")));
__thread struct lbrplay_jump lbrplay_jumps[LBRPLAY_JUMPS]
	__attribute__((tls_model("initial-exec")));

static __thread struct lbrplay_thread *own;
static __thread int (*compare)(const void *, const void *);
static __thread struct border *borders;

static struct lbrplay_page *page;
static pthread_key_t end_key;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *), void *arg);
void __real_qsort(void *base, size_t nr, size_t size,
		  int (*less)(const void *, const void *));

/* In trampoline.S, or called from there. */
void *lbrplay_start_thread(void *box);
int lbrplay_compare(const void *a, const void *b);
void lbrplay_begin_main(void);
void lbrplay_begin_thread(void);
void *lbrplay_enter_compare(void);
void lbrplay_leave_compare(void);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *), void *arg);
void __wrap_qsort(void *base, size_t nr, size_t size,
		  int (*less)(const void *, const void *));

static void die(const char *what)
{
	perror(what);
	abort();
}

/* --- the calls of unlogged code --- */

/* Length of the call instruction that ends at @back. */
static int find_length(uint64_t back)
{
	const uint8_t *end = (const uint8_t *)back;

	if (end[-5] == 0xe8)
		return 5;
	for (int length = 2; length < 8; length++)
		if (lbrplay_is_indirect_call(end, length))
			return length;
	fprintf(stderr, "lbrplay: no call before %#lx\n", (long)back);
	abort();
}

static uint64_t find_target(uint64_t from, int length, uint64_t otherwise)
{
	int32_t offset;

	if (length != 5)
		return otherwise;
	memcpy(&offset, (const char *)from + 1, sizeof(offset));
	return from + length + offset;
}

static _Unwind_Reason_Code add_caller(struct _Unwind_Context *frame, void *arg)
{
	struct walk *walk = arg;
	struct border *border = walk->border;
	uint64_t ip = _Unwind_GetIP(frame), inner = walk->inner_start;
	struct lbrplay_call *call = &border->call[border->nr];

	walk->inner_start = _Unwind_GetRegionStart(frame);
	if (walk->skip-- > 0)
		return _URC_NO_REASON;
	if (!ip || ip == walk->stop)
		return _URC_END_OF_STACK;
	if (border->nr == BORDER_MAX)
		abort();
	memset(call, 0, sizeof(*call));
	call->length = find_length(ip);
	call->from = ip - call->length;
	call->to = find_target(call->from, call->length, inner);
	call->sp = _Unwind_GetCFA(frame);
	border->nr++;
	return _URC_NO_REASON;
}

static void push(const struct lbrplay_call *call)
{
	struct lbrplay_call *top = lbrplay_top;

	*top = *call;
	top[-16].lost[0] = 1;
	top[-32].lost[1] = 1;
	top[-64].lost[2] = 1;
	lbrplay_top = top + 1;
}

static void push_border(const struct border *border)
{
	for (int i = border->nr - 1; i >= 0; i--)
		push(&border->call[i]);
}

/* Its return addresses are where they were, so the calls are the same. */
static bool is_valid(const struct border *border, uint64_t sp)
{
	if (!border->nr || border->sp != sp)
		return false;
	for (int i = 0; i < border->nr; i++) {
		const struct lbrplay_call *call = &border->call[i];

		if (*(const uint64_t *)(call->sp - 8) !=
		    call->from + call->length)
			return false;
	}
	return true;
}

/*
 * Three frames are the runtime's: this one, its caller, the trampoline. The
 * walk ends at logged code, or where the thread began.
 */
__attribute__((noinline)) static void walk_border(struct border *border)
{
	const struct lbrplay_call *last = lbrplay_top - 1;
	struct walk walk = {
		.border = border,
		.skip = 3,
		.stop = last->from + last->length,
	};

	border->nr = 0;
	_Unwind_Backtrace(add_caller, &walk);
}

/* --- threads --- */

static void end_thread(void *thread)
{
	lbrplay_top = nowhere + LBRPLAY_GUARD;
	__atomic_store_n(&((struct lbrplay_thread *)thread)->tid, 0,
			 __ATOMIC_RELEASE);
}

static struct lbrplay_thread *claim_slot(void)
{
	for (int i = 0; i < LBRPLAY_THREADS; i++) {
		uint32_t free_tid = 0;

		if (__atomic_compare_exchange_n(
			    &page->thread[i].tid, &free_tid, UINT32_MAX, false,
			    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return &page->thread[i];
	}
	fprintf(stderr, "lbrplay: too many threads\n");
	abort();
}

/* Memory is touched now: the module cannot wait for a page fault. */
static void *map(void *address, size_t size, int flags)
{
	void *memory = mmap(address, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | flags,
			    -1, 0);

	if (memory == MAP_FAILED)
		die("lbrplay: mmap");
	return memory;
}

static void begin_thread(void)
{
	struct lbrplay_call *calls = map(
		NULL, (LBRPLAY_GUARD + LBRPLAY_ENTRIES) * sizeof(*calls), 0);

	lbrplay_top = calls + LBRPLAY_GUARD;
	borders = map(NULL, BORDERS * sizeof(*borders), 0);
	memset(lbrplay_jumps, 0, sizeof(lbrplay_jumps));
	own = claim_slot();
	own->base = (uint64_t)lbrplay_top;
	own->top = (uint64_t)&lbrplay_top;
	own->jumps = (uint64_t)lbrplay_jumps;
	own->jump = (uint64_t)&lbrplay_jump;
	pthread_setspecific(end_key, own);
}

static void publish_thread(void)
{
	__atomic_store_n(&own->tid, gettid(), __ATOMIC_RELEASE);
}

/* The log and its memory are copied, the thread's number is not. */
static void follow_fork(void)
{
	if (!own)
		return;
	for (int i = 0; i < LBRPLAY_THREADS; i++)
		if (&page->thread[i] != own)
			page->thread[i].tid = 0;
	publish_thread();
}

__attribute__((constructor(101))) static void begin_program(void)
{
	page = map((void *)LBRPLAY_PAGE_ADDRESS, sizeof(*page),
		   MAP_FIXED_NOREPLACE);
	page->magic = LBRPLAY_MAGIC;
	pthread_key_create(&end_key, end_thread);
	pthread_atfork(NULL, NULL, follow_fork);
}

void lbrplay_add_range(const void *start, const void *end)
{
	for (int i = 0; i < LBRPLAY_RANGES; i++) {
		if (page->range[i].end)
			continue;
		page->range[i].start = (uint64_t)start;
		page->range[i].end = (uint64_t)end;
		return;
	}
	abort();
}

void lbrplay_drop_range(const void *start)
{
	for (int i = 0; i < LBRPLAY_RANGES; i++)
		if (page->range[i].start == (uint64_t)start)
			page->range[i].end = 0;
}

void lbrplay_begin_main(void)
{
	struct border border;

	begin_thread();
	walk_border(&border);
	push_border(&border);
	publish_thread();
}

void lbrplay_begin_thread(void)
{
	lbrplay_begin_main();
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *), void *arg)
{
	void **box = malloc(2 * sizeof(*box));

	if (!box)
		abort();
	box[0] = (void *)start;
	box[1] = arg;
	return __real_pthread_create(thread, attr, lbrplay_start_thread, box);
}

/* --- callbacks --- */

void __wrap_qsort(void *base, size_t nr, size_t size,
		  int (*less)(const void *, const void *))
{
	compare = less;
	__real_qsort(base, nr, size, lbrplay_compare);
	compare = NULL; /* so that the call above is none by jmp */
}

void *lbrplay_enter_compare(void)
{
	uint64_t sp = (uint64_t)__builtin_frame_address(0);
	struct border *border = &borders[sp / 16 % BORDERS];

	if (!is_valid(border, sp)) {
		walk_border(border);
		border->sp = sp;
	}
	push_border(border);
	return (void *)compare;
}

void lbrplay_leave_compare(void)
{
	uint64_t sp = (uint64_t)__builtin_frame_address(0);

	lbrplay_top -= borders[sp / 16 % BORDERS].nr;
}
