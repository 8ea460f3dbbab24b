/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * perf's spelling of events: a name, then modifier letters behind the last
 * colon or slash. The names belong to four places: numbers of our own reading
 * (rNNN), the kernel's tracepoints, its PMUs in sysfs, and libpfm4.
 */
#include "config.h"

#include "event/event_name.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "event/event_pmu.h"
#include "event/pfm4.h"
#include "event/suggest.h"

#define MODIFIERS "ukhpPGHID"
/* The highest there is: no skid at all (perf_event.h, precise_ip). */
#define PRECISE_MAX 3

size_t event_name_length(const char *list)
{
	bool is_inside = false;
	size_t i;

	for (i = 0; list[i]; i++) {
		if (list[i] == '/')
			is_inside = !is_inside;
		else if (list[i] == ',' && !is_inside)
			break;
	}
	return i;
}

/* Where the modifier letters of @name begin; its end, if it has none. */
static const char *find_modifiers(const char *name)
{
	const char *colon = strrchr(name, ':');
	const char *slash = strrchr(name, '/');
	const char *at = slash > colon || !colon ? slash : colon;
	const char *end = name + strlen(name);

	if (!at || at == name)
		return end;
	at++;
	/* "cpu/…/:u" is taken, too. */
	if (*at == '\0' || at[strspn(at, MODIFIERS)] != '\0')
		return end;
	return at;
}

static void set_levels(struct perf_event_attr *attr, const char *letters)
{
	if (!strpbrk(letters, "ukh"))
		return;
	attr->exclude_user = !strchr(letters, 'u');
	attr->exclude_kernel = !strchr(letters, 'k');
	attr->exclude_hv = !strchr(letters, 'h');
}

static int set_modifiers(struct lbrvirt_context *ctx, const char *name,
			 const char *letters, struct perf_event_attr *attr)
{
	unsigned int precise = 0;

	set_levels(attr, letters);
	for (const char *p = letters; *p; p++)
		precise += *p == 'p';
	if (precise > PRECISE_MAX)
		return error_set(ctx, EINVAL,
				 "event '%s': at most ppp can be asked for",
				 name);
	if (precise)
		attr->precise_ip = precise & 3;
	else if (strchr(letters, 'P'))
		attr->precise_ip = PRECISE_MAX;
	if (strpbrk(letters, "GH")) {
		attr->exclude_guest = !strchr(letters, 'G');
		attr->exclude_host = !strchr(letters, 'H');
	}
	attr->exclude_idle = strchr(letters, 'I') != NULL;
	attr->pinned = strchr(letters, 'D') != NULL;
	return 0;
}

/* rNNN: the raw config in hexadecimal. 1: it is one. */
static int parse_raw(const char *base, struct perf_event_attr *attr)
{
	const char *digits = base + 1;
	size_t length = strlen(digits);

	if (base[0] != 'r' || length == 0 || length > 16 ||
	    strspn(digits, "0123456789abcdefABCDEF") != length)
		return 0;
	attr->type = PERF_TYPE_RAW;
	attr->config = strtoull(digits, NULL, 16);
	return 1;
}

static bool is_word(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!isalnum(c) && c != '_' && c != '-')
			return false;
	}
	return length > 0;
}

/* Read a tracepoint's id below @root. 0 or -errno. */
static int read_tracepoint(struct machine *machine, const char *root,
			   const char *base, uint64_t *ret_id)
{
	const char *colon = strchr(base, ':');
	char path[EVENT_NAME_MAX + 64];

	snprintf(path, sizeof(path), "%s/events/%.*s/%s/id", root,
		 (int)(colon - base), base, colon + 1);
	return machine_read_u64(machine, path, ret_id);
}

/*
 * system:event. 1: it is one; 0: there is no such tracepoint, or it is
 * something else. -EACCES: there may be one.
 */
static int parse_tracepoint(struct lbrvirt_context *ctx,
			    struct machine *machine, const char *base,
			    struct perf_event_attr *attr)
{
	static const char *const roots[] = {
		"/sys/kernel/tracing",
		"/sys/kernel/debug/tracing",
	};
	const char *colon = strchr(base, ':');
	uint64_t id;
	int err = -ENOENT;

