/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strings are the resolver's, and live as long as the profile.
 */
#include "config.h"

#include "export/sources.h"

#include <errno.h>
#include <stdlib.h>

int sources_new(const struct stacks *stacks, const char ***ret_sources)
{
	const char **sources =
		calloc(stacks->nr_functions + 1, sizeof(*sources));

	if (!sources)
		return -ENOMEM;
	for (size_t i = 0; i < stacks->nr_locations; i++) {
		uint32_t nr;
		const uint32_t *functions =
			stacks_functions(stacks, (uint32_t)i, &nr);

		for (uint32_t j = 0; j < nr; j++)
			if (!sources[functions[j]])
				sources[functions[j]] =
					stacks->locations[i].symbols[j].file;
	}
	*ret_sources = sources;
	return 0;
}
