/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words of --pv, and the settings file. The file makes every user's
 * recording write a host's register, so it counts only if nobody but root can
 * have written it. Owner and mode are asked of the descriptor that is read:
 * between a check of the path and the reading, the file could be another.
 */
#include "config.h"

#include "pv/assertion.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "machine/read_fd.h"
#include "pv/msr.h"

#define CONF_MAX 65536
#define BIT_MAX	 31

static const char *const modes[] = {
	[LBRVIRT_PV_AUTO] = "auto",
	[LBRVIRT_PV_OFF] = "off",
	[LBRVIRT_PV_ASSUME] = "assume",
	[LBRVIRT_PV_FORCE] = "force",
};

#define NR_MODES (sizeof(modes) / sizeof(modes[0]))

const char *lbrvirt_pv_mode_name(enum lbrvirt_pv_mode mode)
{
	return (size_t)mode < NR_MODES ? modes[mode] : "unknown";
}

/* A part of a text up to a comma: not NUL-terminated. */
struct part {
	const char *text;
	size_t length;
};

static bool is_word(const struct part *part, const char *word)
{
	return strlen(word) == part->length &&
	       memcmp(part->text, word, part->length) == 0;
}

static int parse_mode(struct lbrvirt_context *ctx, const struct part *part,
		      enum lbrvirt_pv_mode *ret_mode)
{
	for (size_t i = 0; i < NR_MODES; i++) {
		if (is_word(part, modes[i])) {
			*ret_mode = (enum lbrvirt_pv_mode)i;
			return 0;
		}
	}
	return error_set(ctx, EINVAL,
			 "\"%.*s\" is none of auto, off, assume and force",
			 (int)part->length, part->text);
}

