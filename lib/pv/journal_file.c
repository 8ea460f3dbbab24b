/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file "journal": its bytes. It is replaced as a whole, so that whoever is
 * killed leaves the old one or the new one, never half of one; its content is
 * checked all the same.
 */
#include "config.h"

#include "pv/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pv/msr.h"

#define NEW_NAME       "journal.new"
#define MAGIC	       "lbrvpv\r\n"
#define FORMAT_VERSION 1
#define FNV_BASIS      0xcbf29ce484222325ull
#define FNV_PRIME      0x100000001b3ull

/* The file, in this machine's byte order: header, holders, CPUs. */
struct file_header {
	char magic[8];
	uint32_t version;
	uint32_t msr;
	char boot_id[JOURNAL_BOOT_ID_SIZE];
	uint32_t nr_holders;
	uint32_t nr_cpus;
	uint64_t checksum; /* FNV-1a of the whole, this field 0 */
};

struct file_holder {
	uint32_t slot;
	int32_t pid;
	uint64_t since_ns;
	uint64_t start_ticks;
};

struct file_cpu {
	uint32_t cpu;
	uint32_t zero;
	uint64_t old;
};

_Static_assert(sizeof(struct file_header) +
			       JOURNAL_HOLDERS_MAX *
				       sizeof(struct file_holder) +
			       CPUS_MAX * sizeof(struct file_cpu) <=
		       JOURNAL_BYTES_MAX,
	       "a full journal must fit");

static uint64_t add_checksum(uint64_t sum, const void *bytes, size_t size)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ p[i]) * FNV_PRIME;
	return sum;
}

static uint64_t checksum_of(struct file_header header,
			    const unsigned char *bytes, size_t size)
{
	uint64_t sum;

	header.checksum = 0;
	sum = add_checksum(FNV_BASIS, &header, sizeof(header));
	return add_checksum(sum, bytes + sizeof(header), size - sizeof(header));
}

static void clear(struct journal *journal)
{
	journal->checksum = 0;
	journal->msr = 0;
	memset(journal->holders, 0, sizeof(journal->holders));
	memset(journal->is_set, 0, sizeof(journal->is_set));
}

/* Whether the file is what journal_file_store() wrote. */
static bool is_sound(const struct journal *journal, size_t size,
		     struct file_header *header)
{
	if (size < sizeof(*header))
		return false;
	memcpy(header, journal->bytes, sizeof(*header));
	return memcmp(header->magic, MAGIC, sizeof(header->magic)) == 0 &&
	       header->version == FORMAT_VERSION &&
	       header->nr_holders <= JOURNAL_HOLDERS_MAX &&
	       header->nr_cpus <= CPUS_MAX &&
	       size == sizeof(*header) +
			       header->nr_holders * sizeof(struct file_holder) +
			       header->nr_cpus * sizeof(struct file_cpu) &&
	       header->boot_id[JOURNAL_BOOT_ID_SIZE - 1] == '\0' &&
	       header->checksum == checksum_of(*header, journal->bytes, size) &&
	       pv_msr_is_control(header->msr);
}

static int take_holders(struct journal *journal, const unsigned char *at,
			uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		struct file_holder in;

		memcpy(&in, at + i * sizeof(in), sizeof(in));
		if (in.slot >= JOURNAL_HOLDERS_MAX || in.pid <= 0)
			return -EBADMSG;
		journal->holders[in.slot] = (struct journal_holder){
			.is_listed = true,
			.pid = in.pid,
			.since_ns = in.since_ns,
			.start_ticks = in.start_ticks,
		};
	}
	return 0;
}

static int take_cpus(struct journal *journal, const unsigned char *at,
		     uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		struct file_cpu in;

		memcpy(&in, at + i * sizeof(in), sizeof(in));
		if (in.cpu >= CPUS_MAX)
			return -EBADMSG;
		journal->is_set[in.cpu] = true;
		journal->old[in.cpu] = in.old;
	}
	return 0;
}

static int parse(struct journal *journal, size_t size)
{
	const unsigned char *at = journal->bytes + sizeof(struct file_header);
	struct file_header header;
	int err;

	if (!is_sound(journal, size, &header))
		return -EBADMSG;
	clear(journal);
	if (strcmp(header.boot_id, journal->boot_id) != 0)
		return 0;
	journal->checksum = header.checksum;
	journal->msr = header.msr;
	err = take_holders(journal, at, header.nr_holders);
	at += header.nr_holders * sizeof(struct file_holder);
	if (!err)
		err = take_cpus(journal, at, header.nr_cpus);
	if (err)
		clear(journal);
	return err;
}

int journal_file_load(struct journal *journal)
{
	int fd = journal_open_file(journal, JOURNAL_FILE_NAME, O_RDONLY);
	size_t size = 0;
	ssize_t n = 1;

	if (fd == -ENOENT) {
		clear(journal);
		return 0;
	}
	if (fd < 0)
		return fd;
	while (n != 0 && size < sizeof(journal->bytes)) {
		n = read(fd, journal->bytes + size,
			 sizeof(journal->bytes) - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		size += (size_t)n;
	}
	close(fd);
	if (n < 0)
		return -EIO;
	return n > 0 ? -EBADMSG : parse(journal, size);
}

static size_t build(struct journal *journal)
{
	struct file_header header = { .version = FORMAT_VERSION,
				      .msr = journal->msr };
	unsigned char *at = journal->bytes + sizeof(header);

	memcpy(header.magic, MAGIC, sizeof(header.magic));
	memcpy(header.boot_id, journal->boot_id, sizeof(header.boot_id));
	for (uint32_t slot = 0; slot < JOURNAL_HOLDERS_MAX; slot++) {
		const struct journal_holder *holder = &journal->holders[slot];
		struct file_holder out = {
			.slot = slot,
			.pid = holder->pid,
			.since_ns = holder->since_ns,
			.start_ticks = holder->start_ticks,
		};

		if (!holder->is_listed)
			continue;
		memcpy(at, &out, sizeof(out));
		at += sizeof(out);
		header.nr_holders++;
	}
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		struct file_cpu out = { .cpu = cpu, .old = journal->old[cpu] };

		if (!journal->is_set[cpu])
			continue;
		memcpy(at, &out, sizeof(out));
		at += sizeof(out);
		header.nr_cpus++;
	}
	header.checksum = checksum_of(header, journal->bytes,
				      (size_t)(at - journal->bytes));
	memcpy(journal->bytes, &header, sizeof(header));
	if (header.nr_holders == 0 && header.nr_cpus == 0)
		return 0;
	return (size_t)(at - journal->bytes);
}

static int write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

int journal_file_store(struct journal *journal)
{
	size_t size = build(journal);
	int err;
	int fd;

	if (size == 0) {
		if (unlinkat(journal->dir, JOURNAL_FILE_NAME, 0) != 0 &&
		    errno != ENOENT)
			return -EIO;
		return 0;
	}
	/* Of one who was killed here. */
	unlinkat(journal->dir, NEW_NAME, 0);
	fd = journal_open_file(journal, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL);
	if (fd < 0)
		return fd == -EACCES ? fd : -EIO;
	err = write_all(fd, journal->bytes, size);
	close(fd);
	if (!err && renameat(journal->dir, NEW_NAME, journal->dir,
			     JOURNAL_FILE_NAME) != 0)
		err = -EIO;
	if (err)
		unlinkat(journal->dir, NEW_NAME, 0);
	return err;
}
