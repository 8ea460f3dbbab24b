/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making a session: whom to record, the events on them, the file. And telling
 * the record stream what was there before.
 */
#include "config.h"

#include "session/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "record/synth.h"

#define ATTACH_ROUNDS_MAX 64

static int check_opts(struct lbrvirt_context *ctx,
		      const struct lbrvirt_session_opts *opts)
{
	int nr_targets = (opts->nr_pids || opts->nr_tids) +
			 (opts->argv || opts->system_wide);

	if (opts->size != sizeof(*opts))
		return error_set(ctx, EINVAL,
				 "session options are of another version");
	if (nr_targets != 1)
		return error_set(
			ctx, EINVAL,
			"say what to record: a command, -p PID, -t TID or -a");
	if (opts->argv && !opts->argv[0])
		return error_set(ctx, EINVAL, "the command is empty");
	if (opts->ring_pages & (opts->ring_pages - 1))
		return error_set(ctx, EINVAL,
				 "%u ring pages: must be a power of two",
				 opts->ring_pages);
	if (!(opts->overhead_budget >= 0 && opts->overhead_budget <= 100))
		return error_set(
			ctx, EINVAL,
			"an overhead budget of %g %%: must be above 0, to 100",
			opts->overhead_budget);
	if (opts->zstd_level < 0 || opts->zstd_level > 22)
		return error_set(ctx, EINVAL,
				 "compression level %d: must be 1 to 22",
				 opts->zstd_level);
	return 0;
}

