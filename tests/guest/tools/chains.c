/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * chains lbr|leaf|true|shares TRUTH SCRIPT [MAPS]
 *
 * Compares the call chains of a script, as
 * "perf script --ns --show-mmap-events -F pid,tid,time,ip" prints them, with
 * the module's truth log, sample by sample. Perf prints offsets in files, so
 * the maps are needed; MAPS is such a script of the same recording, where
 * SCRIPT has none itself. Addresses as they were in memory do as well.
 *
 *   lbr	a chain must be, address by address, what the branch stack says
 *		as perf reads it: the newest callee, then the call sites, as many
 *		as the stack had. Polluted stacks are left out.
 *   leaf	the same with the sampled address as the leaf; what follows the
 *		calls of the branch stack, if anything does, must be true too.
 *   true	a chain must be the true one: the sampled address, then for each
 *		call its call site or return address, to the outermost.
 *		Samples from before the program began its log are left out.
 *   shares	for each call site, the share of the samples that have it in
 *		their chain, in truth and in the script: prints the largest
 *		difference in points.
 *
 * Prints "name value" lines, and the first chains that differ on stderr.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "truth_record.h"

#define FRAMES_MAX 512
/* The longest call instruction: where a return address may lie. */
#define CALL_LENGTH 7
#define SHOWN_MAX   3
#define SITES_MAX   256

struct sample {
	uint32_t pid;
	uint32_t tid;
	uint64_t time;
	unsigned int nr;
	uint64_t ip[FRAMES_MAX];
};

struct result {
	unsigned long samples;
	unsigned long unmatched; /* the truth log does not know them */
	unsigned long polluted;
	unsigned long early; /* the program kept no log yet */
	unsigned long compared;
	unsigned long equal;   /* each frame right, none missing */
	unsigned long frames;  /* in the truth */
	unsigned long right;   /* of these, in the chain too */
	unsigned long longer;  /* chains going on after the outermost */
	unsigned long deepest; /* frames in the longest chain */
	unsigned long whole;   /* chains that reach the outermost call */
};

struct truth {
	char *bytes;
	size_t size;
	const struct truth_record **record;
	size_t nr;
	bool has_log;
};

struct map {
	uint32_t pid;
	uint64_t time;
	uint64_t start;
	uint64_t length;
	uint64_t offset;
};

struct maps {
	struct map *map;
	size_t nr;
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static char *read_all(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	size_t size = 0, room = 1 << 20, got;
	char *bytes = malloc(room);

	if (!file || !bytes)
		die(path);
	while ((got = fread(bytes + size, 1, room - size, file)) > 0) {
		size += got;
		if (size == room)
			bytes = realloc(bytes, room *= 2);
		if (!bytes)
			die("realloc");
	}
	fclose(file);
	*ret_size = size;
	return bytes;
}

static int compare_records(const void *a, const void *b)
{
	const struct truth_record *x = *(const struct truth_record *const *)a;
	const struct truth_record *y = *(const struct truth_record *const *)b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return x->time < y->time ? -1 : x->time > y->time;
}

static void load_truth(struct truth *truth, const char *path)
{
	size_t at = 0;

	truth->bytes = read_all(path, &truth->size);
	truth->record = calloc(truth->size / sizeof(struct truth_record) + 1,
			       sizeof(truth->record[0]));
	if (!truth->record)
		die("calloc");
	while (at + sizeof(struct truth_record) <= truth->size) {
		const struct truth_record *r = (void *)(truth->bytes + at);

		truth->record[truth->nr++] = r;
		truth->has_log |= !(r->flags & TRUTH_FRAMES);
		at += sizeof(*r) + r->nr * sizeof(r->call[0]);
	}
	qsort(truth->record, truth->nr, sizeof(truth->record[0]),
	      compare_records);
}

/* The last record of the thread not after the sample: see truth.c. */
static const struct truth_record *find_record(const struct truth *truth,
					      const struct sample *sample)
{
	size_t low = 0, high = truth->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct truth_record *r = truth->record[middle];

		if (r->tid < sample->tid ||
		    (r->tid == sample->tid && r->time <= sample->time))
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || truth->record[low - 1]->tid != sample->tid)
		return NULL;
	return truth->record[low - 1];
}

