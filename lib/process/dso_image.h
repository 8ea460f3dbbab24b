/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of one file in our memory. Files up to a few megabytes are read,
 * larger ones mapped: touching a page of a mapping that somebody truncated
 * ends the program with SIGBUS, and nothing cheap can prevent that, so only
 * files that are too large to copy take the risk. (A linker or package manager
 * makes a new file and leaves the old one whole; cp over a large library does
 * not, but it takes down whoever runs the library first.)
 */
#ifndef LBRVIRT_PROCESS_DSO_IMAGE_H
#define LBRVIRT_PROCESS_DSO_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

struct dso_image {
	unsigned char *bytes; /* owned; NULL: no image */
	size_t size;
	bool is_mapped; /* by mmap, else by malloc */
};

/*
 * The file behind @fd, from its beginning, wherever the descriptor's position
 * is. 0, -EBADMSG (empty), -ENOMEM or -EIO; @ret_image is untouched then.
 */
int dso_image_open(int fd, struct dso_image *ret_image);

/*
 * A copy of the vDSO that the kernel gave to our own process.
 * 0, -ENOENT (there is none) or -ENOMEM.
 */
int dso_image_open_vdso(struct dso_image *ret_image);

void dso_image_close(struct dso_image *image);

#endif
