package com.busdk.cli.serve;

import com.busdk.cli.command.Environment;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How a shell starts this program once more. Stateless; any thread. */
final class Launcher {
    /** System property in which the launcher passes itself as it was called, with its folder. */
    private static final String PROPERTY = "bus.launcher";

    private static final String INSTALLED = "bus";

    private Launcher() {}

    /** How this process was started, ready for a shell. */
    static String words(Environment environment) {
        return words(System.getProperty(PROPERTY), environment);
    }

    /**
     * The launcher as it was called, ready for a shell: its name alone where the shell finds that by itself.
     *
     * @param called as {@code $0} has it; null where it is not known, without a folder where a shell was told to read it
     * @param environment whose {@code PATH} is searched
     */
    static String words(@Nullable String called, Environment environment) {
        if (called == null || !called.contains("/")) {
            return INSTALLED;
        }
        Path file = Path.of(called);
        String name = String.valueOf(file.getFileName());
        String path = environment.variable("PATH");
        for (String folder : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
            Path found = Path.of(folder, name);
            if (Files.isExecutable(found) && !Files.isDirectory(found)) {
                return quoted(isSame(found, file) ? name : called); // a shell takes the first
            }
        }
        return quoted(called);
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException _) {
            return false;
        }
    }

    /** A word of a command line as a shell reads it. */
    static String quoted(String text) {
        return text.matches("[A-Za-z0-9_./~-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
