/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Feature sections as perf 6.1 writes and reads them. Strings are a 32-bit
 * length, which counts the padding, and the bytes padded with zeros to 64.
 *
 * tools/perf/util/header.c (Linux 6.1), write_…() and process_…().
 */
#include "config.h"

#include "perfdata/sections.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define ZSTD_TYPE 1 /* PERF_COMP_ZSTD */

static int put_u32(struct buffer *body, uint32_t value)
{
	return buffer_append(body, &value, sizeof(value));
}

static int put_u64(struct buffer *body, uint64_t value)
{
	return buffer_append(body, &value, sizeof(value));
}

static int put_padded(struct buffer *body, const char *string, size_t size)
{
	size_t length = strlen(string) + 1;
	int err = buffer_reserve(body, size);

	if (err)
		return err;
	memset(body->bytes + body->size, 0, size);
	memcpy(body->bytes + body->size, string, length);
	body->size += size;
	return 0;
}

static size_t padded_size(const char *string)
{
	return (strlen(string) + FORMAT_STRING_ALIGN) &
	       ~(size_t)(FORMAT_STRING_ALIGN - 1);
}

static int put_string(struct buffer *body, const char *string)
{
	size_t size = padded_size(string);
	int err = put_u32(body, (uint32_t)size);

	return err ? err : put_padded(body, string, size);
}

/* The body of @feature, emptied, to be filled now. */
static struct buffer *renew(struct sections *sections,
			    enum format_feature feature)
{
	sections->present |= 1ull << feature;
	sections->body[feature].size = 0;
	return &sections->body[feature];
}

static int add_string(struct sections *sections, enum format_feature feature,
		      const char *string)
{
	return string ? put_string(renew(sections, feature), string) : 0;
}

static int add_cmdline(struct sections *sections,
		       const struct writer_header *header)
{
	struct buffer *body;
	int err;

	if (!header->nr_cmdline)
		return 0;
	body = renew(sections, FORMAT_CMDLINE);
	err = put_u32(body, (uint32_t)header->nr_cmdline);
	for (size_t i = 0; !err && i < header->nr_cmdline; i++)
		err = put_string(body, header->cmdline[i]);
	return err;
}

static int add_event_desc(struct sections *sections,
			  const struct lbrvirt_event *events, size_t nr_events)
{
	struct buffer *body = renew(sections, FORMAT_EVENT_DESC);
	int err = put_u32(body, (uint32_t)nr_events);

	if (!err)
		err = put_u32(body, FORMAT_ATTR_SIZE_WRITTEN);
	for (size_t i = 0; !err && i < nr_events; i++) {
		struct perf_event_attr attr = events[i].attr;

		attr.size = FORMAT_ATTR_SIZE_WRITTEN;
		err = buffer_append(body, &attr, FORMAT_ATTR_SIZE_WRITTEN);
		if (!err)
			err = put_u32(body, (uint32_t)events[i].nr_ids);
		if (!err)
			err = put_string(body, events[i].name);
		if (!err)
			err = buffer_append(body, events[i].ids,
					    events[i].nr_ids *
						    sizeof(events[i].ids[0]));
	}
	return err;
}

static int add_numbers(struct sections *sections,
		       const struct writer_header *header)
{
	int err = 0;

	if (header->nr_cpus_available || header->nr_cpus_online) {
		struct buffer *body = renew(sections, FORMAT_NRCPUS);

		err = put_u32(body, header->nr_cpus_available);
		if (!err)
			err = put_u32(body, header->nr_cpus_online);
	}
	if (!err && header->total_mem_kb)
		err = put_u64(renew(sections, FORMAT_TOTAL_MEM),
			      header->total_mem_kb);
	if (!err && header->has_clockid)
		err = put_u64(renew(sections, FORMAT_CLOCKID),
			      header->clock_resolution_ns);
	if (header->has_branch_stack)
		renew(sections, FORMAT_BRANCH_STACK);
	return err;
}

void sections_fini(struct sections *sections)
{
	for (size_t i = 0; i < FORMAT_FEATURES_WRITTEN; i++)
		buffer_fini(&sections->body[i]);
	sections->present = 0;
}