/* What perf prints for an address: the offset in the file mapped there. */
static uint64_t find_offset(const struct maps *maps, const struct sample *s,
			    uint64_t ip)
{
	for (size_t i = maps->nr; i-- > 0;) {
		const struct map *map = &maps->map[i];

		if (map->pid == s->pid && map->time <= s->time &&
		    ip - map->start < map->length)
			return ip - map->start + map->offset;
	}
	return ip;
}

/* Is the frame at the address, or less than @within after it? */
static bool is_at(const struct maps *maps, const struct sample *s,
		  unsigned int frame, uint64_t address, unsigned int within)
{
	if (frame >= s->nr)
		return false;
	return s->ip[frame] - address <= within ||
	       s->ip[frame] - find_offset(maps, s, address) <= within;
}

enum mode { MODE_LBR, MODE_LEAF, MODE_TRUE, MODE_SHARES };

/* A call site, and the samples it is in. */
struct site {
	uint64_t address;
	uint64_t offset; /* in its file, as perf prints it */
	unsigned long in_truth;
	unsigned long in_script;
	uint64_t counted; /* the last sample that was */
};

struct sites {
	struct site site[SITES_MAX];
	size_t nr;
};
static struct sites sites;

/* perf: entries[0].to, then each entry's from. */
static unsigned int count_as_lbr(const struct truth_record *r,
				 const struct maps *maps,
				 const struct sample *s, unsigned int *ret_of)
{
	unsigned int right = 0, nr = r->given < r->nr ? r->given : r->nr;

	*ret_of = nr + 1;
	right += nr ? is_at(maps, s, 0, r->call[0].to, 0) : 1;
	for (unsigned int i = 0; i < nr; i++)
		right += is_at(maps, s, i + 1, r->call[i].from, 0);
	return right;
}

/* The branch stack's calls by their own address, further ones as they come. */
static unsigned int count_as_leaf(const struct truth_record *r,
				  const struct maps *maps,
				  const struct sample *s, unsigned int *ret_of)
{
	unsigned int right = is_at(maps, s, 0, r->ip, 0);
	unsigned int nr = r->given < r->nr ? r->given : r->nr;

	if (s->nr > nr + 1)
		nr = s->nr < r->nr + 1 ? s->nr - 1 : r->nr;
	*ret_of = nr + 1;
	for (unsigned int i = 0; i < nr; i++)
		right += is_at(maps, s, i + 1, r->call[i].from,
			       i < r->given ? 0 : CALL_LENGTH);
	return right;
}

static unsigned int count_as_true(const struct truth_record *r,
				  const struct maps *maps,
				  const struct sample *s, unsigned int *ret_of)
{
	unsigned int right = is_at(maps, s, 0, r->ip, 0) ||
			     (r->nr && is_at(maps, s, 0, r->call[0].to, 0));

	*ret_of = r->nr + 1;
	for (unsigned int i = 0; i < r->nr; i++)
		right += is_at(maps, s, i + 1, r->call[i].from, CALL_LENGTH);
	return right;
}

static struct site *find_site(uint64_t address)
{
	size_t i = 0;

	while (i < sites.nr && sites.site[i].address != address)
		i++;
	if (i == SITES_MAX)
		return NULL;
	if (i == sites.nr)
		sites.site[sites.nr++].address = address;
	return &sites.site[i];
}

