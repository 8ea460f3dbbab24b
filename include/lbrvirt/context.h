/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The context: where error texts and log messages go. Every other object is
 * made with one and must not outlive it.
 */
#ifndef LBRVIRT_CONTEXT_H
#define LBRVIRT_CONTEXT_H

#include <lbrvirt/api.h>

LBRVIRT_BEGIN_DECLS

struct lbrvirt_context;

/** How much a log message matters; higher is chattier. */
enum lbrvirt_log_level {
	LBRVIRT_LOG_WARNING = 0, /**< the result is less than was asked for */
	LBRVIRT_LOG_NOTICE = 1,  /**< a choice was made that a user should see */
	LBRVIRT_LOG_DEBUG = 2,   /**< how it was done */
};

/**
 * Receives one log message.
 *
 * @level  how much it matters.
 * @text   one line without a newline; valid during the call only.
 * @arg    what was given to lbrvirt_context_set_log().
 *
 * Called on the thread that uses the context. It must not call back into an
 * object of the same context. Nothing is logged per sample.
 */
typedef void (*lbrvirt_log_fn)(enum lbrvirt_log_level level, const char *text,
			       void *arg);

/**
 * Make a context.
 *
 * @ret_ctx  receives the context; untouched on failure.
 *
 * Returns 0, -EINVAL (@ret_ctx is NULL) or -ENOMEM.
 *
 * Owner:  the caller; end it with lbrvirt_context_free(), after every object
 *         made with it.
 * Thread: one thread at a time may use a context and all its objects.
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_context_new(struct lbrvirt_context **ret_ctx);

/**
 * Free a context. NULL is allowed.
 *
 * Thread: the one that uses the context.
 * Since:  0.1
 */
LBRVIRT_API void lbrvirt_context_free(struct lbrvirt_context *ctx);

/**
 * The text of the last failure of a call with this context or one of its
 * objects: one line naming the cause and, where there is one, the remedy.
 *
 * @ctx  the context.
 *
 * Returns the text, "" if nothing failed yet. Never NULL.
 *
 * Owner:  the context; valid until the next failing call with it.
 * Thread: the one that uses the context.
 * Since:  0.1
 */
LBRVIRT_API const char *lbrvirt_context_error(const struct lbrvirt_context *ctx);

/**
 * Say where log messages go. Off by default.
 *
 * @ctx    the context.
 * @level  messages up to this level are passed on.
 * @fn     receives them; NULL turns logging off.
 * @arg    passed through to @fn.
 *
 * Thread: the one that uses the context.
 * Since:  0.1
 */
LBRVIRT_API void lbrvirt_context_set_log(struct lbrvirt_context *ctx,
					 enum lbrvirt_log_level level,
					 lbrvirt_log_fn fn, void *arg);

LBRVIRT_END_DECLS

#endif