	if (!colon || !is_word(base, (size_t)(colon - base)) ||
	    !is_word(colon + 1, strlen(colon + 1)))
		return 0;
	for (size_t i = 0; i < 2 && err; i++) {
		err = read_tracepoint(machine, roots[i], base, &id);
		if (err == -EACCES)
			return error_set(
				ctx, EACCES,
				"tracepoint '%s': %s may be read by root only; run as root, or mount -o remount,mode=755 %s",
				base, roots[i], roots[i]);
	}
	if (err)
		return 0;
	attr->type = PERF_TYPE_TRACEPOINT;
	attr->config = id;
	return 1;
}

static int refuse_unknown(struct lbrvirt_context *ctx, struct machine *machine,
			  const char *name, const char *base)
{
	char nearest[256];

	suggest_events(base, nearest, sizeof(nearest));
	if (nearest[0])
		return error_set(ctx, ENOENT, "no event '%s'; nearest: %s",
				 name, nearest);
	if (strchr(base, ':') &&
	    machine->ops->has_path(machine, "/sys/kernel/tracing/events") != 1)
		return error_set(
			ctx, ENOENT,
			"no event '%s'; tracepoints need tracefs: mount -t tracefs nodev /sys/kernel/tracing",
			name);
	return error_set(ctx, ENOENT,
			 "no event '%s', and none with a name like it", name);
}

/* The name without modifiers, at whichever of the four places knows it. */
static int parse_base(struct lbrvirt_context *ctx, struct machine *machine,
		      const char *name, const char *base,
		      struct perf_event_attr *attr)
{
	const char *why = "";
	int err;

	if (parse_raw(base, attr))
		return 0;
	if (strchr(base, '/'))
		return event_pmu_parse(ctx, machine, base, attr);
	err = parse_tracepoint(ctx, machine, base, attr);
	if (err)
		return err < 0 ? err : 0;
	err = pfm4_encode(base, attr, &why);
	if (err == -ENOENT)
		return refuse_unknown(ctx, machine, name, base);
	if (err)
		return error_set(
			ctx, EINVAL,
			"event '%s': %s; modifiers are u k h p P G H I D, as in cycles:u",
			name, why);
	return 0;
}

int event_name_parse(struct lbrvirt_context *ctx, struct machine *machine,
		     const char *name, struct perf_event_attr *ret_attr)
{
	struct perf_event_attr attr;
	const char *letters = find_modifiers(name);
	char base[EVENT_NAME_MAX + 1];
	size_t length = (size_t)(letters - name);
	int err;

	if (name[0] == '\0')
		return error_set(ctx, EINVAL, "an event's name is empty");
	if (strlen(name) > EVENT_NAME_MAX)
		return error_set(ctx, EINVAL, "an event's name is too long");
	if (strpbrk(name, "{}"))
		return error_set(
			ctx, EINVAL,
			"event '%s': groups {…} are not supported; give the events apart",
			name);
	/* The colon is the modifiers', a slash is the PMU's. */
	if (*letters && letters[-1] == ':')
		length--;
	memcpy(base, name, length);
	base[length] = '\0';

	memset(&attr, 0, sizeof(attr));
	err = parse_base(ctx, machine, name, base, &attr);
	if (!err)
		err = set_modifiers(ctx, name, letters, &attr);
	if (!err)
		*ret_attr = attr;
	return err;
}

void event_name_of_clock(const char *name, char *ret_name, size_t size)
{
	const char *letters = find_modifiers(name);
	char kept[sizeof(MODIFIERS)] = "";
	size_t nr = 0;

	for (const char *p = letters; *p && nr < sizeof(kept) - 1; p++)
		if (*p != 'p' && *p != 'P')
			kept[nr++] = *p;
	kept[nr] = '\0';
	snprintf(ret_name, size, "cpu-clock%s%s", nr ? ":" : "", kept);
}

void event_name_without_kernel(const char *name, char *ret_name, size_t size)
{
	const char *letters = find_modifiers(name);
	bool has_place = *letters || name[strlen(name) - 1] == '/';

	snprintf(ret_name, size, "%s%su", name, has_place ? "" : ":");
}
