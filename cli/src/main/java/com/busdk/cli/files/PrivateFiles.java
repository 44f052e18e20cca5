package com.busdk.cli.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** Files with secrets: nobody but their owner may read them, from the moment that they exist. Stateless. */
public final class PrivateFiles {
    private PrivateFiles() {}

    /**
     * Makes a folder and those above it; the ones that are made belong to the owner alone.
     *
     * @param folder what to make
     * @throws IOException if it cannot be made
     */
    public static void createFolders(Path folder) throws IOException {
        Files.createDirectories(folder, attributes("rwx------"));
    }

    /**
     * Puts {@code text} into a file, in one step: a reader sees the old content or the new, and never half of it.
     *
     * @param file the file, replaced if it is there
     * @param text its content
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, String text) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(file + " is no file in a folder");
        }
        createFolders(folder);
        Path fresh = Files.createTempFile(folder, ".new-", "", attributes("rw-------"));
        try {
            Files.writeString(fresh, text, StandardCharsets.UTF_8);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static FileAttribute<?>[] attributes(String permissions) {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
