package com.busdk.cli.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files with secrets: nobody but their owner may read them, from the moment that they exist. Stateless. */
public final class PrivateFiles {
    private static final String OWNER_ALONE = "rw-------";

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
        Path folder = folderOf(file);
        createFolders(folder);
        Path fresh = Files.createTempFile(folder, ".new-", "", attributes(OWNER_ALONE));
        try {
            Files.writeString(fresh, text, StandardCharsets.UTF_8);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /**
     * As {@link #write}, and on disk when it returns: after a power failure the file has the old content or the new.
     *
     * @param file the file, replaced if it is there; its folder is
     * @param text its content
     * @throws IOException if it cannot be written
     */
    public static void writeDurably(Path file, String text) throws IOException {
        Path folder = folderOf(file);
        Path fresh = Files.createTempFile(folder, ".new-", "", attributes(OWNER_ALONE));
        try {
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncFolder(folder);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /**
     * Opens a file to be read and written, and makes it for its owner alone if it is not there. That it is there is on disk
     * when this returns.
     *
     * @param file a regular file, or nothing yet
     * @return at its beginning
     * @throws IOException if it cannot be opened
     */
    public static FileChannel openToChange(Path file) throws IOException {
        Set<OpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean made = Files.notExists(file);
        FileChannel channel = FileChannel.open(file, options, attributes(OWNER_ALONE));
        if (made) {
            try {
                syncFolder(folderOf(file));
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }
        return channel;
    }

    /** Which files there are in the folder is on disk. */
    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static Path folderOf(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(file + " is no file in a folder");
        }
        return folder;
    }

    /**
     * Opens a file to be written from its beginning, for its owner alone. What is no file, such as {@code /dev/stdout} or a
     * pipe, is opened as it is.
     *
     * @param file is made, or emptied; that others may read it ends before anything is in it
     * @return what is written goes there
     * @throws IOException if it cannot be opened
     */
    public static OutputStream open(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            return Files.newOutputStream(file);
        }
        Set<OpenOption> options =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        OutputStream stream = Channels.newOutputStream(Files.newByteChannel(file, options, attributes(OWNER_ALONE)));
        try {
            if (isPosix()) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(OWNER_ALONE));
            }
        } catch (IOException e) {
            stream.close();
            throw e;
        }
        return stream;
    }

    private static boolean isPosix() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    }

    private static FileAttribute<?>[] attributes(String permissions) {
        return isPosix()
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