static unsigned int count_sites(const struct truth_record *r,
				const struct maps *maps, const struct sample *s,
				unsigned int *ret_of)
{
	static uint64_t number;

	number++;
	for (unsigned int i = 0; i < r->nr; i++) {
		struct site *site = find_site(r->call[i].from);

		if (!site || site->counted == number)
			continue;
		site->offset = find_offset(maps, s, site->address);
		site->counted = number;
		site->in_truth++;
	}
	for (size_t at = 0; at < sites.nr; at++) {
		struct site *site = &sites.site[at];

		for (unsigned int i = 1; i < s->nr; i++) {
			if (s->ip[i] - site->address > CALL_LENGTH &&
			    s->ip[i] - site->offset > CALL_LENGTH)
				continue;
			site->in_script++;
			break;
		}
	}
	*ret_of = s->nr;
	return s->nr;
}

static void show(const struct truth_record *r, const struct sample *s)
{
	fprintf(stderr, "tid %u time %" PRIu64 " flags %u given %u\n  got ",
		s->tid, s->time, r->flags, r->given);
	for (unsigned int i = 0; i < s->nr; i++)
		fprintf(stderr, " %" PRIx64, s->ip[i]);
	fprintf(stderr, "\n  true %" PRIx64, (uint64_t)r->ip);
	for (unsigned int i = 0; i < r->nr; i++)
		fprintf(stderr, " %" PRIx64 ">%" PRIx64,
			(uint64_t)r->call[i].from, (uint64_t)r->call[i].to);
	fprintf(stderr, "\n");
}

/* Before a program's log begins, its records are a guess by frame pointers. */
static bool is_early(const struct truth *truth, const struct truth_record *r)
{
	return truth->has_log && (r->flags & TRUTH_FRAMES);
}

static void compare(const struct truth *truth, const struct maps *maps,
		    const struct sample *s, enum mode mode,
		    struct result *result)
{
	static unsigned int (*const count[])(const struct truth_record *,
					     const struct maps *,
					     const struct sample *,
					     unsigned int *) = {
		[MODE_LBR] = count_as_lbr,
		[MODE_LEAF] = count_as_leaf,
		[MODE_TRUE] = count_as_true,
		[MODE_SHARES] = count_sites,
	};
	const struct truth_record *r = find_record(truth, s);
	unsigned int right, of;

	result->samples++;
	if (!r) {
		result->unmatched++;
		return;
	}
	if (is_early(truth, r)) {
		result->early++;
		return;
	}
	result->polluted += !!(r->flags & TRUTH_POLLUTED);
	if (mode < MODE_TRUE && (r->flags & TRUTH_POLLUTED))
		return;
	right = count[mode](r, maps, s, &of);
	result->compared++;
	result->frames += of;
	result->right += right;
	result->longer += s->nr > of;
	if (s->nr > result->deepest)
		result->deepest = s->nr;
	result->whole += s->nr == r->nr + 1;
	/* Frame pointers end before the outermost call. */
	if (right == of && (mode >= MODE_TRUE || s->nr == of ||
			    (mode == MODE_LBR && of == 1) ||
			    (mode == MODE_LEAF && (r->flags & TRUTH_FRAMES))))
		result->equal++;
	else if (result->compared - result->equal <= SHOWN_MAX)
		show(r, s);
}

/*
 * "  pid/tid  seconds.fraction: " opens a record. Of microseconds the last
 * nanosecond is taken: the truth was logged before, never after.
 */
static const char *parse_header(const char *line, struct sample *sample)
{
	unsigned long seconds, fraction;
	unsigned int pid, tid;
	int length = 0, point = 0;

	if (sscanf(line, "%u/%u %lu.%n%9lu:%n", &pid, &tid, &seconds, &point,
		   &fraction, &length) != 4 ||
	    !length)
		return NULL;
	if (length - point == 7)
		fraction = fraction * 1000 + 999;
	sample->pid = pid;
	sample->tid = tid;
	sample->time = seconds * UINT64_C(1000000000) + fraction;
	sample->nr = 0;
	return line + length;
}

