/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Main program of a fuzz target without a fuzzer: runs the target over every
 * file of the folders and over every file named, and over no bytes at all.
 * Says how many inputs there were; one file at least has to be among them.
 */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Replay one regular file of the given size; 1, or 0 if it is unreadable. */
static int replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size > 0 ? size : 1);
    int complete =
        file != NULL && data != NULL && fread(data, 1, size, file) == size;

    if (complete) {
        LLVMFuzzerTestOneInput(data, size);
    }
    else {
        perror(path);
    }
    free(data);
    if (file != NULL) {
        fclose(file);
    }
    return complete;
}

/** Replay a file, or the files of a folder; how many, or -1 on an error. */
static int replay(const char *path)
{
    struct dirent **names;
    struct stat info;
    int files = 0;
    int count;
    int i;

    if (stat(path, &info) != 0) {
        perror(path);
        return -1;
    }
    if (S_ISREG(info.st_mode)) {
        return replay_file(path, (size_t)info.st_size) ? 1 : -1;
    }
    count = scandir(path, &names, NULL, alphasort);
    for (i = 0; i < count; i++) {
        char child[4096];
        int added = 0;

        snprintf(child, sizeof(child), "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.') {
            added = replay(child);
        }
        files = files < 0 || added < 0 ? -1 : files + added;
        free(names[i]);
    }
    if (count >= 0) {
        free(names);
    }
    return count < 0 ? -1 : files;
}

int main(int argc, char **argv)
{
    int files = 0;
    int i;

    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (i = 1; i < argc; i++) {
        int added = replay(argv[i]);

        if (added < 0) {
            return EXIT_FAILURE;
        }
        files += added;
    }
    printf("%d inputs\n", files);
    return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
