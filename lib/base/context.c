/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The context: one error text, one log. A context belongs to one thread at a
 * time, so its text cannot be overwritten from another call chain.
 */
#include "config.h"

#include <lbrvirt/context.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

#define TEXT_SIZE 1024

struct lbrvirt_context {
	char error[TEXT_SIZE];
	enum lbrvirt_log_level log_level;
	lbrvirt_log_fn log_fn; /* NULL: off */
	void *log_arg;
};

int lbrvirt_context_new(struct lbrvirt_context **ret_ctx)
{
	struct lbrvirt_context *ctx;

	if (!ret_ctx)
		return -EINVAL;
	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return -ENOMEM;
	*ret_ctx = ctx;
	return 0;
}

void lbrvirt_context_free(struct lbrvirt_context *ctx)
{
	free(ctx);
}

const char *lbrvirt_context_error(const struct lbrvirt_context *ctx)
{
	return ctx ? ctx->error : "";
}

void lbrvirt_context_set_log(struct lbrvirt_context *ctx,
			     enum lbrvirt_log_level level, lbrvirt_log_fn fn,
			     void *arg)
{
	if (!ctx)
		return;
	ctx->log_level = level;
	ctx->log_fn = fn;
	ctx->log_arg = arg;
}

int error_set(struct lbrvirt_context *ctx, int err, const char *format, ...)
{
	va_list ap;

	if (ctx) {
		va_start(ap, format);
		vsnprintf(ctx->error, sizeof(ctx->error), format, ap);
		va_end(ap);
	}
	return -err;
}

void log_write(struct lbrvirt_context *ctx, enum lbrvirt_log_level level,
	       const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list ap;

	if (!ctx || !ctx->log_fn || level > ctx->log_level)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	ctx->log_fn(level, text, ctx->log_arg);
}