static bool add_map(struct maps *maps, const char *text,
		    const struct sample *sample)
{
	struct map map = { .pid = sample->pid, .time = sample->time };

	if (sscanf(text,
		   " PERF_RECORD_MMAP2 %*d/%*d: [%" SCNx64 "(%" SCNx64
		   ") @ %" SCNx64,
		   &map.start, &map.length, &map.offset) != 3)
		return false;
	maps->map = realloc(maps->map, (maps->nr + 1) * sizeof(map));
	if (!maps->map)
		die("realloc");
	maps->map[maps->nr++] = map;
	return true;
}

static void read_script(const char *path, struct maps *maps,
			void (*take)(const struct sample *, void *), void *arg)
{
	static struct sample sample;
	FILE *file = fopen(path, "r");
	bool is_open = false;
	char line[4096];

	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file)) {
		const char *text = parse_header(line, &sample);
		uint64_t ip;

		if (text) {
			is_open = !add_map(maps, text, &sample);
		} else if (is_open && sscanf(line, " %" SCNx64, &ip) == 1) {
			/* Kernel frames lie on top, and are not compared. */
			if (ip >> 63 == 0 && sample.nr < FRAMES_MAX)
				sample.ip[sample.nr++] = ip;
		} else if (is_open) {
			take(&sample, arg);
			is_open = false;
		}
	}
	if (is_open)
		take(&sample, arg);
	fclose(file);
}

struct comparison {
	struct truth truth;
	struct maps maps;
	struct result result;
	enum mode mode;
};

static void ignore_sample(const struct sample *sample, void *arg)
{
	(void)sample;
	(void)arg;
}

static void compare_sample(const struct sample *sample, void *arg)
{
	struct comparison *c = arg;

	compare(&c->truth, &c->maps, sample, c->mode, &c->result);
}

static void print_percent(const char *name, unsigned long part,
			  unsigned long whole)
{
	printf("%s %.2f\n", name, whole ? 100.0 * part / whole : 0.0);
}

static void print_result(const struct result *r)
{
	printf("samples %lu\nunmatched %lu\npolluted %lu\nearly %lu\n"
	       "compared %lu\nequal %lu\nframes %lu\nright %lu\n"
	       "longer %lu\ndeepest %lu\nwhole %lu\n",
	       r->samples, r->unmatched, r->polluted, r->early, r->compared,
	       r->equal, r->frames, r->right, r->longer, r->deepest, r->whole);
	print_percent("equal_percent", r->equal, r->compared);
	print_percent("right_percent", r->right, r->frames);
}

static void print_shares(const struct result *r)
{
	double largest = 0;

	for (size_t i = 0; i < sites.nr; i++) {
		const struct site *site = &sites.site[i];
		double difference = 100.0 * site->in_script / r->compared -
				    100.0 * site->in_truth / r->compared;

		if (difference < 0)
			difference = -difference;
		if (difference > largest)
			largest = difference;
	}
	printf("sites %zu\ndifference %.2f\n", sites.nr, largest);
}

int main(int argc, char **argv)
{
	static const char *const modes[] = { "lbr", "leaf", "true", "shares" };
	static struct comparison c;
	int mode = 0;

	while (argc >= 4 && mode < 4 && strcmp(argv[1], modes[mode]))
		mode++;
	if (argc < 4 || argc > 5 || mode == 4) {
		fputs("usage: chains lbr|leaf|true|shares TRUTH SCRIPT [MAPS]\n",
		      stderr);
		return 2;
	}
	c.mode = (enum mode)mode;
	load_truth(&c.truth, argv[2]);
	if (argc == 5)
		read_script(argv[4], &c.maps, ignore_sample, NULL);
	read_script(argv[3], &c.maps, compare_sample, &c);
	print_result(&c.result);
	if (c.mode == MODE_SHARES)
		print_shares(&c.result);
	free(c.maps.map);
	free(c.truth.record);
	free(c.truth.bytes);
	return 0;
}
