/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof run`: record to a file that is gone afterwards, then report.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "message.h"
#include "record.h"

static const char doc[] =
	"Record a program as `lbrprof record' does and report at once.\v"
	"The recording is kept only with -o. The command's own exit status is "
	"passed on, unless recording or reporting failed.";

/* A file name of our own. False: said why not. */
static bool make_name(char *ret_path, size_t size)
{
	const char *folder = getenv("TMPDIR");
	int fd;

	snprintf(ret_path, size, "%s/lbrprof-run-XXXXXX",
		 folder && *folder ? folder : "/tmp");
	fd = mkstemp(ret_path);
	if (fd < 0) {
		message_error("run", "%s: %s; set TMPDIR to a folder that can be written",
			      ret_path, strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

static int report(const char *path)
{
	char name[] = "lbrprof report";
	char option[] = "-i";
	char *argv[] = { name, option, (char *)path, NULL };

	return command_report.run(3, argv);
}

static int run_run(int argc, char **argv)
{
	struct record_opts opts;
	char temporary[4096] = "";
	int report_status = STATUS_FAILED;
	int status = STATUS_FAILED;

	record_opts_parse(argc, argv, doc, &opts);
	if (opts.session.output && strcmp(opts.session.output, "-") == 0) {
		message_error("run", "-o -: the report goes to standard output; name a file");
		record_opts_fini(&opts);
		return STATUS_USAGE;
	}
	if (opts.session.output || make_name(temporary, sizeof(temporary))) {
		if (!opts.session.output)
			opts.session.output = temporary;
		status = record_run(&opts, argv);
		if (access(opts.session.output, R_OK) == 0)
			report_status = report(opts.session.output);
	}
	if (temporary[0])
		unlink(temporary);
	record_opts_fini(&opts);
	return status ? status : report_status;
}

const struct command command_run = {
	.name = "run",
	.run = run_run,
	.help = "record a program and report at once",
};
