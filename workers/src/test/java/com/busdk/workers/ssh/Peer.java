package com.busdk.workers.ssh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;

/** Programs and processes of this machine that tests need. */
final class Peer {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Peer() {}

    /** Skips a test on a machine without a program; where everything has to be there, it fails instead. */
    static void needs(Path program, String debianPackage) {
        boolean there = Files.isExecutable(program);
        if (!there && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(program + " is not there: install " + debianPackage);
        }
        Assumptions.assumeTrue(there, program + " is not there: install " + debianPackage);
    }

    static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    static String me() {
        return System.getProperty("user.name");
    }

    /** Runs a program to its end and gives its output; fails with it if the exit code is not 0. */
    static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(List.of(command) + ": " + output);
        }
        return output;
    }

    /** Makes a key pair, {@code file} and {@code file.pub}. */
    static Path key(Path file, String type, String passphrase) throws IOException, InterruptedException {
        String[] bits = type.equals("rsa") ? new String[] {"-b", "2048"} : new String[] {};
        List<String> command = new java.util.ArrayList<>(
                List.of("ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", file.toString(), "-C", "test"));
        command.addAll(List.of(bits));
        run(command.toArray(String[]::new));
        return file;
    }

    /** The public key's two first fields. */
    static String publicKey(Path privateKey) throws IOException {
        String[] fields = Files.readString(Path.of(privateKey + ".pub")).split(" ", -1);
        return fields[0] + ' ' + fields[1].strip();
    }

    /** Whether a process is there and not only a dead one that nobody has collected. */
    static boolean lives(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            return state != 'Z' && state != 'X';
        } catch (IOException e) {
            return false;
        }
    }

    /** The number that a script writes into a file, when it has done so. */
    static long number(Path file) throws InterruptedException {
        eventually("a number in " + file, () -> text(file).endsWith("\n"));
        return Long.parseLong(text(file).strip());
    }

    static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** Waits until something is so, and fails if it does not become so. */
    static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        eventually(() -> what, condition);
    }

    /** As {@link #eventually(String, BooleanSupplier)}; what is told says how things are then. */
    static void eventually(Supplier<String> what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("did not happen: " + what.get());
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