/* Decimal, or hexadecimal after 0x. */
static bool parse_number(const struct part *part, uint32_t *ret_number)
{
	char copy[16];
	bool is_hex;
	unsigned long number;
	char *end;

	if (part->length == 0 || part->length >= sizeof(copy))
		return false;
	memcpy(copy, part->text, part->length);
	copy[part->length] = '\0';
	is_hex = strncmp(copy, "0x", 2) == 0;
	if (!isxdigit((unsigned char)copy[is_hex ? 2 : 0]))
		return false;
	number = strtoul(copy, &end, is_hex ? 16 : 10);
	if (*end || number > UINT32_MAX)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

static int check_bit(struct lbrvirt_context *ctx, uint32_t bit)
{
	if (bit >= 1 && bit <= BIT_MAX)
		return 0;
	return error_set(
		ctx, EINVAL,
		"bit %u is out of range: it is one of CPUID 0x40000001 EAX, 1 to 31",
		bit);
}

static int check_msr(struct lbrvirt_context *ctx, uint32_t msr)
{
	if (pv_msr_is_control(msr))
		return 0;
	return error_set(
		ctx, EINVAL,
		"MSR 0x%x cannot be the protocol's: it is 0x%x, or on a host that renumbered it one of KVM's range that Linux does not use, 0x4b564d09 to 0x4b564dff",
		msr, LBRVIRT_PV_MSR_DEFAULT);
}

static int parse_setting(struct lbrvirt_context *ctx, const struct part *part,
			 struct lbrvirt_pv_opts *opts)
{
	struct part value = { part->text + 4, part->length - 4 };

	if (part->length > 4 && memcmp(part->text, "bit=", 4) == 0 &&
	    parse_number(&value, &opts->bit))
		return check_bit(ctx, opts->bit);
	if (part->length > 4 && memcmp(part->text, "msr=", 4) == 0 &&
	    parse_number(&value, &opts->msr))
		return check_msr(ctx, opts->msr);
	return error_set(ctx, EINVAL,
			 "\"%.*s\" is neither bit=NUMBER nor msr=NUMBER",
			 (int)part->length, part->text);
}

static int parse(struct lbrvirt_context *ctx, const char *text,
		 struct lbrvirt_pv_opts *ret_opts)
{
	struct part part = { text, strcspn(text, ",") };
	struct lbrvirt_pv_opts opts = { .bit = 0 };
	int err = parse_mode(ctx, &part, &opts.mode);

	while (!err && part.text[part.length] == ',') {
		text = part.text + part.length + 1;
		part = (struct part){ text, strcspn(text, ",") };
		err = parse_setting(ctx, &part, &opts);
	}
	if (err)
		return err;
	ret_opts->mode = opts.mode;
	ret_opts->bit = opts.bit;
	ret_opts->msr = opts.msr;
	return 0;
}

int lbrvirt_pv_parse(struct lbrvirt_context *ctx, const char *text,
		     struct lbrvirt_pv_opts *ret_opts)
{
	if (!ctx || !text || !ret_opts)
		return -EINVAL;
	return parse(ctx, text, ret_opts);
}

/* What the file says, and where: line 0 if it says nothing. */
struct conf {
	struct lbrvirt_pv_opts opts;
	unsigned int line;
};

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t\r");
	length = strlen(text);
	while (length > 0 && strchr(" \t\r", text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

static int parse_line(struct lbrvirt_context *ctx, const char *path,
		      unsigned int number, char *line, struct conf *conf)
{
	char *key, *value;
	char why[256];

	line[strcspn(line, "#")] = '\0';
	value = line;
	key = trim(strsep(&value, "="));
	if (!value && key[0] == '\0')
		return 0;
	if (!value)
		return error_set(ctx, EBADMSG,
				 "%s:%u: \"%.64s\" is not KEY = VALUE", path,
				 number, key);
	if (strcmp(key, "pv") != 0)
		return error_set(
			ctx, EBADMSG,
			"%s:%u: there is no setting \"%.64s\", only pv", path,
			number, key);
	if (conf->line)
		return error_set(ctx, EBADMSG,
				 "%s:%u: pv was set in line %u before", path,
				 number, conf->line);
	if (parse(ctx, trim(value), &conf->opts)) {
		snprintf(why, sizeof(why), "%s", lbrvirt_context_error(ctx));
		return error_set(ctx, EBADMSG, "%s:%u: %s", path, number, why);
	}
	conf->line = number;
	return 0;
}

static int parse_conf(struct lbrvirt_context *ctx, const char *path,
		      struct buffer *text, struct conf *ret_conf)
{
	struct conf conf = { .line = 0 };
	char *rest = (char *)text->bytes;
	unsigned int number = 0;
	char *line;

	if (text->size > CONF_MAX)
		return error_set(ctx, EBADMSG, "%s: larger than %d bytes", path,
				 CONF_MAX);
	if (strlen(rest) != text->size)
		return error_set(ctx, EBADMSG, "%s: not a text", path);
	while ((line = strsep(&rest, "\n"))) {
		int err = parse_line(ctx, path, ++number, line, &conf);

		if (err)
			return err;
	}
	*ret_conf = conf;
	return 0;
}

/* An -errno of opening or reading; a file that is not there says nothing. */
static int refuse(struct lbrvirt_context *ctx, const char *path, int err)
{
	switch (err) {
	case -ENOENT:
		return 0;
	case -ELOOP:
		return error_set(
			ctx, EACCES,
			"%s is a symbolic link, so not known to be the administrator's: replace it by a file, sudo cp --remove-destination \"$(readlink -f %s)\" %s",
			path, path, path);
	case -EACCES:
		return error_set(ctx, EACCES,
				 "%s may not be read: sudo chmod 644 %s", path,
				 path);
	default:
		return error_set(ctx, error_from_errno(-err), "%s: %s", path,
				 strerror(-err));
	}
}

static int check_owner(struct lbrvirt_context *ctx, const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return refuse(ctx, path, -errno);
	if (!S_ISREG(st.st_mode))
		return error_set(
			ctx, EACCES,
			"%s is not a regular file: remove it, or make it one",
			path);
	if (st.st_uid != 0)
		return error_set(
			ctx, EACCES,
			"%s belongs to user %u, who could have a host's register written with it: sudo chown root %s",
			path, st.st_uid, path);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return error_set(
			ctx, EACCES,
			"%s can be written by others than root: sudo chmod go-w %s",
			path, path);
	return 0;
}

static int read_conf(struct lbrvirt_context *ctx, const char *path,
		     struct conf *conf)
{
	struct buffer text = { NULL, 0, 0 };
	/* O_NONBLOCK: opening a FIFO would wait for a writer. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
				    O_CLOEXEC);
	int err;

	if (fd < 0)
		return refuse(ctx, path, -errno);
	err = check_owner(ctx, path, fd);
	if (!err) {
		err = read_fd(fd, &text);
		if (err)
			err = refuse(ctx, path, err);
		else
			err = parse_conf(ctx, path, &text, conf);
	}
	close(fd);
	buffer_fini(&text);
	return err;
}

/* Nothing is written to a saved machine, and who owns its files there says
 * nothing of who owned them. */
static int read_saved_conf(struct lbrvirt_context *ctx, struct machine *machine,
			   struct conf *conf)
{
	const char *path = pv_paths_default.conf;
	struct buffer text = { NULL, 0, 0 };
	int err = machine->ops->read_file(machine, path, &text);

	if (err)
		return refuse(ctx, path, err);
	err = parse_conf(ctx, path, &text, conf);
	buffer_fini(&text);
	return err;
}

static int check_opts(struct lbrvirt_context *ctx,
		      const struct lbrvirt_pv_opts *opts)
{
	int err = 0;

	if (opts->size != sizeof(*opts))
		return error_set(ctx, EINVAL,
				 "lbrvirt_pv_opts.size is not this version's");
	if ((unsigned int)opts->mode >= NR_MODES)
		return error_set(ctx, EINVAL, "there is no mode %d",
				 (int)opts->mode);
	if (opts->bit)
		err = check_bit(ctx, opts->bit);
	if (!err && opts->msr)
		err = check_msr(ctx, opts->msr);
	return err;
}

int assertion_find(struct lbrvirt_context *ctx, struct machine *machine,
		   const struct pv_paths *paths,
		   const struct lbrvirt_pv_opts *opts, struct lbrvirt_pv *pv)
{
	static const struct lbrvirt_pv_opts defaults = {
		.size = sizeof(defaults),
	};
	struct conf conf = { .line = 0 };
	struct lbrvirt_pv_assertion *a = &pv->assertion;
	int err;

	opts = opts ? opts : &defaults;
	err = check_opts(ctx, opts);
	if (!err && opts->mode == LBRVIRT_PV_AUTO)
		err = paths ? read_conf(ctx, paths->conf, &conf) :
			      read_saved_conf(ctx, machine, &conf);
	if (err)
		return err;
	a->mode = conf.line ? conf.opts.mode : opts->mode;
	a->bit = opts->bit ? opts->bit : conf.opts.bit;
	a->msr = opts->msr ? opts->msr : conf.opts.msr;
	if (!a->bit)
		a->bit = LBRVIRT_PV_BIT_DEFAULT;
	if (!a->msr)
		a->msr = LBRVIRT_PV_MSR_DEFAULT;
	if (conf.line)
		snprintf(pv->source, sizeof(pv->source), "%s line %u",
			 paths ? paths->conf : pv_paths_default.conf,
			 conf.line);
	else if (opts->mode != LBRVIRT_PV_AUTO)
		snprintf(pv->source, sizeof(pv->source), "--pv");
	a->source = pv->source;
	pv->is_asserted = a->mode == LBRVIRT_PV_ASSUME ||
			  a->mode == LBRVIRT_PV_FORCE;
	return 0;
}