static int find_tasks(struct lbrvirt_session *session)
{
	const struct lbrvirt_session_opts *opts = &session->opts;
	int err;

	for (size_t i = 0; i < opts->nr_pids; i++) {
		err = tasks_add_threads(&session->tasks, opts->pids[i]);
		if (err < 0)
			return error_set(session->ctx, -err, "process %d: %s",
					 (int)opts->pids[i],
					 err == -ENOENT ?
						 "no such process" :
						 lbrvirt_strerror(err));
	}
	for (size_t i = 0; i < opts->nr_tids; i++) {
		if (!task_is_alive(opts->tids[i]))
			return error_set(session->ctx, ENOENT,
					 "thread %d: no such thread",
					 (int)opts->tids[i]);
		if (tasks_add(&session->tasks, opts->tids[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int start_child(struct lbrvirt_session *session)
{
	int err = command_check(session->ctx, session->opts.argv[0]);

	if (!err)
		err = command_child_start(session->ctx, session->opts.argv,
					  &session->child);
	if (!err && !session->opts.system_wide &&
	    tasks_add(&session->tasks, session->child.pid) < 0)
		err = -ENOMEM;
	return err;
}

static int open_recorder(struct lbrvirt_session *session)
{
	const struct lbrvirt_session_opts *opts = &session->opts;
	const struct recorder_opts recorder_opts = {
		.plan = session->plan,
		.tasks = opts->system_wide ? NULL : &session->tasks,
		.cpus = opts->cpus,
		.is_inherited = !opts->no_inherit && !opts->system_wide,
		.starts_with_exec = session_has_command(session) &&
				    !opts->system_wide,
		.is_delayed = opts->delay_ns > 0,
		/*
		 * Who unwinds the copies later finds .eh_frame by them: perf
		 * looks up the address of .eh_frame_hdr, which lies in a
		 * read-only mapping beside the code.
		 */
		.has_data_maps = opts->keep_stacks,
		.ring_pages = opts->ring_pages,
		.gears = session->budget.is_on ? &session->budget.rate.gears :
						 NULL,
		.gear = session->budget.rate.gear,
	};

	return recorder_open(session->ctx, session->machine, &recorder_opts,
			     &session->recorder);
}

static int open_pipeline(struct lbrvirt_session *session)
{
	struct pipeline_opts opts = {
		.keep_stacks = session->opts.keep_stacks,
		.record_fn = session->opts.record_fn,
		.record_arg = session->opts.record_arg,
	};

	opts.opened = recorder_events(session->recorder, &opts.nr_events);
	return pipeline_new(session->ctx, &opts, &session->pipeline);
}

static size_t count_words(const char *const *words)
{
	size_t nr = 0;

	while (words && words[nr])
		nr++;
	return nr;
}

static int open_writer(struct lbrvirt_session *session)
{
	struct writer_header header = { 0 };
	struct writer_opts opts = {
		.header = &header,
		.zstd_level = session->opts.zstd_level,
	};
	int err;

	if (!session->opts.output)
		return 0;
	host_fill_header(&session->host, &header);
	header.cmdline = session->opts.cmdline;
	header.nr_cmdline = count_words(header.cmdline);
	recorder_events(session->recorder, &opts.nr_events);
	opts.events = pipeline_events(session->pipeline);
	for (size_t i = 0; i < opts.nr_events; i++) {
		const struct perf_event_attr *attr = &opts.events[i].attr;

		/* For perf this says -b: to be shown as branches. */
		if (attr->sample_type & PERF_SAMPLE_BRANCH_STACK &&
		    !(attr->branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK))
			header.has_branch_stack = true;
	}
	err = writer_open(session->ctx, session->opts.output, &opts,
			  &session->writer);
	if (!err)
		pipeline_set_writer(session->pipeline, session->writer);
	return err;
}

static int init_pollfds(struct lbrvirt_session *session)
{
	size_t nr = recorder_pollfds(session->recorder, NULL, 0);

	session->pollfds = calloc(nr + 2, sizeof(*session->pollfds));
	if (!session->pollfds)
		return -ENOMEM;
	recorder_pollfds(session->recorder, session->pollfds, nr);
	session->nr_rings = nr;
	session->pollfds[nr] =
		(struct pollfd){ .fd = session->stop_fd, .events = POLLIN };
	session->pollfds[nr + 1] = (struct pollfd){
		.fd = session_has_command(session) ? session->child.pid_fd : -1,
		.events = POLLIN,
	};
	return 0;
}

/*
 * Threads may be made while events are opened one by one; those of a thread
 * that has its events inherit them. Look again until nothing new is found.
 */
static int catch_up_threads(struct lbrvirt_session *session)
{
	for (int round = 0; round < ATTACH_ROUNDS_MAX; round++) {
		size_t before = session->tasks.nr;

		for (size_t i = 0; i < session->opts.nr_pids; i++) {
			int err = tasks_add_threads(&session->tasks,
						    session->opts.pids[i]);

			if (err == -ENOMEM)
				return err;
		}
		if (session->tasks.nr == before)
			break;
		for (size_t i = before; i < session->tasks.nr; i++) {
			int err = recorder_add_task(session->recorder,
						    session->tasks.tid[i]);

			if (err)
				return err;
		}
	}
	return 0;
}

int lbrvirt_session_open(struct lbrvirt_context *ctx,
			 const struct lbrvirt_plan *plan,
			 const struct lbrvirt_session_opts *opts,
			 struct lbrvirt_session **ret_session)
{
	struct lbrvirt_session *session;
	int err;

	if (!ctx || !plan || !opts || !ret_session)
		return error_set(ctx, EINVAL, "an argument is NULL");
	err = check_opts(ctx, opts);
	if (err)
		return err;
	session = calloc(1, sizeof(*session));
	if (!session)
		return -ENOMEM;
	session->ctx = ctx;
	session->plan = plan;
	session->opts = *opts;
	session->machine = machine_live();
	getrusage(RUSAGE_SELF, &session->usage_at_start);
	host_read(session->machine, &session->host);
	session->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = session->stop_fd < 0 ? -EIO : find_tasks(session);
	if (!err && opts->argv)
		err = start_child(session);
	if (!err)
		err = budget_begin(session);
	if (!err)
		err = open_recorder(session);
	if (!err)
		err = catch_up_threads(session);
	if (!err)
		err = open_pipeline(session);
	if (!err)
		err = open_writer(session);
	if (!err)
		err = init_pollfds(session);
	if (err) {
		lbrvirt_session_close(session);
		return err;
	}
	*ret_session = session;
	return 0;
}

/* Made records take the way of the kernel's. */
static int take_bytes(const void *bytes, size_t size, void *arg)
{
	struct lbrvirt_session *session = arg;
	struct lbrvirt_record record;

	if (recorder_decode(session->recorder, bytes, size, &record))
		return 0;
	return pipeline_take(&record, session->pipeline);
}

static bool records_kernel(const struct lbrvirt_session *session)
{
	for (size_t i = 0; i < lbrvirt_plan_event_count(session->plan); i++) {
		if (!lbrvirt_plan_event(session->plan, i)->attr.exclude_kernel)
			return true;
	}
	return false;
}

int session_tell_of_before(struct lbrvirt_session *session)
{
	const struct lbrvirt_event *events;
	struct synth synth;
	size_t nr;
	int err = 0;

	events = recorder_events(session->recorder, &nr);
	synth = (struct synth){
		.machine = session->machine,
		.time_ns = session->start_ns,
		.id = events[nr - 1].nr_ids ? events[nr - 1].ids[0] : 0,
		.has_data_maps = session->opts.keep_stacks,
		.fn = take_bytes,
		.arg = session,
	};
	if (records_kernel(session))
		err = synth_kernel(&synth);
	if (!err && session->opts.system_wide)
		return synth_all_processes(&synth);
	for (size_t i = 0; !err && i < session->opts.nr_pids; i++)
		err = synth_process(&synth, session->opts.pids[i]);
	for (size_t i = 0; !err && i < session->opts.nr_tids; i++)
		err = synth_process(&synth,
				    task_process(session->opts.tids[i]));
	return err;
}
