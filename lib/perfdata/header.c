/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header of perf.data: which byte order, pipe or file, where attributes and
 * data are, and the feature sections behind the data. A damaged feature costs
 * what it says and nothing else.
 */
#include "config.h"

#include "perfdata/header.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The magic of 2009: the same bytes in either order, unlike today's. */
#define OLD_MAGIC 0x454c494646524550ull /* "PERFFILE" */
/* The header once ended before the feature bits. */
#define HEADER_SIZE_BARE offsetof(struct format_header, features)
/* More events than any recorder opens; a pipe does not say how many come. */
#define PIPE_EVENTS_MAX 16384

void header_fini(struct header *header)
{
	events_fini(&header->events);
	build_ids_fini(&header->build_ids);
	notes_fini(&header->notes);
	intern_free(header->strings);
	free(header->cmdline);
	memset(header, 0, sizeof(*header));
}

static int keep_string(struct header *header, struct view body,
		       const char **ret)
{
	const char *string;
	size_t length;
	uint32_t id;

	if (!view_string(&body, &string, &length))
		return 0;
	if (intern_add(header->strings, string, length, &id) < 0)
		return -ENOMEM;
	*ret = intern_bytes(header->strings, id, NULL);
	return 0;
}

static int read_cmdline(struct header *header, struct view body)
{
	const char **words;
	size_t length;
	uint32_t nr;
	size_t i;

	/* Each word has at least its length. */
	if (!view_u32(&body, &nr) || nr == 0 || nr > body.size / 4)
		return 0;
	words = calloc(nr, sizeof(*words));
	if (!words)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		const char *word;
		uint32_t id;

		if (!view_string(&body, &word, &length))
			break;
		if (intern_add(header->strings, word, length, &id) < 0) {
			free(words);
			return -ENOMEM;
		}
		words[i] = intern_bytes(header->strings, id, NULL);
	}
	free(header->cmdline);
	header->cmdline = words;
	header->public.cmdline = words;
	header->public.nr_cmdline = i;
	return 0;
}

/* The reverse of what sections.c does to keep a text on one line. */
static void restore_lines(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && (text[1] == 'n' || text[1] == '\\')) {
			text++;
			*to++ = *text == 'n' ? '\n' : '\\';
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

static int keep_note(struct header *header, struct view *caps)
{
	const char *name;
	const char *text;
	size_t name_length;
	size_t text_length;
	char *copies[2];
	int err = -ENOMEM;

	if (!view_string(caps, &name, &name_length) ||
	    !view_string(caps, &text, &text_length))
		return 0;
	copies[0] = strndup(name, name_length);
	copies[1] = strndup(text, text_length);
	if (copies[0] && copies[1]) {
		restore_lines(copies[1]);
		err = notes_set(&header->notes, copies[0], copies[1]);
	}
	free(copies[0]);
	free(copies[1]);
	return err;
}

/* The name of a PMU comes behind its capabilities. */
static int read_pmu_caps(struct header *header, struct view body)
{
	const char *string;
	size_t length;
	uint32_t nr_pmus;
	uint32_t nr;

	if (!view_u32(&body, &nr_pmus))
		return 0;
	for (uint32_t pmu = 0; pmu < nr_pmus; pmu++) {
		struct view caps;

		if (!view_u32(&body, &nr))
			return 0;
		caps = body;
		for (uint64_t i = 0; i < 2ull * nr + 1; i++) {
			if (!view_string(&body, &string, &length))
				return 0;
		}
		if (length != strlen(FORMAT_NOTES_PMU) ||
		    memcmp(string, FORMAT_NOTES_PMU, length) != 0)
			continue;
		for (uint32_t i = 0; i < nr; i++) {
			int err = keep_note(header, &caps);

			if (err)
				return err;
		}
	}
	return 0;
}

int header_feature(struct header *header, uint64_t feature, struct view body)
{
	struct lbrvirt_perfdata_header *public = &header->public;

	switch (feature) {
	case FORMAT_BUILD_ID:
		return build_ids_add_table(&header->build_ids, body);
	case FORMAT_HOSTNAME:
		return keep_string(header, body, &public->hostname);
	case FORMAT_OSRELEASE:
		return keep_string(header, body, &public->osrelease);
	case FORMAT_VERSION:
		return keep_string(header, body, &public->version);
	case FORMAT_ARCH:
		return keep_string(header, body, &public->arch);
	case FORMAT_CPUDESC:
		return keep_string(header, body, &public->cpudesc);
	case FORMAT_CPUID:
		return keep_string(header, body, &public->cpuid);
	case FORMAT_NRCPUS:
		if (view_u32(&body, &public->nr_cpus_available))
			view_u32(&body, &public->nr_cpus_online);
		return 0;
	case FORMAT_TOTAL_MEM:
		view_u64(&body, &public->total_mem_kb);
		return 0;
	case FORMAT_CMDLINE:
		return read_cmdline(header, body);
	case FORMAT_EVENT_DESC:
		return events_describe(&header->events, body);
	case FORMAT_PMU_CAPS:
		return read_pmu_caps(header, body);
	default:
		return 0;
	}
}

void header_finish(struct header *header)
{
	/* Of perf's own files nothing tells, once the sizes are right. */
	if (header->notes.nr &&
	    !notes_get(&header->notes, FORMAT_NOTE_FINISHED))
		header->public.is_finished = false;
}

/*
 * The feature bits are an array of the writer's longs. Those of a 32-bit
 * machine of the other order are also swapped by halves; every perf has set
 * HOSTNAME, which tells.
 */
static void swap_features(uint64_t *features, size_t nr)
{
	const uint64_t hostname = 1ull << FORMAT_HOSTNAME;
	uint64_t halves = features[0] >> 32 | features[0] << 32;

	if (features[0] & hostname || !(halves & hostname))
		return;
	for (size_t i = 0; i < nr; i++)
		features[i] = features[i] >> 32 | features[i] << 32;
}

/* One entry a set bit stands behind the data, as far as the file has them. */
static int read_features(struct header *header, const struct view *file,
			 const uint64_t *features)
{
	struct view table;

	if (header->data_offset + header->data_size > file->size ||
	    !view_part(file, header->data_offset + header->data_size,
		       file->size - header->data_offset - header->data_size,
		       &table))
		return 0;
	for (unsigned int i = 0; i < FORMAT_FEATURES; i++) {
		struct format_section section;
		struct view body;
		int err;

		if (!(features[i / 64] >> (i % 64) & 1))
			continue;
		if (!view_u64(&table, &section.offset) ||
		    !view_u64(&table, &section.size))
			return 0;
		if (!view_part(file, section.offset, section.size, &body))
			continue;
		err = header_feature(header, i, body);
		if (err)
			return err;
	}
	return 0;
}

static int read_attrs(struct header *header, const struct view *file,
		      const struct format_header *fixed, const char **ret_why)
{
	const size_t ids_size = sizeof(struct format_section);
	struct view attrs;
	uint64_t ids_left = file->size;
	int err;

	*ret_why = "damaged: the attributes in the header";
	if (fixed->attr_size < FORMAT_ATTR_SIZE_MIN + ids_size ||
	    !view_part(file, fixed->attrs.offset, fixed->attrs.size, &attrs))
		return -EBADMSG;
	err = events_init(&header->events, attrs.size / fixed->attr_size,
			  header->strings);
	if (err)
		return err;
	while (attrs.size >= fixed->attr_size) {
		struct view attr = attrs;
		struct view section = attrs;
		struct view ids;
		const unsigned char *bytes;
		uint64_t offset;
		uint64_t size;

		attr.size = fixed->attr_size - ids_size;
		view_bytes(&section, attr.size, &bytes);
		view_bytes(&attrs, fixed->attr_size, &bytes);
		/* Sections that overlap must not multiply the file. */
		if (!view_u64(&section, &offset) ||
		    !view_u64(&section, &size) || size > ids_left ||
		    !view_part(file, offset, size, &ids))
			return -EBADMSG;
		ids_left -= size;
		err = events_add(&header->events, &attr, &ids);
		if (err)
			return err;
	}
	return 0;
}

/* The fixed header in host order; what an old one lacks is zero. */
static void take_fixed(struct view file, struct format_header *ret)
{
	uint64_t *words = (uint64_t *)ret;
	uint64_t size = sizeof(*ret);
	struct view sized = file;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < 2; i++)
		view_u64(&sized, &size);
	if (size < file.size)
		file.size = size;
	for (size_t i = 0; i < sizeof(*ret) / sizeof(*words); i++)
		view_u64(&file, &words[i]);
}

