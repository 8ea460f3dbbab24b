/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The resolver's inside, for those who go from symbols back to the files.
 */
#ifndef LBRVIRT_SYMBOL_RESOLVER_H
#define LBRVIRT_SYMBOL_RESOLVER_H

#include "symbol/lookup.h"

/* Both live as long as the resolver. */
struct dso_table *resolver_dsos(const struct lbrvirt_resolver *resolver);
struct lookup *resolver_lookup(const struct lbrvirt_resolver *resolver);

#endif
