package com.busdk.cli.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A checkout in a folder of its own with the real launcher, a {@code mvn} that only leaves traces, and JDKs that print
 * what they were started with, so that the launcher is seen from outside and a test takes no longer than a shell does.
 */
final class Sandbox {
    /** Long enough for a machine under load; a launcher that takes longer hangs. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final Path top;
    final Path checkout;
    final Path bus;
    private final Map<String, String> environment = new HashMap<>();

    /** What a process left behind. */
    record Outcome(int code, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    Sandbox(Path top) throws IOException {
        this.top = top;
        checkout = top.resolve("checkout");
        bus = checkout.resolve("scripts/bus");
        Files.createDirectories(checkout.resolve("scripts"));
        Files.createDirectories(checkout.resolve("cli/src/main/java"));
        Files.createDirectories(checkout.resolve("conf"));
        Files.copy(realCheckout().resolve("scripts/bus"), bus);
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        Files.writeString(checkout.resolve("cli/pom.xml"), "<project/>");
        Files.writeString(checkout.resolve("cli/src/main/java/Main.java"), "class Main {}");
        script(
                top.resolve("tools/mvn"),
                "echo \"$@\" >>'" + top.resolve("builds") + "'",
                "[ ! -f '" + top.resolve("hold") + "' ] || : >'" + top.resolve("holding") + "'",
                "while [ -f '" + top.resolve("hold") + "' ]; do sleep 0.02; done",
                "[ ! -f '" + top.resolve("broken") + "' ] || { echo 'Main.java:1: class expected'; exit 1; }",
                "mkdir -p '" + dist() + "/lib' '" + dist() + "/bin'",
                ": >'" + dist() + "/lib/bus.jar'",
                "printf '#!/bin/sh\\n"
                        + "mkdir -p \"$3\" && for kind in light client service; do : >\"$3/$kind.aot\"; done\\n"
                        + "' >'"
                        + dist() + "/bin/aot-cache'",
                "chmod +x '" + dist() + "/bin/aot-cache'",
                ": >'" + dist() + "/stamp'");
        // The shell's own tools, and nothing that is called java.
        for (String tool :
                List.of("find", "readlink", "mkdir", "rm", "mv", "sleep", "tail", "chmod", "dirname", "cat", "env")) {
            script(top.resolve("tools").resolve(tool), "exec " + which(tool) + " \"$@\"");
        }
        Files.createDirectories(top.resolve("jdks"));
        environment.put("PATH", top.resolve("tools").toString());
        environment.put("HOME", top.toString());
        environment.put("BUS_JDK_FOLDERS", top.resolve("jdks").toString());
    }

    /** The checkout that these tests belong to. */
    static Path realCheckout() {
        return Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    }

    Path dist() {
        return checkout.resolve("cli/target/dist");
    }

    Sandbox set(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Writes a JDK of that version, whose java prints its arguments, one a line, and the locale it was given. */
    Path jdk(String home, String version) throws IOException {
        Path folder = top.resolve(home);
        Path java = folder.resolve("bin/java");
        script(
                java,
                "echo java=" + java,
                "for arg; do printf '%s\\n' \"$arg\"; done",
                "echo ctype=$LC_CTYPE all=$LC_ALL");
        Files.writeString(folder.resolve("release"), "IMPLEMENTOR=\"Someone\"\nJAVA_VERSION=\"" + version + "\"\n");
        return java;
    }

    static void script(Path file, String... lines) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** How often {@code mvn} was called. */
    long builds() throws IOException {
        Path file = top.resolve("builds");
        return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    }

    /** Says of the build that it is an hour old, and of every source that it is older still. */
    void age() throws IOException {
        Instant now = Instant.now();
        try (var files = Files.walk(checkout)) {
            for (Path file : files.toList()) {
                boolean made = file.startsWith(checkout.resolve("cli/target"));
                Files.setLastModifiedTime(file, FileTime.from(now.minus(made ? 1 : 2, ChronoUnit.HOURS)));
            }
        }
    }

    Outcome start(String... args) throws Exception {
        return start(bus, args);
    }

    Outcome start(Path program, String... args) throws Exception {
        return finish(begin(program, args));
    }

    /** Starts and does not wait; {@link #finish} has to follow. */
    Process begin(Path program, String... args) throws IOException {
        Process process = command(environment, program.toString(), args).start();
        process.getOutputStream().close();
        return process;
    }

    static Outcome finish(Process process) throws Exception {
        try {
            var err = new StringBuilder();
            Thread reader = Thread.ofVirtual().start(() -> err.append(all(process.getErrorStream())));
            String out = all(process.getInputStream());
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("still running after " + PATIENCE);
            }
            reader.join();
            return new Outcome(process.exitValue(), out, err.toString());
        } finally {
            process.destroyForcibly();
        }
    }

    static Outcome run(Map<String, String> environment, Path program, String... args) throws Exception {
        Process process = command(environment, program.toString(), args).start();
        process.getOutputStream().close();
        return finish(process);
    }

    private static ProcessBuilder command(Map<String, String> environment, String program, String... args) {
        var builder = new ProcessBuilder(program);
        builder.command().addAll(Arrays.asList(args));
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }

    private static String all(InputStream stream) {
        try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path which(String tool) {
        for (String folder : System.getenv("PATH").split(":", -1)) {
            Path file = Path.of(folder, tool);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        throw new AssertionError("no " + tool + " on the PATH");
    }
}
