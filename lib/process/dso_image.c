/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading or mapping a file, and copying the vDSO.
 */
#include "config.h"

#include "process/dso_image.h"

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reading 4 MB costs about a millisecond and is done when a first sample hits
 * the file; libc, libstdc++ and most programs stay below. */
#define READ_LIMIT (4u << 20)

static int read_image(int fd, size_t size, struct dso_image *ret_image)
{
	unsigned char *bytes = malloc(size);
	size_t done = 0;

	if (!bytes)
		return -ENOMEM;
	while (done < size) {
		ssize_t n = pread(fd, bytes + done, size - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (done == 0) {
		free(bytes);
		return -EIO;
	}
	*ret_image = (struct dso_image){ .bytes = bytes, .size = done };
	return 0;
}

int dso_image_open(int fd, struct dso_image *ret_image)
{
	struct stat st;
	void *bytes;

	if (fstat(fd, &st) != 0)
		return -EIO;
	if (st.st_size <= 0)
		return -EBADMSG;
	if (st.st_size <= READ_LIMIT)
		return read_image(fd, (size_t)st.st_size, ret_image);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return errno == ENOMEM ? -ENOMEM : -EIO;
	*ret_image = (struct dso_image){ .bytes = bytes,
					 .size = (size_t)st.st_size,
					 .is_mapped = true };
	return 0;
}

/*
 * The image's size is told nowhere; the section headers, if the kernel left
 * them in, come last. Whole pages are mapped.
 */
static size_t vdso_size(const Elf64_Ehdr *ehdr)
{
	const unsigned char *bytes = (const unsigned char *)ehdr;
	const Elf64_Phdr *phdr = (const void *)(bytes + ehdr->e_phoff);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t end = ehdr->e_shoff + (size_t)ehdr->e_shnum * ehdr->e_shentsize;

	for (unsigned int i = 0; i < ehdr->e_phnum; i++) {
		if (phdr[i].p_offset + phdr[i].p_filesz > end)
			end = phdr[i].p_offset + phdr[i].p_filesz;
	}
	return (end + page - 1) & ~(page - 1);
}

int dso_image_open_vdso(struct dso_image *ret_image)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	unsigned char *bytes;
	size_t size;

	if (!vdso || memcmp(vdso, ELFMAG, SELFMAG) != 0)
		return -ENOENT;
	size = vdso_size(vdso);
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, vdso, size);
	*ret_image = (struct dso_image){ .bytes = bytes, .size = size };
	return 0;
}

void dso_image_close(struct dso_image *image)
{
	if (image->is_mapped)
		munmap(image->bytes, image->size);
	else
		free(image->bytes);
	*image = (struct dso_image){ 0 };
}
