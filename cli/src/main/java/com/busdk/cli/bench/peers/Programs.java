package com.busdk.cli.bench.peers;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The programs of other systems on this machine. Stateless; waits for what it starts on the caller's thread. */
final class Programs {
    /** Where servers are installed that a user's path may leave out. */
    private static final String SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin";

    /** A program says its version, checks a file, or writes out what the system has buffered, in less. */
    private static final int LONGEST_SECONDS = 60;

    private static final Pattern VERSION = Pattern.compile("\\d+(?:\\.\\d+)+");

    private Programs() {}

    /** Where that program is, if it is installed. */
    static Optional<Path> find(String name) {
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + SYSTEM_PATH;
        return Stream.of(path.split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Runs a program to its end.
     *
     * @param code its exit code
     * @param said what it printed
     */
    record Ended(int code, String said) {}

    /** Runs a program that ends soon. */
    static Ended run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .start();
        try {
            // What it says fits into the pipe, so that it need not be read meanwhile.
            if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                return new Ended(-1, command[0] + " does not end");
            }
            return new Ended(
                    process.exitValue(), new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
        }
    }

    /** The version in what a program prints about itself, or nothing. */
    static String version(String program, String option) throws IOException, InterruptedException {
        Optional<Path> found = find(program);
        return found.isEmpty()
                ? ""
                : versionIn(run(found.get().toString(), option).said());
    }

    /** The first version in a text, or nothing. */
    static String versionIn(String text) {
        Matcher found = VERSION.matcher(text);
        return found.find() ? found.group() : "";
    }
}
