/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the files are that an input names: not on this machine. Opening a
 * mapping's file is wrapped at link time (--wrap) and gives the bytes that
 * fuzz_files_are() was told. They end where a page does that cannot be read,
 * since the libraries that read them have no sanitizer in them.
 *
 * For the same reason mmap() is wrapped: what follows a mapped file in its last
 * page is out of bounds, too.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/dso_image.h"
#include "process/dso_open.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)0)
#endif

#define SINK_MAX (4 * 1024 * 1024)

/* Images begin as aligned as malloc() has it. */
#define ALIGNMENT 16

struct region {
	unsigned char *pages; /* NULL: none */
	size_t size;	      /* of the pages, the last one excluded */
};

/* Guarded copy of the file that every mapping shows. */
static struct region file_region;
static size_t file_size;

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(size_t size)
{
	return (size + page_size() - 1) & ~(page_size() - 1);
}

void fuzz_expect_at(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

static void make_region(struct region *region, size_t size)
{
	size_t wanted = whole_pages(size + ALIGNMENT);

	if (region->pages && wanted <= region->size)
		return;
	if (region->pages)
		munmap(region->pages, region->size + page_size());
	region->pages = mmap(NULL, wanted + page_size(), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fuzz_expect(region->pages != MAP_FAILED);
	region->size = wanted;
	fuzz_expect(mprotect(region->pages + wanted, page_size(), PROT_NONE) ==
		    0);
}

static unsigned char *file_bytes(void)
{
	size_t room = (file_size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

	return file_region.pages + file_region.size - room;
}

void fuzz_files_are(const uint8_t *bytes, size_t size)
{
	file_size = bytes ? size : 0;
	if (!file_size)
		return;
	make_region(&file_region, size);
	memcpy(file_bytes(), bytes, size);
}

/* Beside this program, wherever that was built. */
static void find_program(char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	fuzz_expect(length > 0);
	path[length] = '\0';
	slash = strrchr(path, '/');
	fuzz_expect(slash && (size_t)(slash - path) + 16 < PATH_MAX);
	strcpy(slash, "/program");
}

void fuzz_files_are_program(void)
{
	static unsigned char *program;
	static size_t size;
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if (!program) {
		find_program(path);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		fuzz_expect(fd >= 0 && fstat(fd, &st) == 0);
		size = (size_t)st.st_size;
		program = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		fuzz_expect(program != MAP_FAILED);
		close(fd);
	}
	fuzz_files_are(program, size);
}

const char *fuzz_path_of(unsigned int slot, const uint8_t *bytes, size_t size)
{
	static int fds[FUZZ_SLOTS];
	static char paths[FUZZ_SLOTS][32];
	size_t done = 0;

	fuzz_expect(slot < FUZZ_SLOTS);
	if (!fds[slot])
		fds[slot] = memfd_create("fuzz", MFD_CLOEXEC);
	fuzz_expect(fds[slot] > 0 && ftruncate(fds[slot], 0) == 0);
	while (done < size) {
		ssize_t n = pwrite(fds[slot], bytes + done, size - done,
				   (off_t)done);

		fuzz_expect(n > 0);
		done += (size_t)n;
	}
	snprintf(paths[slot], sizeof(paths[slot]), "/proc/self/fd/%d",
		 fds[slot]);
	return paths[slot];
}

static ssize_t swallow(void *cookie, const char *bytes, size_t size)
{
	size_t *left = cookie;

	(void)bytes;
	if (size > *left) {
		errno = ENOSPC;
		return 0;
	}
	*left -= size;
	return (ssize_t)size;
}

FILE *fuzz_sink(void)
{
	static size_t left;
	const cookie_io_functions_t functions = { .write = swallow };
	FILE *out;

	left = SINK_MAX;
	out = fopencookie(&left, "w", functions);
	fuzz_expect(out != NULL);
	return out;
}

/* What the linker puts in place of the library's own. */
int __wrap_dso_open_below(const char *root, const char *path);
int __wrap_dso_image_open(int fd, struct dso_image *ret_image);
void __wrap_dso_image_close(struct dso_image *image);
void *__wrap_mmap(void *address, size_t size, int prot, int flags, int fd,
		  off_t offset);
int __wrap_munmap(void *address, size_t size);
void __real_dso_image_close(struct dso_image *image);
void *__real_mmap(void *address, size_t size, int prot, int flags, int fd,
		  off_t offset);
int __real_munmap(void *address, size_t size);

int __wrap_dso_open_below(const char *root, const char *path)
{
	(void)root;
	(void)path;
	return file_size ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -ENOENT;
}

int __wrap_dso_image_open(int fd, struct dso_image *ret_image)
{
	(void)fd;
	if (!file_size)
		return -EBADMSG;
	*ret_image = (struct dso_image){
		.bytes = file_bytes(),
		.size = file_size,
		.is_mapped = true,
	};
	return 0;
}

void __wrap_dso_image_close(struct dso_image *image)
{
	if (image->bytes >= file_region.pages &&
	    image->bytes < file_region.pages + file_region.size)
		*image = (struct dso_image){ 0 };
	else
		__real_dso_image_close(image);
}

void *__wrap_mmap(void *address, size_t size, int prot, int flags, int fd,
		  off_t offset)
{
	void *map = __real_mmap(address, size, prot, flags, fd, offset);

	if (map != MAP_FAILED && fd >= 0)
		ASAN_POISON_MEMORY_REGION((char *)map + size,
					  whole_pages(size) - size);
	return map;
}

int __wrap_munmap(void *address, size_t size)
{
	ASAN_UNPOISON_MEMORY_REGION(address, whole_pages(size));
	return __real_munmap(address, size);
}
