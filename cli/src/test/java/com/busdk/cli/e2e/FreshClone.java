package com.busdk.cli.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What somebody has who just cloned the repository: the files of the last commit, with what has been changed in them
 * since, a home folder with nothing in it, and the libraries that Maven has fetched before. What was built here, and
 * modules of Bus that were ever installed, are not to be seen from there.
 */
final class FreshClone implements AutoCloseable {
    /** Ten times what a build takes on a machine with two slow processors; only a failure waits for it. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** Older than the second in which a build begins, as a clone is that a person made. */
    private static final Duration AGE = Duration.ofMinutes(1);

    private final Path top;
    private final Path checkout;
    private final Path home;
    private final List<Path> links = new ArrayList<>();

    /** How a process ended, and all that it printed. */
    record Ended(int code, String said) {}

    /**
     * Clones this checkout; skips the test that asks for it, and says why, where git has no history of it or Maven is
     * not there to build it; where everything has to be there, it fails.
     */
    FreshClone(Path top) throws IOException, InterruptedException {
        this.top = top;
        checkout = top.resolve("a clone");
        home = Files.createDirectory(top.resolve("home"));
        Path origin = LocalStack.checkout();
        RunnerMachine.needs(
                run(origin, Map.of(), "mvn", "--version").code() == 0,
                "Maven (mvn) does not run here, so no clone can be built; install it to have this tested");
        RunnerMachine.needs(
                git(origin, "rev-parse", "--verify", "HEAD").code() == 0,
                "git knows no history of " + origin + ", so there is nothing to clone");
        must(git(top, "clone", "--quiet", origin.toString(), checkout.toString()));
        takeOver(origin);
        age();
        settle();
    }

    /** The folder of the clone. */
    Path checkout() {
        return checkout;
    }

    /** What a process of the clone finds in its environment, on top of what this one has. */
    Map<String, String> environment() {
        return Map.of(
                "HOME", home.toString(),
                // Java takes the home folder from the user's entry, not from HOME.
                "MAVEN_OPTS", "-Duser.home=" + home,
                "BUS_JAVA", ProcessHandle.current().info().command().orElseThrow(),
                "BUS_BUILD", "",
                "BUS_CONFIG_DIR", "",
                "XDG_STATE_HOME", "",
                "XDG_CONFIG_HOME", "");
    }

    /** Runs {@code scripts/bus} of the clone with the time that a build takes. */
    Ended bus(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = checkout.resolve("scripts/bus").toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return run(checkout, environment(), command);
    }

    /** What was changed since the last commit is what is tested here, so the clone has it as well. */
    private void takeOver(Path origin) throws IOException, InterruptedException {
        Path changes = top.resolve("changes");
        must(git(origin, "diff", "--binary", "--output=" + changes, "HEAD"));
        if (Files.size(changes) > 0) {
            must(git(checkout, "apply", "--whitespace=nowarn", changes.toString()));
        }
    }

    /** A clone that is built within the second of its making would be built a second time. */
    private void age() throws IOException {
        FileTime then = FileTime.from(Instant.now().minus(AGE));
        try (var files = Files.walk(checkout)) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, then);
            }
        }
    }

    /** Settings by which Maven takes what has been fetched, fetches nothing, and sees none of our own modules. */
    private void settle() throws IOException {
        Path fetched = Path.of(System.getProperty(
                "localRepository",
                Path.of(System.getProperty("user.home"), ".m2", "repository").toString()));
        Path seen = Files.createDirectories(home.resolve(".m2/repository/com"));
        link(fetched, seen.getParent(), "com");
        link(fetched.resolve("com"), seen, "busdk");
        Files.writeString(home.resolve(".m2/settings.xml"), "<settings><offline>true</offline></settings>\n");
    }

    private void link(Path from, Path to, String exception) throws IOException {
        try (var entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                if (!entry.endsWith(exception)) {
                    links.add(Files.createSymbolicLink(to.resolve(entry.getFileName()), entry));
                }
            }
        }
    }

    private Ended git(Path folder, String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = "git";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return run(folder, Map.of(), command);
    }

    /** Takes away what leads out of its folder, so that nobody who deletes that has to ask what was meant. */
    @Override
    public void close() throws IOException {
        for (Path link : links) {
            Files.delete(link);
        }
    }

    private static void must(Ended ended) {
        if (ended.code() != 0) {
            throw new AssertionError("no clone could be made: " + ended.said());
        }
    }

    private Ended run(Path folder, Map<String, String> more, String... command)
            throws IOException, InterruptedException {
        Path said = Files.createTempFile(top, "said", "");
        ProcessBuilder builder = new ProcessBuilder(List.of(command))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        // A test that a hook of git started would otherwise speak of that repository everywhere.
        builder.environment().keySet().removeIf(name -> name.startsWith("GIT_") || name.startsWith("BUS_"));
        builder.environment().putAll(more);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return new Ended(-1, String.valueOf(e.getMessage()));
        }
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("does not end: " + String.join(" ", command) + "\n" + Files.readString(said));
            }
            return new Ended(process.exitValue(), Files.readString(said));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