int sections_begin(struct sections *sections, const struct writer_opts *opts)
{
	const struct writer_header *header = opts->header;
	const struct {
		enum format_feature feature;
		const char *string;
	} strings[] = {
		{ FORMAT_HOSTNAME, header->hostname },
		{ FORMAT_OSRELEASE, header->osrelease },
		{ FORMAT_VERSION, header->version },
		{ FORMAT_ARCH, header->arch },
		{ FORMAT_CPUDESC, header->cpudesc },
		{ FORMAT_CPUID, header->cpuid },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(strings) / sizeof(strings[0]);
	     i++)
		err = add_string(sections, strings[i].feature,
				 strings[i].string);
	if (!err)
		err = add_numbers(sections, header);
	if (!err)
		err = add_cmdline(sections, header);
	if (!err)
		err = add_event_desc(sections, opts->events, opts->nr_events);
	return err;
}

int sections_sample_time(struct sections *sections, uint64_t first_ns,
			 uint64_t last_ns)
{
	struct buffer *body = renew(sections, FORMAT_SAMPLE_TIME);
	int err = put_u64(body, first_ns);

	return err ? err : put_u64(body, last_ns);
}

/* Version, type, level, ratio, and the most that one record unpacks to. */
int sections_compressed(struct sections *sections, int level, uint64_t ratio,
			uint32_t chunk_size)
{
	const uint32_t words[] = { 0, ZSTD_TYPE, (uint32_t)level,
				   (uint32_t)ratio, chunk_size };

	return buffer_append(renew(sections, FORMAT_COMPRESSED), words,
			     sizeof(words));
}

/* perf prints a text as it is, on a line of its own that begins with '#'. */
static int put_on_one_line(struct buffer *body, const char *text)
{
	struct buffer line = { 0 };
	int err = 0;

	for (; !err && *text; text++) {
		if (*text == '\n')
			err = buffer_append(&line, "\\n", 2);
		else if (*text == '\\')
			err = buffer_append(&line, "\\\\", 2);
		else
			err = buffer_append(&line, text, 1);
	}
	if (!err)
		err = buffer_append(&line, "", 1);
	if (!err)
		err = put_string(body, (const char *)line.bytes);
	buffer_fini(&line);
	return err;
}

int sections_notes(struct sections *sections, const char *const *names,
		   const char *const *texts, size_t nr)
{
	struct buffer *body;
	int err;

	if (nr == 0)
		return 0;
	body = renew(sections, FORMAT_PMU_CAPS);
	err = put_u32(body, 1);
	if (!err)
		err = put_u32(body, (uint32_t)nr);
	for (size_t i = 0; !err && i < nr; i++) {
		err = put_string(body, names[i]);
		if (!err)
			err = put_on_one_line(body, texts[i]);
	}
	return err ? err : put_string(body, FORMAT_NOTES_PMU);
}

int sections_build_id(struct sections *sections,
		      const struct format_build_id *entry, const char *path)
{
	struct buffer *body = &sections->body[FORMAT_BUILD_ID];
	size_t size = padded_size(path);
	struct format_build_id sized = *entry;
	int err;

	assert(sizeof(sized) + size <= UINT16_MAX);

	sized.size = (uint16_t)(sizeof(sized) + size);
	err = buffer_reserve(body, sized.size);
	if (err)
		return err;
	sections->present |= 1ull << FORMAT_BUILD_ID;
	buffer_append(body, &sized, sizeof(sized));
	return put_padded(body, path, size);
}

int sections_layout(const struct sections *sections, uint64_t data_end,
		    struct buffer *ret_tail)
{
	uint64_t offset = data_end;
	int err = 0;

	for (size_t i = 0; i < FORMAT_FEATURES_WRITTEN; i++) {
		if (sections->present & (1ull << i))
			offset += sizeof(struct format_section);
	}
	for (size_t i = 0; !err && i < FORMAT_FEATURES_WRITTEN; i++) {
		struct format_section section = {
			.offset = offset,
			.size = sections->body[i].size,
		};

		if (!(sections->present & (1ull << i)))
			continue;
		err = buffer_append(ret_tail, &section, sizeof(section));
		offset += section.size;
	}
	for (size_t i = 0; !err && i < FORMAT_FEATURES_WRITTEN; i++) {
		if (sections->present & (1ull << i))
			err = buffer_append(ret_tail, sections->body[i].bytes,
					    sections->body[i].size);
	}
	return err;
}
