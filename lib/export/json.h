/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Building JSON, for the files that write it: json.c and json_*.c are the only
 * ones that know json-c.
 */
#ifndef LBRVIRT_EXPORT_JSON_H
#define LBRVIRT_EXPORT_JSON_H

#include <lbrvirt/export.h>

#include <json-c/json.h>

/* Each 0 or -ENOMEM. @value is taken over, whatever happens; NULL says that it
 * could not be made. Text may hold any bytes. */
int json_add(struct json_object *object, const char *key,
	     struct json_object *value);
int json_add_count(struct json_object *object, const char *key, uint64_t count);
int json_add_string(struct json_object *object, const char *key,
		    const char *text);

int json_add_bool(struct json_object *object, const char *key, bool value);

/* What an exit and a sample cost, of which one or both may not have been asked
 * for (json_cost.c). */
int json_add_costs(struct json_object *root,
		   const struct lbrvirt_doctor *doctor);

/* A new object at the end of a list, owned by the list. NULL: out of memory. */
struct json_object *json_append_object(struct json_object *list);

/* Write it as one line. 0, -ENOMEM or -EIO. */
int json_write(struct json_object *root, FILE *out);

#endif
