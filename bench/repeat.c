/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes a long recording of a short one: all its records once, then its
 * samples again and again, each time as much later as the recording is long,
 * with a round ended behind each time. Ids, events and features stay; what the
 * header says of the data's size and of where features stand is set right.
 *
 *	repeat FILE SIZE > LONG_FILE
 *
 * SIZE is in MiB. Only for files as most recorders write them: of this
 * machine's byte order, seekable, not compressed, all samples with their time
 * at the same place.
 */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC	       0x32454c4946524550ull /* "PERFILE2" */
#define FINISHED_ROUND 68
#define COMPRESSED     81
#define SAMPLE_TIME    21 /* the feature, which would be wrong */
#define NR_FEATURES    256

struct section {
	uint64_t offset;
	uint64_t size;
};

struct file_header {
	uint64_t magic;
	uint64_t size;
	uint64_t attr_size;
	struct section attrs;
	struct section data;
	struct section event_types;
	uint64_t features[NR_FEATURES / 64];
};

struct recording {
	const unsigned char *bytes;
	size_t size;
	struct file_header header;
	size_t time_offset;	/* in a sample */
	unsigned char *samples; /* all of them, one behind the other */
	size_t samples_size;
	uint64_t span_ns; /* from the first sample to beyond the last */
};

static void die(const char *what)
{
	fprintf(stderr, "repeat: %s\n", what);
	exit(1);
}

static void put(const void *bytes, size_t size)
{
	if (size && fwrite(bytes, size, 1, stdout) != 1)
		die("cannot write the output");
}

static void map_file(const char *path, struct recording *r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		die("cannot open the recording");
	r->size = (size_t)status.st_size;
	r->bytes = mmap(NULL, r->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (r->bytes == MAP_FAILED || r->size < sizeof(r->header))
		die("cannot map the recording");
	close(fd);
	memcpy(&r->header, r->bytes, sizeof(r->header));
	if (r->header.magic != MAGIC || r->header.size != sizeof(r->header))
		die("no seekable perf.data file of this byte order");
	if (r->header.data.size == 0 || r->header.data.offset > r->size ||
	    r->header.data.size > r->size - r->header.data.offset)
		die("the recording is cut off or was not finished");
}

static void find_time(struct recording *r)
{
	const uint64_t before = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP |
				PERF_SAMPLE_TID;
	struct perf_event_attr attr;

	memcpy(&attr, r->bytes + r->header.attrs.offset, PERF_ATTR_SIZE_VER0);
	if (!(attr.sample_type & PERF_SAMPLE_TIME))
		die("the samples have no time");
	r->time_offset =
		sizeof(struct perf_event_header) +
		8 * (size_t)__builtin_popcountll(attr.sample_type & before);
}

/* The record at @at of the data, which all of it is in. */
static struct perf_event_header record_at(const struct recording *r,
					  uint64_t at)
{
	struct perf_event_header record;
	uint64_t left = r->header.data.size - at;

	if (left < sizeof(record))
		die("the recording is damaged");
	memcpy(&record, r->bytes + r->header.data.offset + at, sizeof(record));
	if (record.size < sizeof(record) || record.size > left)
		die("the recording is damaged");
	if (record.type == COMPRESSED)
		die("the recording is compressed");
	return record;
}

static void collect_samples(struct recording *r)
{
	const unsigned char *data = r->bytes + r->header.data.offset;
	struct perf_event_header record;
	uint64_t first_ns = UINT64_MAX;
	uint64_t last_ns = 0;

	r->samples = malloc(r->header.data.size);
	if (!r->samples)
		die("out of memory");
	for (uint64_t at = 0; at < r->header.data.size; at += record.size) {
		uint64_t time_ns;

		record = record_at(r, at);
		if (record.type != PERF_RECORD_SAMPLE ||
		    record.size < r->time_offset + sizeof(time_ns))
			continue;
		memcpy(&time_ns, data + at + r->time_offset, sizeof(time_ns));
		if (time_ns < first_ns)
			first_ns = time_ns;
		if (time_ns > last_ns)
			last_ns = time_ns;
		memcpy(r->samples + r->samples_size, data + at, record.size);
		r->samples_size += record.size;
	}
	if (!r->samples_size)
		die("the recording has no samples");
	r->span_ns = last_ns - first_ns + 1000;
}

/* Move all samples on by one span of time. */
static void delay_samples(struct recording *r)
{
	struct perf_event_header record;
	uint64_t time_ns;

	for (size_t at = 0; at < r->samples_size; at += record.size) {
		unsigned char *bytes = r->samples + at;

		memcpy(&record, bytes, sizeof(record));
		memcpy(&time_ns, bytes + r->time_offset, sizeof(time_ns));
		time_ns += r->span_ns;
		memcpy(bytes + r->time_offset, &time_ns, sizeof(time_ns));
	}
}

/* The table of features, and their bodies, moved to behind the new data. */
static void put_features(const struct recording *r, uint64_t new_size)
{
	const struct section *data = &r->header.data;
	uint64_t from = data->offset + data->size;
	uint64_t moved = new_size - data->size;
	struct section section;

	for (unsigned int i = 0; i < NR_FEATURES; i++) {
		if (!(r->header.features[i / 64] >> i % 64 & 1))
			continue;
		if (r->size - from < sizeof(section))
			die("the recording is cut off");
		memcpy(&section, r->bytes + from, sizeof(section));
		from += sizeof(section);
		section.offset += moved;
		if (i == SAMPLE_TIME)
			section.size = 0;
		put(&section, sizeof(section));
	}
	put(r->bytes + from, r->size - from);
}

int main(int argc, char **argv)
{
	const struct perf_event_header round = { .type = FINISHED_ROUND,
						 .size = sizeof(round) };
	struct recording r = { 0 };
	struct file_header header;
	uint64_t times;

	if (argc != 3)
		die("usage: repeat FILE MIB > LONG_FILE");
	map_file(argv[1], &r);
	find_time(&r);
	collect_samples(&r);
	times = (strtoull(argv[2], NULL, 10) << 20) /
		(r.samples_size + sizeof(round));

	header = r.header;
	header.data.size +=
		times * (r.samples_size + sizeof(round)) + sizeof(round);
	put(&header, sizeof(header));
	put(r.bytes + sizeof(header),
	    r.header.data.offset - sizeof(header) + r.header.data.size);
	put(&round, sizeof(round));
	for (uint64_t i = 0; i < times; i++) {
		delay_samples(&r);
		put(r.samples, r.samples_size);
		put(&round, sizeof(round));
	}
	put_features(&r, header.data.size);
	if (fflush(stdout) != 0)
		die("cannot write the output");
	return 0;
}
