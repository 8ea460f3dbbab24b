/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A few bytes of xz can stand for gigabytes, so both the output and the memory
 * of the decoder are bounded. Names and addresses of functions shrink to a
 * third or a tenth; Fedora's largest sections are of some 10 MB.
 */
#include "config.h"

#include "symbol/minidebug.h"

#include <errno.h>
#include <gelf.h>
#include <lzma.h>
#include <string.h>

#define FIRST_SIZE  (256 * 1024)
#define RATIO_MAX   64
#define IMAGE_MAX   (128u * 1024 * 1024)
#define DECODER_MAX (80u * 1024 * 1024) /* xz -9 asks for 65 */

static Elf_Data *find_section(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names_index;
	GElf_Shdr header;

	if (elf_getshdrstrndx(elf, &names_index))
		return NULL;
	while ((section = elf_nextscn(elf, section)) != NULL) {
		const char *text;

		if (!gelf_getshdr(section, &header) ||
		    header.sh_type != SHT_PROGBITS)
			continue;
		text = elf_strptr(elf, names_index, header.sh_name);
		if (text && strcmp(text, ".gnu_debugdata") == 0)
			return elf_rawdata(section, NULL);
	}
	return NULL;
}

/* What so many bytes may stand for. */
static size_t image_max(size_t size)
{
	size_t most = size < IMAGE_MAX / RATIO_MAX ? size * RATIO_MAX :
						     IMAGE_MAX;

	return most > FIRST_SIZE ? most : FIRST_SIZE;
}

static int decode(lzma_stream *stream, struct buffer *image)
{
	const size_t most = image_max(stream->avail_in);
	lzma_ret result;

	do {
		size_t extra = image->size ? image->size : FIRST_SIZE;

		if (extra > most - image->size)
			extra = most - image->size;
		if (extra == 0)
			return -EBADMSG;
		if (buffer_reserve(image, extra))
			return -ENOMEM;
		stream->next_out = image->bytes + image->size;
		stream->avail_out = extra;
		result = lzma_code(stream, LZMA_FINISH);
		image->size += extra - stream->avail_out;
	} while (result == LZMA_OK);
	if (result == LZMA_MEM_ERROR)
		return -ENOMEM;
	return result == LZMA_STREAM_END ? 0 : -EBADMSG;
}

int minidebug_open(Elf *elf, struct buffer *ret_image, Elf **ret_elf)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	Elf_Data *data = find_section(elf);
	Elf *inner;
	int err;

	if (!data || !data->d_buf)
		return -ENOENT;
	if (lzma_stream_decoder(&stream, DECODER_MAX, 0) != LZMA_OK)
		return -ENOMEM;
	stream.next_in = data->d_buf;
	stream.avail_in = data->d_size;
	err = decode(&stream, ret_image);
	lzma_end(&stream);
	if (err)
		goto fail;

	inner = elf_memory((char *)ret_image->bytes, ret_image->size);
	err = inner ? -EBADMSG : -ENOMEM;
	if (!inner || elf_kind(inner) != ELF_K_ELF) {
		elf_end(inner);
		goto fail;
	}
	*ret_elf = inner;
	return 0;

fail:
	buffer_fini(ret_image);
	return err;
}
