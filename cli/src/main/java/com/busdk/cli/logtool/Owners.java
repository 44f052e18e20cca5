package com.busdk.cli.logtool;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whose the files of a log are. An operator looks at a log as root, and the service, which is somebody else, has to be able
 * to write to it afterwards: so what is new there gets the owner of the folder. For one thread.
 */
final class Owners {
    private final Path directory;
    private final Map<Path, PosixFileAttributes> before;
    private final Optional<PosixFileAttributes> folder;

    private Owners(Path directory, Optional<PosixFileAttributes> folder, Map<Path, PosixFileAttributes> before) {
        this.directory = directory;
        this.folder = folder;
        this.before = before;
    }

    /** Takes note of what there is; of nothing where the file system has no owners, or the folder is not there. */
    static Owners of(Path directory) {
        try {
            Optional<PosixFileAttributes> folder = attributes(directory);
            return new Owners(directory, folder, folder.isPresent() ? files(directory) : Map.of());
        } catch (IOException e) {
            return new Owners(directory, Optional.empty(), Map.of()); // whoever opens the log says what is wrong
        }
    }

    /**
     * Gives each file to whom it belongs: to its owner from before, and what is new to the owner of the folder.
     *
     * @return what could not be done, and what to do about it
     */
    Optional<String> restore() {
        if (folder.isEmpty()) {
            return Optional.empty();
        }
        try {
            for (Map.Entry<Path, PosixFileAttributes> file : files(directory).entrySet()) {
                give(file.getKey(), file.getValue(), before.getOrDefault(file.getKey(), folder.get()));
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(
                    "files in " + directory + " may belong to another user now than the service runs as: chown -R "
                            + folder.get().owner().getName() + ":"
                            + folder.get().group().getName() + " " + directory);
        }
    }

    private static void give(Path file, PosixFileAttributes is, PosixFileAttributes wanted) throws IOException {
        PosixFileAttributeView view = view(file);
        if (view == null) {
            return;
        }
        if (!is.owner().equals(wanted.owner())) {
            view.setOwner(wanted.owner());
        }
        if (!is.group().equals(wanted.group())) {
            view.setGroup(wanted.group());
        }
    }

    private static Map<Path, PosixFileAttributes> files(Path directory) throws IOException {
        Map<Path, PosixFileAttributes> files = new HashMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                attributes(entry)
                        .filter(PosixFileAttributes::isRegularFile)
                        .ifPresent(found -> files.put(entry, found));
            }
        }
        return files;
    }

    private static Optional<PosixFileAttributes> attributes(Path file) throws IOException {
        PosixFileAttributeView view = view(file);
        try {
            return view == null ? Optional.empty() : Optional.of(view.readAttributes());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Never that of what a link points to, which may be anything. */
    private static @Nullable PosixFileAttributeView view(Path file) {
        return Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }
}
