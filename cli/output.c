/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Half a file helps nobody, so it goes; what is no file, such as a device,
 * stays.
 */
#include "config.h"

#include "output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "input.h"
#include "message.h"

static bool is_standard(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

bool output_is_terminal(const char *path)
{
	return !path && isatty(STDOUT_FILENO);
}

FILE *output_open(const char *command, const char *path)
{
	FILE *out;

	if (is_standard(path))
		return stdout;
	out = fopen(path, "we");
	if (!out)
		message_error(command, "cannot write %s: %s", path,
			      strerror(errno));
	return out;
}

static void remove_half(const char *path)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISREG(status.st_mode))
		unlink(path);
}

int output_close(const char *command, const char *path, FILE *out, bool failed)
{
	if (out == stdout) {
		bool is_said = failed && !ferror(out);
		int status = input_finish_output(command);

		return is_said ? STATUS_FAILED : status;
	}
	if (fclose(out) != 0 && !failed) {
		message_error(command, "cannot write %s: %s", path,
			      strerror(errno));
		failed = true;
	}
	if (failed)
		remove_half(path);
	return failed ? STATUS_FAILED : STATUS_DONE;
}