static int read_file(struct header *header, const struct view *file,
		     const char **ret_why)
{
	struct format_header fixed;
	bool has_features;
	int err;

	*ret_why = "damaged: the header";
	take_fixed(*file, &fixed);
	if (fixed.size < HEADER_SIZE_BARE || file->size < HEADER_SIZE_BARE ||
	    fixed.data.offset > file->size ||
	    fixed.data.size > UINT64_MAX - fixed.data.offset)
		return -EBADMSG;
	if (file->is_swapped)
		swap_features(fixed.features, 4);
	header->data_offset = fixed.data.offset;
	header->data_size = fixed.data.size;
	err = read_attrs(header, file, &fixed, ret_why);
	if (err)
		return err;
	has_features = fixed.features[0] | fixed.features[1] |
		       fixed.features[2] | fixed.features[3];
	header->public.is_finished = fixed.data.size && has_features;
	if (fixed.data.size == 0)
		return 0;
	err = read_features(header, file, fixed.features);
	header_finish(header);
	return err;
}

/* Of the old magic, only the sizes that follow tell the byte order. */
static bool is_foreign(const struct view *file, uint64_t magic)
{
	uint64_t size = 0;

	memcpy(&size, file->bytes + sizeof(magic), sizeof(size));
	return magic == OLD_MAGIC ? size > UINT32_MAX : magic != FORMAT_MAGIC;
}

int header_read(struct header *header, const struct view *file,
		const char **ret_why)
{
	struct view ordered = *file;
	struct view fixed;
	uint64_t magic;
	uint64_t size;

	*ret_why = "not a perf.data file";
	if (file->size < FORMAT_PIPE_HEADER_SIZE)
		return -EBADMSG;
	memcpy(&magic, file->bytes, sizeof(magic));
	if (magic != FORMAT_MAGIC && magic != OLD_MAGIC &&
	    __builtin_bswap64(magic) != FORMAT_MAGIC)
		return -EBADMSG;
	ordered.is_swapped = is_foreign(file, magic);
	header->public.is_swapped = ordered.is_swapped;
	if (intern_new(&header->strings))
		return -ENOMEM;
	fixed = ordered;
	view_u64(&fixed, &magic);
	view_u64(&fixed, &size);
	if (size != FORMAT_PIPE_HEADER_SIZE)
		return read_file(header, &ordered, ret_why);

	header->public.is_pipe = true;
	header->public.is_finished = true;
	header->data_offset = FORMAT_PIPE_HEADER_SIZE;
	return events_init(&header->events, PIPE_EVENTS_MAX, header->strings);
}
